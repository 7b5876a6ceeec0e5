"""The outbox as its worker sees it: what to send now, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, exists, func, select, text, update

from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.errors import StaleVersionError
from domain.identity import Handle
from domain.ids import AppointmentId, HandleId, OutboxId, SubjectId
from domain.outbox import Delivery, Lane, OutboxItem, OutboxStatus, Resend, after_unknown
from storage import audit_chain, calendar_rows, handles, outbox_rows
from storage.doors import Doors
from storage.errors import UnknownRecordError
from storage.tables import UNSENT, outbox
from storage.times import to_micros
from storage.transaction import Transaction, Values

_earlier = outbox.alias("earlier")
_READY = (OutboxStatus.PENDING.value, OutboxStatus.AMBIGUOUS.value)
_UNSENT = (*_READY, OutboxStatus.SENDING.value)
_BLOCKED = exists().where(
    _earlier.c.conversation_id == outbox.c.conversation_id,
    _earlier.c.seq < outbox.c.seq,
    # Spelt as in the partial index, so that the index serves it.
    text("earlier." + UNSENT),
)
_LANE_RANK = case({Lane.SAFETY.value: 0, Lane.NORMAL.value: 1}, value=outbox.c.lane, else_=2)
_DUE = (
    select(outbox)
    .where(
        text("outbox." + UNSENT),
        outbox.c.status != OutboxStatus.SENDING.value,
        outbox.c.not_before <= bindparam("now"),
        outbox.c.expires_at.is_(None) | (outbox.c.expires_at > bindparam("now")),
        (outbox.c.lane == Lane.SAFETY.value) | ~_BLOCKED,
    )
    .order_by(_LANE_RANK, outbox.c.not_before, outbox.c.conversation_id, outbox.c.seq)
    .limit(bindparam("most"))
)
_EXPIRED = (
    select(outbox.c.id)
    .where(text("outbox." + UNSENT), outbox.c.status.in_(_READY), outbox.c.expires_at <= bindparam("now"))
    .limit(1)
)
_EXPIRE = (
    update(outbox)
    .where(outbox.c.status.in_(_READY), outbox.c.expires_at <= bindparam("now"))
    .values(status=OutboxStatus.EXPIRED.value)
)
_BY_ID = select(outbox).where(outbox.c.id == bindparam("item_id"))
_SET = update(outbox).where(outbox.c.id == bindparam("item_id"))
_IN_FLIGHT = select(outbox).where(text(UNSENT), outbox.c.status == OutboxStatus.SENDING.value)
_COUNTS = select(outbox.c.status, func.count().label("many")).group_by(outbox.c.status)


class SqlOutbox:
    """Implements domain.ports.Outbox."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def due(self, now: datetime, *, limit: int = 50) -> tuple[OutboxItem, ...]:
        """See the port. Items past their time are marked expired on the way."""
        at = {"now": to_micros(now)}
        if await self._doors.read(lambda tx: tx.row(_EXPIRED, at)) is not None:
            await self._doors.write(lambda tx: tx.execute(_EXPIRE, at))
        values = {**at, "most": limit}
        return await self._doors.read(lambda tx: tuple(outbox_rows.opened(tx, row) for row in tx.rows(_DUE, values)))

    async def start(self, item_id: OutboxId) -> OutboxItem | None:
        """See the port. The item answered carries the state it was in: ambiguous if it may already have arrived."""
        return await self._doors.write(lambda tx: _start(tx, item_id))

    async def record(self, item_id: OutboxId, delivery: Delivery) -> None:
        """See the port. Raises StaleVersionError when the item has already ended."""
        await self._doors.write(lambda tx: _record(tx, item_id, delivery))

    async def recover(self, now: datetime) -> int:
        """See the port."""
        return await self._doors.write(lambda tx: _recover(tx, now))

    async def counts(self) -> dict[OutboxStatus, int]:
        """See the port."""
        rows = await self._doors.read(lambda tx: tx.rows(_COUNTS))
        return {OutboxStatus(row.status): int(row.many) for row in rows}


def _start(tx: Transaction, item_id: OutboxId) -> OutboxItem | None:
    row = tx.row(_BY_ID, {"item_id": item_id})
    if row is None:
        raise UnknownRecordError("outbox", item_id)
    if row.status not in _READY:
        return None
    refused = _refused(tx, row)
    if refused is not None:
        _set(tx, item_id, {"status": refused.value})
        return None
    _set(tx, item_id, {"status": OutboxStatus.SENDING.value, "attempts": row.attempts + 1})
    item = outbox_rows.opened(tx, row)
    status = OutboxStatus.AMBIGUOUS if row.doubtful else OutboxStatus.PENDING
    return replace(item, status=status, attempts=row.attempts + 1)


def _refused(tx: Transaction, row: Row[Any]) -> OutboxStatus | None:
    """Why an item may no longer be sent: its time is over, or what it says is no longer true."""
    if row.expires_at is not None and row.expires_at <= to_micros(tx.now):
        return OutboxStatus.EXPIRED
    if row.about_appointment is not None:
        version = calendar_rows.version_of(tx, AppointmentId(row.about_appointment))
        if version != row.about_version:
            return OutboxStatus.SUPERSEDED
    return None


def _record(tx: Transaction, item_id: OutboxId, delivery: Delivery) -> None:
    row = tx.row(_BY_ID, {"item_id": item_id})
    if row is None:
        raise UnknownRecordError("outbox", item_id)
    if row.status not in _UNSENT:
        raise StaleVersionError(f"outbox item {item_id} has ended already: {row.status}")
    _ended(tx, row, delivery)
    if delivery.suspend_handle:
        _suspend(tx, HandleId(row.handle_id))


def _suspend(tx: Transaction, handle_id: HandleId) -> None:
    handle: Handle = handles.load(tx, handle_id)
    handles.save(tx, replace(handle, suspended=True))


def _recover(tx: Transaction, now: datetime) -> int:
    rows = tx.rows(_IN_FLIGHT)
    for row in rows:
        delivery = after_unknown(
            lane=Lane(row.lane),
            resend=Resend(row.resend),
            attempts=row.attempts,
            doubtful=bool(row.doubtful),
            now=now,
            error="interrupted",
        )
        _ended(tx, row, delivery)
    return len(rows)


def _ended(tx: Transaction, row: Row[Any], delivery: Delivery) -> None:
    """Note what came of an attempt; a message given up is never given up silently."""
    values = {
        "status": delivery.status.value,
        "not_before": to_micros(delivery.not_before),
        "error": delivery.error,
        "provider_id": delivery.provider_id or row.provider_id,
        "doubtful": int(bool(row.doubtful) or delivery.status is OutboxStatus.AMBIGUOUS),
    }
    _set(tx, OutboxId(row.id), values)
    if delivery.status is OutboxStatus.FAILED:
        event = AuditEvent(
            at=tx.now,
            actor=SYSTEM,
            action=AuditAction.EXECUTE,
            event="message.undelivered",
            subject_id=SubjectId(row.subject_id),
            object_type="outbox",
            object_id=row.id,
            outcome="failed",
            detail=delivery.error,
        )
        audit_chain.append(tx, [audit_chain.Draft(event)])


def _set(tx: Transaction, item_id: OutboxId, values: Values) -> None:
    tx.execute(_SET, {"item_id": item_id, **values})
