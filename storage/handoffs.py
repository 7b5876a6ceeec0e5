"""Staff's cases: their words sealed, their queue, state and due time clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from domain.errors import StaleVersionError
from domain.handoff import Handoff, HandoffStatus
from domain.ids import HandoffId
from storage.doors import Doors
from storage.errors import StoredFormError
from storage.forms import HANDOFF
from storage.tables import handoffs
from storage.times import to_micros
from storage.transaction import Transaction, Values

_COLUMNS = (handoffs.c.id, handoffs.c.subject_id, handoffs.c.version, handoffs.c.sealed)
_BY_ID = select(*_COLUMNS).where(handoffs.c.id == bindparam("handoff_id"))
_LISTED = (
    select(*_COLUMNS)
    .where(handoffs.c.status.in_(bindparam("statuses", expanding=True)))
    .order_by(handoffs.c.urgent.desc(), handoffs.c.due_at, handoffs.c.id)
)
_OPEN_OF = select(handoffs.c.id).where(
    handoffs.c.conversation_id == bindparam("conversation_id"), handoffs.c.status != HandoffStatus.CLOSED.value
)
_ADD = insert(handoffs)
_SAVE = update(handoffs).where(
    handoffs.c.id == bindparam("handoff_id"),
    handoffs.c.conversation_id == bindparam("of_conversation"),
    handoffs.c.subject_id == bindparam("of_subject"),
    handoffs.c.version == bindparam("read_version"),
)


class SqlHandoffs:
    """Implements domain.ports.Handoffs."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def listed(self, statuses: Sequence[HandoffStatus]) -> tuple[Handoff, ...]:
        """See the port."""
        values = {"statuses": [status.value for status in statuses]}
        return await self._doors.read(lambda tx: tuple(_opened(tx, row) for row in tx.rows(_LISTED, values)))

    async def get(self, handoff_id: HandoffId) -> Handoff | None:
        """See the port."""
        return await self._doors.read(lambda tx: _load(tx, handoff_id))


def save(tx: Transaction, case: Handoff, *, expected_version: int | None) -> None:
    """Open or change a case. Raises StaleVersionError: it moved on, or the conversation has an open one already."""
    if expected_version is None:
        if tx.row(_OPEN_OF, {"conversation_id": case.conversation_id}) is not None:
            raise StaleVersionError(f"conversation {case.conversation_id} has an open case already")
        tx.execute(
            _ADD,
            {
                "id": case.id,
                "conversation_id": case.conversation_id,
                "subject_id": case.subject_id,
                **_columns(tx, case),
            },
        )
        return
    if case.version <= expected_version:
        raise ValueError(f"case {case.id}: version {case.version} must be above the one read, {expected_version}")
    values = {
        "handoff_id": case.id,
        "of_conversation": case.conversation_id,
        "of_subject": case.subject_id,
        "read_version": expected_version,
        **_columns(tx, case),
    }
    if tx.execute(_SAVE, values).rowcount == 0:
        raise StaleVersionError(f"case {case.id} is no longer at version {expected_version}")


def opened(tx: Transaction, handoff_id: str, subject: str, version: int, sealed: bytes) -> Handoff:
    """The case in a stored row, whose clear version must be the sealed one."""
    case: Handoff = tx.unseal(HANDOFF, handoff_id, subject, sealed)
    if case.version != version:
        raise StoredFormError(table="handoffs", row_id=handoff_id, expected=f"case of version {version}")
    return case


def _load(tx: Transaction, handoff_id: HandoffId) -> Handoff | None:
    row = tx.row(_BY_ID, {"handoff_id": handoff_id})
    return None if row is None else _opened(tx, row)


def _opened(tx: Transaction, row: Row[Any]) -> Handoff:
    return opened(tx, row.id, row.subject_id, row.version, row.sealed)


def _columns(tx: Transaction, case: Handoff) -> Values:
    return {
        "queue": case.queue,
        "status": case.status.value,
        "claimed_by": case.claimed_by,
        "urgent": int(case.urgent),
        "due_at": to_micros(case.due_at),
        "version": case.version,
        "sealed": tx.seal(HANDOFF, case.id, case.subject_id, case),
    }
