"""Rasa's REST channel form, so that front ends and load tests written for Rasa talk to us unchanged."""
