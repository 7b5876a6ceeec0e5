"""What Telegram can show, and how much it may carry."""

from __future__ import annotations

from domain.identity import Level
from domain.message import Capabilities

MAX_TEXT_UNITS = 4_096
"""Telegram's limit for one message. We count UTF-16 units, the strictest reading of "characters"."""

MAX_PAYLOAD_BYTES = 64
"""Telegram's limit for a button's callback_data."""

TELEGRAM_CAPABILITIES = Capabilities(
    buttons=True,
    max_buttons=5,
    max_label=40,
    max_text=MAX_TEXT_UNITS,
    shares_contact=True,
    # Bot chats are not end-to-end encrypted: what needs a second factor stays off Telegram unless a clinic says so.
    ceiling=int(Level.PROVEN),
)
