"""The dialogue: flows as data, the state of a conversation, and the engine that takes a turn."""
