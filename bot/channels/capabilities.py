"""What each channel can show, and the highest level whose facts it may carry."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.channels.telegram.limits import MAX_TEXT_UNITS
from domain.message import Capabilities, Channel

CAPABILITIES: Mapping[Channel, Capabilities] = MappingProxyType(
    {
        Channel.WEB: Capabilities(buttons=True, max_buttons=10, max_label=24),
        Channel.REST: Capabilities(buttons=True, max_buttons=10, max_label=24),
        Channel.TELEGRAM: Capabilities(
            buttons=True, max_buttons=10, max_label=40, max_text=MAX_TEXT_UNITS, shares_contact=True, ceiling=2
        ),
        Channel.SMS: Capabilities(buttons=False, max_text=1_000, ceiling=2, stop_words=True, proves_phone=True),
        Channel.WHATSAPP: Capabilities(
            buttons=True, max_buttons=3, max_text=1_024, ceiling=2, stop_words=True, proves_phone=True
        ),
    }
)
"""Health details stay off Telegram, WhatsApp and SMS (ceiling 2): bot chats and texts are not end-to-end encrypted."""
