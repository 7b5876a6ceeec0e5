"""The running program: channels, use cases, content, web pages, scheduling, commands and their wiring."""
