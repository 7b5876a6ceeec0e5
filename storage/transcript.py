"""The transcript: numbered in commit order, sealed, append-only, vouched for by the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select

from domain.ids import ConversationId, EntryId, SubjectId, TurnId
from domain.transcript import Author, TranscriptEntry
from storage.forms import WORDS, SealedWords
from storage.tables import transcript
from storage.times import from_micros, to_micros
from storage.transaction import Transaction, Values

_ADD = insert(transcript)
_OF = select(transcript).where(transcript.c.conversation_id == bindparam("conversation_id"))
_AFTER = _OF.where(transcript.c.seq > bindparam("after_seq")).order_by(transcript.c.seq).limit(bindparam("most"))
_LATEST = _OF.order_by(transcript.c.seq.desc()).limit(bindparam("most"))


def row_of(tx: Transaction, entry: TranscriptEntry, seq: int) -> Values:
    """An entry as stored, but for the audit entry that will vouch for it."""
    words = SealedWords(text=entry.text, buttons=entry.buttons)
    return {
        "id": entry.id,
        "conversation_id": entry.conversation_id,
        "seq": seq,
        "subject_id": entry.subject_id,
        "turn_id": entry.turn_id,
        "at": to_micros(entry.at),
        "author": entry.author.value,
        "author_id": entry.author_id,
        "key": entry.key,
        "body": tx.seal(WORDS, entry.id, entry.subject_id, words),
    }


def add(tx: Transaction, rows: Sequence[Values], *, audit_seq: int) -> None:
    """Keep entries under the audit entry that vouches for them."""
    tx.execute(_ADD, [{**row, "audit_seq": audit_seq} for row in rows])


def read(
    tx: Transaction, conversation_id: ConversationId, *, after_seq: int, limit: int
) -> tuple[TranscriptEntry, ...]:
    """Entries after a number, in order; the latest ones when it is 0."""
    values = {"conversation_id": conversation_id, "most": limit}
    rows = tx.rows(_AFTER, {**values, "after_seq": after_seq}) if after_seq else tx.rows(_LATEST, values)[::-1]
    return tuple(_opened(tx, row) for row in rows)


def _opened(tx: Transaction, row: Row[Any]) -> TranscriptEntry:
    words: SealedWords = tx.unseal(WORDS, row.id, row.subject_id, row.body)
    return TranscriptEntry(
        id=EntryId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        subject_id=SubjectId(row.subject_id),
        turn_id=TurnId(row.turn_id),
        at=from_micros(row.at),
        author=Author(row.author),
        text=words.text,
        buttons=words.buttons,
        author_id=row.author_id,
        key=row.key,
        seq=row.seq,
    )
