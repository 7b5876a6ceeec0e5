"""How much Telegram carries. What it can show stands with the other channels, in bot/channels/capabilities.py."""

MAX_TEXT_UNITS = 4_096
"""Telegram's limit for one message. We count UTF-16 units, the strictest reading of "characters"."""

MAX_PAYLOAD_BYTES = 64
"""Telegram's limit for a button's callback_data."""
