"""The HTTP shell: one port, the same guards for every room that answers on it."""
