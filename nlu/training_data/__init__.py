"""Training data in Rasa's YAML: read strictly, checked, and handed on as immutable examples."""
