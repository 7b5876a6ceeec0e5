"""Where Rasa is served on loopback: the first language's port; each further language, in order, is one up."""

RASA_PORT = 5005
