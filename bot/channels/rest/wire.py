"""Rasa's REST shapes: a request body to our message, transcript entries to its replies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.errors import WellspokenError
from domain.message import Button, OutboundMessage, Press, Text
from domain.transcript import Author, TranscriptEntry

PRESS_PREFIX = "/c:"
"""Our payloads begin so; Rasa's front ends send a pressed button's payload back as the message."""

_MAX_SENDER = 256
_MAX_PAYLOAD = 512
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,128}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class MalformedRestError(WellspokenError):
    """The body is not Rasa's REST form. Remedy: as the text says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestPost:
    """One message; `message_id` when the front end names its messages, so that a retry changes nothing."""

    sender: str
    content: Text | Press
    message_id: str | None
    language: str | None


def parse_rest(body: object) -> RestPost:
    """Read {"sender", "message", "metadata"?}. Raises MalformedRestError, quoting nothing."""
    if not isinstance(body, dict):
        raise MalformedRestError('expected {"sender", "message"}')
    sender, message, metadata = body.get("sender"), body.get("message"), body.get("metadata")
    if not isinstance(sender, str) or not 0 < len(sender) <= _MAX_SENDER or not sender.isprintable():
        raise MalformedRestError(f'"sender": expected 1 to {_MAX_SENDER} printable characters')
    if not isinstance(message, str):
        raise MalformedRestError('"message": expected a string')
    if metadata is not None and not isinstance(metadata, dict):
        raise MalformedRestError('"metadata": expected an object')
    facts = metadata or {}
    return RestPost(
        sender=sender,
        content=_content(message),
        message_id=_matching(facts.get("message_id"), _MESSAGE_ID, '"message_id"'),
        language=_matching(facts.get("language"), _LANGUAGE, '"language"'),
    )


def _content(message: str) -> Text | Press:
    if message.startswith(PRESS_PREFIX) and message.isprintable() and len(message) <= _MAX_PAYLOAD:
        return Press(payload=message)
    lines = message.replace("\r\n", "\n").replace("\r", "\n")
    text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNREADABLE.sub("", lines))
    if not text.strip():
        raise MalformedRestError('"message": expected words')
    return Text(text=text)


def _matching(value: object, form: re.Pattern[str], name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not form.match(value):
        raise MalformedRestError(f"{name} in metadata: expected a short plain string")
    return value


def replies(sender: str, entries: Iterable[TranscriptEntry]) -> list[dict[str, object]]:
    """What was said to the patient, as Rasa answers."""
    to_patient = (entry for entry in entries if entry.author in {Author.BOT, Author.STAFF, Author.SYSTEM})
    return [_reply(sender, entry.text, entry.buttons) for entry in to_patient]


def overheard_replies(sender: str, messages: Iterable[OutboundMessage]) -> list[dict[str, object]]:
    """What was sent past the store, in the same form."""
    return [_reply(sender, message.text, message.buttons) for message in messages]


def _reply(sender: str, text: str, buttons: tuple[Button, ...]) -> dict[str, object]:
    reply: dict[str, object] = {"recipient_id": sender, "text": text}
    if buttons:
        reply["buttons"] = [{"title": button.label, "payload": button.payload} for button in buttons]
    return reply
