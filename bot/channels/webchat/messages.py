"""What the page sends and gets: JSON to a message, a transcript entry to JSON. Staff notes and ids never go out."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass

from domain.errors import WellspokenError
from domain.ids import InboundId
from domain.message import Press, Text
from domain.transcript import Author, TranscriptEntry

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_MAX_PAYLOAD = 512
_KEPT_CONTROLS = "\t\n"
_FIRST_PRINTABLE, _DELETE, _FIRST_LATIN = 0x20, 0x7F, 0xA0
_SURROGATES = range(0xD800, 0xE000)


class MalformedPostError(WellspokenError):
    """The page (or someone else) sent a message in another shape. Remedy: as the text says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPost:
    """A message from the page; `id` is the page's own, the same on every retry."""

    id: str
    content: Text | Press


def parse_post(body: object) -> ChatPost:
    """Read {"id": uuid, "text" | "press": str}. Raises MalformedPostError, quoting nothing."""
    if not isinstance(body, dict) or len(body) != 2 or "id" not in body:
        raise MalformedPostError('expected {"id", "text"} or {"id", "press"}')
    post_id = body["id"]
    if not isinstance(post_id, str) or not _ID.match(post_id):
        raise MalformedPostError('"id": expected a UUID in lower case')
    match body:
        case {"text": str(raw)}:
            text = plain_text(raw)
            if not text.strip():
                raise MalformedPostError('"text": expected words')
            return ChatPost(id=post_id, content=Text(text=text))
        case {"press": str(payload)}:
            if not payload.isprintable() or not 0 < len(payload) <= _MAX_PAYLOAD:
                raise MalformedPostError(f'"press": expected 1 to {_MAX_PAYLOAD} printable characters')
            return ChatPost(id=post_id, content=Press(payload=payload))
        case _:
            raise MalformedPostError('"text" or "press": expected a string')


def plain_text(raw: str) -> str:
    """The words without control characters and broken halves of characters; line ends as newlines."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(_plain(char) for char in text)


def _plain(char: str) -> str:
    code = ord(char)
    if code in _SURROGATES:
        return "\N{REPLACEMENT CHARACTER}"
    control = code < _FIRST_PRINTABLE or _DELETE <= code < _FIRST_LATIN
    return "" if control and char not in _KEPT_CONTROLS else char


def said(
    entries: Iterable[TranscriptEntry],
    *,
    used: Iterable[InboundId],
    urgent_keys: frozenset[str],
    away: Container[int] = frozenset(),
) -> dict[str, object]:
    """What happened in a thread: entries to show, and the deliveries a turn has used up.

    Of an entry whose seq is `away` the page learns only that there was one.
    """
    return {
        "entries": [
            {"seq": entry.seq, "away": True} if entry.seq in away else _shown(entry, urgent_keys)
            for entry in entries
            if entry.author is not Author.NOTE
        ],
        "used": list(used),
    }


def _shown(entry: TranscriptEntry, urgent_keys: frozenset[str]) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "turn": entry.turn_id,
        "at": entry.at.isoformat(),
        "author": entry.author.value,
        "text": entry.text,
        "buttons": [{"label": button.label, "payload": button.payload} for button in entry.buttons],
        "urgent": entry.key in urgent_keys,
    }
