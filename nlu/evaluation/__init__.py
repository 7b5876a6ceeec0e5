"""Measuring an engine on labelled messages it was not trained on."""
