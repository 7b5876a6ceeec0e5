"""Rasa as the second engine, and Rasa's shape of an answer."""
