"""The demo's invented patients, visits and results: a pure function of a seed and a date."""
