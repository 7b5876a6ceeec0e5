"""Reminder occurrences: what is due lives here, whoever wakes us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.sqlite import insert

from domain.changes import CloseReminder, PlanReminder
from domain.ids import AppointmentId, ConversationId
from storage.doors import Doors
from storage.tables import reminders
from storage.times import from_micros, to_micros
from storage.transaction import Transaction

_DUE = (
    select(reminders)
    .where(reminders.c.outcome.is_(None), reminders.c.due_at <= bindparam("now"))
    .order_by(reminders.c.due_at, reminders.c.rule, reminders.c.appointment_id)
    .limit(bindparam("most"))
)
_INSERT = insert(reminders)
_PLAN = _INSERT.on_conflict_do_update(
    index_elements=[reminders.c.rule, reminders.c.appointment_id, reminders.c.due_at],
    set_={"version": _INSERT.excluded.version},
    # A visit confirmed at the time it was asked for keeps its reminder, which must speak of the visit as it is now.
    where=(reminders.c.outcome.is_(None)) & (reminders.c.version < _INSERT.excluded.version),
)
_CLOSE = (
    update(reminders)
    .where(
        reminders.c.rule == bindparam("of_rule"),
        reminders.c.appointment_id == bindparam("of_appointment"),
        reminders.c.due_at == bindparam("at"),
        reminders.c.outcome.is_(None),
    )
    .values(outcome=bindparam("came_of_it"))
)


class SqlReminders:
    """Implements domain.ports.Reminders."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def due(self, now: datetime, *, limit: int = 100) -> tuple[PlanReminder, ...]:
        """See the port."""
        values = {"now": to_micros(now), "most": limit}
        rows = await self._doors.read(lambda tx: tx.rows(_DUE, values))
        return tuple(
            PlanReminder(
                rule=row.rule,
                appointment_id=AppointmentId(row.appointment_id),
                version=row.version,
                conversation_id=ConversationId(row.conversation_id),
                due_at=from_micros(row.due_at),
            )
            for row in rows
        )


def plan(tx: Transaction, occurrence: PlanReminder) -> None:
    """Keep an occurrence; planned before, it stays as it is, but for a later version of its visit."""
    tx.execute(
        _PLAN,
        {
            "rule": occurrence.rule,
            "appointment_id": occurrence.appointment_id,
            "due_at": to_micros(occurrence.due_at),
            "version": occurrence.version,
            "conversation_id": occurrence.conversation_id,
            "outcome": None,
        },
    )


def close(tx: Transaction, end: CloseReminder) -> None:
    """Say what came of an occurrence; the first word stands."""
    values = {
        "of_rule": end.rule,
        "of_appointment": end.appointment_id,
        "at": to_micros(end.due_at),
        "came_of_it": end.outcome,
    }
    tx.execute(_CLOSE, values)
