"""The calendar as the bot and staff read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from domain.appointment import Appointment, AppointmentStatus, Busy
from domain.clinic_hours import Leave
from domain.ids import AppointmentId, HoldId, PatientId, ProviderId
from storage import calendar_rows
from storage import leave as leave_rows
from storage.calendar_rows import APPOINTMENT_COLUMNS, LONGEST_VISIT
from storage.doors import Doors
from storage.tables import LIVE, appointments, holds
from storage.times import from_micros, to_micros
from storage.transaction import Transaction, Values

_SPAN = (appointments.c.provider_id, appointments.c.starts_at, appointments.c.ends_at)
_TAKEN_BY_VISITS = select(*_SPAN).where(
    text(LIVE),
    # The lower bound lets the index by start serve: no visit is longer.
    appointments.c.starts_at > bindparam("start") - LONGEST_VISIT // timedelta(microseconds=1),
    appointments.c.starts_at < bindparam("end"),
    appointments.c.ends_at > bindparam("start"),
)
_TAKEN_BY_HOLDS = select(holds.c.id, holds.c.provider_id, holds.c.starts_at, holds.c.ends_at).where(
    holds.c.starts_at < bindparam("end"), holds.c.ends_at > bindparam("start"), holds.c.expires_at > bindparam("now")
)
_KNOWN = select(appointments.c.id).where(appointments.c.id.in_(bindparam("visit_ids", expanding=True)))
_ASKED_AT_ONCE = 500
_DAY = (
    select(*APPOINTMENT_COLUMNS)
    .where(text(LIVE), appointments.c.starts_at >= bindparam("start"), appointments.c.starts_at < bindparam("end"))
    .order_by(appointments.c.starts_at, appointments.c.id)
)
_DAY_OF_PROVIDER = _DAY.where(appointments.c.provider_id == bindparam("provider_id"))


_REQUESTED = (
    select(*APPOINTMENT_COLUMNS)
    .where(
        text(LIVE),
        appointments.c.status == AppointmentStatus.REQUESTED.value,
        appointments.c.starts_at > bindparam("now"),
    )
    .order_by(appointments.c.starts_at, appointments.c.id)
    .limit(bindparam("most"))
)


class SqlCalendar:
    """Implements domain.ports.Calendar."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def busy(self, start: datetime, end: datetime, *, apart_from: HoldId | None = None) -> tuple[Busy, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _busy(tx, _range(start, end), apart_from))

    async def appointment(self, appointment_id: AppointmentId) -> Appointment | None:
        """See the port."""
        return await self._doors.read(lambda tx: calendar_rows.load(tx, appointment_id))

    async def known(self, appointment_ids: Sequence[AppointmentId]) -> frozenset[AppointmentId]:
        """See the port."""
        return await self._doors.read(lambda tx: _known(tx, appointment_ids))

    async def day(self, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        values = _range(start, end)
        return await self._doors.read(lambda tx: calendar_rows.many(tx, tx.rows(_DAY, values)))

    async def requested(self, now: datetime, *, limit: int = 200) -> tuple[Appointment, ...]:
        """See the port."""
        values = {"now": to_micros(now), "most": limit}
        return await self._doors.read(lambda tx: calendar_rows.many(tx, tx.rows(_REQUESTED, values)))

    async def of_patient(self, patient_id: PatientId) -> tuple[Appointment, ...]:
        """See the port."""
        return await self._doors.read(
            lambda tx: calendar_rows.of_patient(tx, patient_id, since=to_micros(tx.now - calendar_rows.CHANGED_LATELY))
        )

    async def of_provider(self, provider_id: ProviderId, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        values = {**_range(start, end), "provider_id": provider_id}
        return await self._doors.read(lambda tx: calendar_rows.many(tx, tx.rows(_DAY_OF_PROVIDER, values)))

    async def leave(self, start: datetime, end: datetime) -> tuple[Leave, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: leave_rows.within(tx, start, end))


def _known(tx: Transaction, visit_ids: Sequence[AppointmentId]) -> frozenset[AppointmentId]:
    found: set[AppointmentId] = set()
    for first in range(0, len(visit_ids), _ASKED_AT_ONCE):
        rows = tx.rows(_KNOWN, {"visit_ids": visit_ids[first : first + _ASKED_AT_ONCE]})
        found |= {AppointmentId(row.id) for row in rows}
    return frozenset(found)


def _busy(tx: Transaction, span: Values, apart_from: HoldId | None) -> tuple[Busy, ...]:
    taken = [tuple(row) for row in tx.rows(_TAKEN_BY_VISITS, span)]
    for row in tx.rows(_TAKEN_BY_HOLDS, {**span, "now": to_micros(tx.now)}):
        if row.id != apart_from:
            taken.append((row.provider_id, row.starts_at, row.ends_at))
    return tuple(
        Busy(provider_id=ProviderId(provider), starts_at=from_micros(starts), ends_at=from_micros(ends))
        for provider, starts, ends in sorted(taken)
    )


def _range(start: datetime, end: datetime) -> Values:
    return {"start": to_micros(start), "end": to_micros(end)}
