"""What hangs under a message: buttons, the "share my number" control, or nothing. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.channels.telegram.limits import MAX_PAYLOAD_BYTES
from domain.message import Button, OutboundMessage

Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

_ROW_CHARS = 20
_ROW_BUTTONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Text and keyboard as Telegram takes them."""

    text: str
    keyboard: Keyboard
    numbered: bool = False
    """The choices could not be buttons and stand in the text."""


def lay_out(message: OutboundMessage, *, contact_label: str) -> Laid:
    """Telegram shows one keyboard a message: the contact control wins, and the choices become numbered lines."""
    if message.ask_contact:
        control = KeyboardButton(text=contact_label, request_contact=True)
        keyboard = ReplyKeyboardMarkup(keyboard=[[control]], resize_keyboard=True, one_time_keyboard=True)
        return Laid(text=_numbered(message), keyboard=keyboard, numbered=bool(message.buttons))
    if not message.buttons:
        # A "share my number" control nobody pressed would stay under the chat for ever.
        return Laid(text=message.text, keyboard=ReplyKeyboardRemove(remove_keyboard=True))
    if not all(_fits(button) for button in message.buttons):
        return Laid(text=_numbered(message), keyboard=ReplyKeyboardRemove(remove_keyboard=True), numbered=True)
    return Laid(text=message.text, keyboard=InlineKeyboardMarkup(inline_keyboard=_rows(message.buttons)))


def _fits(button: Button) -> bool:
    return bool(button.label.strip()) and 0 < len(button.payload.encode()) <= MAX_PAYLOAD_BYTES


def _rows(buttons: tuple[Button, ...]) -> list[list[InlineKeyboardButton]]:
    """Few short labels side by side, anything else one below the other, so that phones cut nothing off."""
    shown = [InlineKeyboardButton(text=button.label, callback_data=button.payload) for button in buttons]
    if len(shown) <= _ROW_BUTTONS and sum(len(button.label) for button in buttons) <= _ROW_CHARS:
        return [shown]
    return [[button] for button in shown]


def _numbered(message: OutboundMessage) -> str:
    lines = (f"{number}. {button.label}" for number, button in enumerate(message.buttons, start=1))
    return "\n".join((message.text, *lines))
