"""Wellspoken's domain: data and decisions. No clock, no randomness, no I/O, no third-party package."""
