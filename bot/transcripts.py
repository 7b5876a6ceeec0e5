"""One conversation's transcript for people outside the program: the entries in order, and an audited look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import WriteSet
from domain.ids import ConversationId
from domain.ports import Clock
from domain.transcript import TranscriptEntry
from storage.store import Store

_PAGE = 500


async def export_transcript(store: Store, conversation_id: ConversationId, clock: Clock) -> Mapping[str, Any]:
    """Every entry of a conversation. Raises UnknownRecordError when there is no such conversation."""
    snapshot = await store.conversations.snapshot(conversation_id, clock.now())
    event = AuditEvent(
        at=clock.now(),
        actor=SYSTEM,
        action=AuditAction.READ,
        event="transcript.exported",
        subject_id=snapshot.handle.subject_id,
        object_type="conversation",
        object_id=conversation_id,
        purpose="export",
    )
    await store.commits.commit(WriteSet(audit=(event,)))
    entries: list[TranscriptEntry] = []
    while page := await store.conversations.transcript(
        conversation_id, after_seq=entries[-1].seq if entries else -1, limit=_PAGE
    ):
        entries += page
    return {"conversation": conversation_id, "entries": [_shape(entry) for entry in entries]}


def _shape(entry: TranscriptEntry) -> Mapping[str, Any]:
    return {
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "author": entry.author.value,
        "author_id": entry.author_id,
        "text": entry.text,
        "buttons": [button.label for button in entry.buttons],
        "key": entry.key or None,
    }
