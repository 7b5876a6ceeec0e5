"""What a channel carries in and out. Knows nothing of transports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import InboundId

MAX_TEXT_CHARS = 10_000
"""Longest patient text kept whole; longer ones are refused with a kind answer."""


class Channel(StrEnum):
    """A way to reach a patient."""

    WEB = "web"
    REST = "rest"
    TELEGRAM = "telegram"
    SMS = "sms"
    WHATSAPP = "whatsapp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a message comes from or goes to: a channel, our account on it, and the other side's address there."""

    channel: Channel
    account: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words the patient typed, as typed (at most MAX_TEXT_CHARS characters)."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed; `payload` is what we gave the button."""

    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactShared:
    """A phone number the channel itself vouches for as the sender's own (E.164)."""

    phone: str


class UnsupportedKind(StrEnum):
    """Input we cannot read; each gets an answer and, where it may be clinical, a person."""

    VOICE = "voice"
    PHOTO = "photo"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    GROUP = "group"
    TOO_LONG = "too_long"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A message of a kind we cannot read; any caption is kept so the safety screen can see it."""

    kind: UnsupportedKind
    caption: str = ""


Content = Text | Press | ContactShared | Unsupported


def text_of(content: Content) -> str:
    """The words in a message, empty where it carries none."""
    match content:
        case Text(text=text):
            return text
        case Unsupported(caption=caption):
            return caption
        case Press() | ContactShared():
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One delivery from a channel; (channel, account, external_id) makes it unique for ever."""

    sender: Address
    external_id: str
    content: Content
    sent_at: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInbound:
    """An accepted delivery waiting for its turn, in order of `seq` within its conversation."""

    id: InboundId
    seq: int
    message: InboundMessage
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A labelled choice; pressing it sends the payload back."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """Rendered words ready for one channel."""

    text: str
    buttons: tuple[Button, ...] = ()
    ask_contact: bool = False
    """Show the channel's own "share my number" control, where it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can show, and the highest assurance level whose facts it may carry."""

    buttons: bool
    max_buttons: int = 5
    max_label: int = 20
    max_text: int = 4_000
    shares_contact: bool = False
    ceiling: int = 3
    stop_words: bool = False
    """A bare STOP word is an opt-out in every context (SMS, WhatsApp)."""
    proves_phone: bool = False
    """The sender's address is itself a phone number (SMS, WhatsApp)."""
