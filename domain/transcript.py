"""The transcript: every word either side said, in order, kept for ever (until its subject is erased)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import ConversationId, EntryId, SubjectId, TurnId
from domain.message import Button


class Author(StrEnum):
    """Who spoke. A note is staff-only and never sent."""

    PATIENT = "patient"
    BOT = "bot"
    STAFF = "staff"
    NOTE = "note"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """One thing said. `seq` counts from 1 within the conversation; storage assigns it in commit order."""

    id: EntryId
    conversation_id: ConversationId
    subject_id: SubjectId
    turn_id: TurnId
    at: datetime
    author: Author
    text: str
    buttons: tuple[Button, ...] = ()
    author_id: str | None = None
    key: str = ""
    """The catalogue key a bot's words came from."""
    seq: int = 0
