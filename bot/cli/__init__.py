"""The `wellspoken` command: one module a group of commands; each parses, calls, answers."""
