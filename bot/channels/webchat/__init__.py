"""The web chat: the clinic's own page, its thread kept live, every message accepted before it is called sent."""
