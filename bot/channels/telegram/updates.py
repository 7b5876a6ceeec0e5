"""One Telegram update as one of ours: pure, whatever the update holds. Knows nothing of polling or storing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, Contact, Message, Update, User

from domain.message import (
    Address,
    Channel,
    ContactShared,
    Content,
    InboundMessage,
    Press,
    Text,
    Unsupported,
    UnsupportedKind,
)

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What we ask Telegram for; everything else is never sent to us."""

_COMMANDS = MappingProxyType({"start": "hello", "help": "help", "stop": "stop"})
_COMMAND = re.compile(r"/(start|help|stop)(?:@\w+)?(?:\s+(?P<rest>.*))?\Z", re.IGNORECASE | re.DOTALL)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]|\Z)")
_DIGITS = re.compile(r"[1-9][0-9]{6,14}\Z")
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_KINDS = MappingProxyType(
    {
        ContentType.VOICE: UnsupportedKind.VOICE,
        ContentType.AUDIO: UnsupportedKind.VOICE,
        ContentType.VIDEO_NOTE: UnsupportedKind.VOICE,
        ContentType.PHOTO: UnsupportedKind.PHOTO,
        ContentType.LIVE_PHOTO: UnsupportedKind.PHOTO,
        ContentType.VIDEO: UnsupportedKind.PHOTO,
        ContentType.DOCUMENT: UnsupportedKind.DOCUMENT,
        ContentType.STICKER: UnsupportedKind.STICKER,
        ContentType.LOCATION: UnsupportedKind.LOCATION,
        ContentType.VENUE: UnsupportedKind.LOCATION,
        ContentType.ANIMATION: UnsupportedKind.OTHER,
        ContentType.PAID_MEDIA: UnsupportedKind.OTHER,
        ContentType.STORY: UnsupportedKind.OTHER,
        ContentType.CHECKLIST: UnsupportedKind.OTHER,
        ContentType.DICE: UnsupportedKind.OTHER,
        ContentType.GAME: UnsupportedKind.OTHER,
        ContentType.POLL: UnsupportedKind.OTHER,
        ContentType.USER_SHARED: UnsupportedKind.OTHER,
        ContentType.USERS_SHARED: UnsupportedKind.OTHER,
        ContentType.CHAT_SHARED: UnsupportedKind.OTHER,
        ContentType.PASSPORT_DATA: UnsupportedKind.OTHER,
        ContentType.WEB_APP_DATA: UnsupportedKind.OTHER,
        ContentType.RICH_MESSAGE: UnsupportedKind.OTHER,
        # A kind newer than this program: a person said something, so it is not passed over.
        ContentType.UNKNOWN: UnsupportedKind.OTHER,
    }
)
"""Kinds a person sends. What is in neither this table nor the code below is a notice by Telegram itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleBlocked:
    """The patient blocked the bot: nothing reaches them here until they write again."""

    address: Address
    at: datetime


Reading = InboundMessage | HandleBlocked | None
"""None: nothing a person said."""


def read_update(update: Update, *, account: str, now: datetime) -> Reading:
    """Read one update. `account` is the bot's id; `now` dates what carries no time of its own."""
    if update.message is not None:
        return _message(update.message, _Place(account=account, update_id=update.update_id, now=now))
    if update.edited_message is not None:
        return _edit(update.edited_message, _Place(account=account, update_id=update.update_id, now=now))
    if update.callback_query is not None:
        return _press(update.callback_query, _Place(account=account, update_id=update.update_id, now=now))
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member, account)
    return None


def telegram_address(account: str, chat_id: int) -> Address:
    """Where a chat is, in our terms."""
    return Address(channel=Channel.TELEGRAM, account=account, value=str(chat_id))


def clean(text: str) -> str:
    """The text without control characters (line breaks and tabs stay) and with lone surrogates replaced."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNREADABLE.sub("", lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What every message read from one update shares."""

    account: str
    update_id: int
    now: datetime

    def inbound(self, chat_id: int, content: Content, *, sent_at: datetime, user: User | None) -> InboundMessage:
        return InboundMessage(
            sender=telegram_address(self.account, chat_id),
            external_id=str(self.update_id),
            content=content,
            sent_at=min(sent_at, self.now),
            language=_language(user),
        )


def _message(message: Message, place: _Place) -> InboundMessage | None:
    content = _content(message)
    if content is None or (message.from_user is not None and message.from_user.is_bot):
        return None
    return place.inbound(message.chat.id, content, sent_at=message.date, user=message.from_user)


def _edit(message: Message, place: _Place) -> InboundMessage | None:
    """An edit is new input when it changes words; a moving live location edits itself every few seconds."""
    if message.text is None and message.caption is None:
        return None
    read = _message(message, place)
    if read is None or message.edit_date is None:
        return read
    edited_at = datetime.fromtimestamp(message.edit_date, UTC)
    return place.inbound(message.chat.id, read.content, sent_at=edited_at, user=message.from_user)


def _press(query: CallbackQuery, place: _Place) -> InboundMessage | None:
    """A press carries no time of its own: the message it hangs on may be days old."""
    if query.data is None or query.from_user.is_bot:
        return None
    chat = query.message.chat if query.message is not None else None
    content: Content = Press(payload=clean(query.data))
    if chat is not None and chat.type != ChatType.PRIVATE:
        content = Unsupported(kind=UnsupportedKind.GROUP)
    # In a private chat the chat's id is the person's.
    chat_id = chat.id if chat is not None else query.from_user.id
    return place.inbound(chat_id, content, sent_at=place.now, user=query.from_user)


def _membership(change: ChatMemberUpdated, account: str) -> HandleBlocked | None:
    if change.chat.type != ChatType.PRIVATE or change.new_chat_member.status != ChatMemberStatus.KICKED:
        return None
    return HandleBlocked(address=telegram_address(account, change.chat.id), at=change.date)


def _content(message: Message) -> Content | None:
    words = clean(message.text or message.caption or "")
    kind = ContentType(message.content_type)
    if kind is not ContentType.TEXT and kind is not ContentType.CONTACT and kind not in _KINDS:
        return None
    if message.chat.type != ChatType.PRIVATE:
        return Unsupported(kind=UnsupportedKind.GROUP, caption=words)
    if kind is ContentType.TEXT:
        return read_words(words)
    if message.contact is not None:
        return _contact(message, message.contact)
    return Unsupported(kind=_KINDS[kind], caption=words)


def read_words(words: str) -> Content:
    """Typed words: one of the three commands Telegram's menu offers, or text."""
    if not words.strip():
        return Unsupported(kind=UnsupportedKind.OTHER)
    command = _COMMAND.match(words)
    if command is None:
        return Text(text=words)
    # Words after a command stay, so that the safety screen sees them.
    return Text(text=" ".join(filter(None, (_COMMANDS[command.group(1).lower()], command.group("rest")))))


def _contact(message: Message, contact: Contact) -> Content:
    """Only the sender's own number, shared now, is vouched for: not a friend's card, not a forwarded old one."""
    number = contact.phone_number.strip().removeprefix("+").replace(" ", "")
    own = message.from_user is not None and contact.user_id == message.from_user.id
    if own and message.forward_origin is None and message.via_bot is None and _DIGITS.match(number):
        return ContactShared(phone=f"+{number}")
    return Unsupported(kind=UnsupportedKind.OTHER)


def _language(user: User | None) -> str | None:
    if user is None or user.language_code is None:
        return None
    found = _LANGUAGE.match(user.language_code)
    return found.group(1).lower() if found else None
