"""Timers: one of a kind a conversation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from domain.ids import ConversationId
from domain.ports import DueTimer
from storage.tables import timers
from storage.times import from_micros, to_micros
from storage.transaction import Transaction

_DUE_OF = (
    select(timers)
    .where(timers.c.conversation_id == bindparam("conversation_id"), timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.kind)
)
_INSERT = insert(timers)
_SET = _INSERT.on_conflict_do_update(
    index_elements=[timers.c.conversation_id, timers.c.kind], set_={"due_at": _INSERT.excluded.due_at}
)
_CLEAR = delete(timers).where(
    timers.c.conversation_id == bindparam("of_conversation"), timers.c.kind == bindparam("of")
)


def due_of(tx: Transaction, conversation_id: ConversationId, now: datetime) -> tuple[DueTimer, ...]:
    """A conversation's timers whose time has come, oldest first."""
    rows = tx.rows(_DUE_OF, {"conversation_id": conversation_id, "now": to_micros(now)})
    return tuple(
        DueTimer(conversation_id=conversation_id, kind=row.kind, due_at=from_micros(row.due_at)) for row in rows
    )


def put(tx: Transaction, conversation_id: ConversationId, kind: str, due_at: datetime) -> None:
    """Set a timer, instead of any of its kind."""
    tx.execute(_SET, {"conversation_id": conversation_id, "kind": kind, "due_at": to_micros(due_at)})


def clear(tx: Transaction, conversation_id: ConversationId, kind: str) -> None:
    """Forget a timer, if there is one."""
    tx.execute(_CLEAR, {"of_conversation": conversation_id, "of": kind})
