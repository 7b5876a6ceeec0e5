"""Holds and visits, and the cells of time they take: one row a provider and five minutes, so none is taken twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError as ConstraintError

from domain.appointment import Appointment, Hold, TimeSlot
from domain.errors import SlotTakenError, StaleVersionError
from domain.ids import AppointmentId, HoldId, PatientId
from domain.scheduling_free import cells
from storage import conversation_rows
from storage.errors import StoredFormError
from storage.forms import APPOINTMENT, HOLD
from storage.tables import appointments, holds, slot_cells
from storage.times import to_micros
from storage.transaction import Sealing, Transaction, Values

CHANGED_LATELY = timedelta(days=60)
LONGEST_VISIT = timedelta(days=1)

_HOLD, _VISIT = "hold", "visit"

_DROP_EXPIRED = delete(slot_cells).where(
    slot_cells.c.provider_id == bindparam("at_provider"),
    slot_cells.c.cell_at >= bindparam("first"),
    slot_cells.c.cell_at <= bindparam("last"),
    slot_cells.c.expires_at <= bindparam("now"),
)
_TAKE = insert(slot_cells)
_GIVE_BACK = delete(slot_cells).where(
    slot_cells.c.holder_kind == bindparam("kind"), slot_cells.c.holder_id == bindparam("holder")
)
_HOLD_OF = select(holds.c.id).where(holds.c.conversation_id == bindparam("conversation_id"))
_ADD_HOLD = insert(holds)
_DROP_HOLD = delete(holds).where(holds.c.id == bindparam("hold_id"))
_ADD = insert(appointments)
_SAVE = update(appointments).where(
    appointments.c.id == bindparam("visit_id"), appointments.c.version == bindparam("read_version")
)
APPOINTMENT_COLUMNS = (appointments.c.id, appointments.c.subject_id, appointments.c.version, appointments.c.sealed)
_BY_ID = select(*APPOINTMENT_COLUMNS).where(appointments.c.id == bindparam("visit_id"))
_VERSION = select(appointments.c.version).where(appointments.c.id == bindparam("visit_id"))
_OF_PATIENT = (
    select(*APPOINTMENT_COLUMNS)
    .where(
        appointments.c.patient_ref == bindparam("patient_ref"),
        appointments.c.status.in_(("requested", "booked", "confirmed", "arrived"))
        | (appointments.c.changed_at >= bindparam("since")),
    )
    .order_by(appointments.c.starts_at, appointments.c.id)
)


def place_hold(tx: Transaction, hold: Hold) -> None:
    """Keep a time, instead of any the conversation held before. Raises SlotTakenError."""
    for older in tx.rows(_HOLD_OF, {"conversation_id": hold.conversation_id}):
        release_hold(tx, older.id)
    _take(tx, hold.slot, kind=_HOLD, holder=hold.id, expires_at=to_micros(hold.expires_at))
    subject = conversation_rows.subject_of(tx, hold.conversation_id)
    tx.execute(
        _ADD_HOLD,
        {
            "id": hold.id,
            "conversation_id": hold.conversation_id,
            "subject_id": subject,
            **_span(hold.slot),
            "expires_at": to_micros(hold.expires_at),
            "sealed": tx.seal(HOLD, hold.id, subject, hold),
        },
    )


def release_hold(tx: Transaction, hold_id: HoldId) -> None:
    """Give a held time back; harmless when it is gone."""
    tx.execute(_GIVE_BACK, {"kind": _HOLD, "holder": hold_id})
    tx.execute(_DROP_HOLD, {"hold_id": hold_id})


def save_appointment(
    tx: Transaction, visit: Appointment, *, expected_version: int | None, from_hold: HoldId | None
) -> None:
    """Make or change a visit with its cells. Raises StaleVersionError, SlotTakenError."""
    if from_hold is not None:
        release_hold(tx, from_hold)
    if expected_version is None:
        _add(tx, visit)
    else:
        _change(tx, visit, expected_version)
    if visit.status.is_live:
        _take(tx, visit.slot, kind=_VISIT, holder=visit.id, expires_at=None)


def load(tx: Transaction, visit_id: AppointmentId) -> Appointment | None:
    """One visit."""
    row = tx.row(_BY_ID, {"visit_id": visit_id})
    return None if row is None else opened(tx.sealing, row)


def version_of(tx: Transaction, visit_id: AppointmentId) -> int | None:
    """A visit's version now, None where there is none."""
    row = tx.row(_VERSION, {"visit_id": visit_id})
    return None if row is None else int(row.version)


def of_patient(tx: Transaction, patient_id: PatientId, *, since: int) -> tuple[Appointment, ...]:
    """A patient's visits that are live, or changed since an instant, by start."""
    return many(tx, tx.rows(_OF_PATIENT, {"patient_ref": tx.index.patient(patient_id), "since": since}))


def many(tx: Transaction, rows: Sequence[Row[Any]]) -> tuple[Appointment, ...]:
    """The visits in stored rows."""
    return tuple(opened(tx.sealing, row) for row in rows)


def opened(sealing: Sealing, row: Row[Any]) -> Appointment:
    """The visit in a stored row, whose clear version must be the sealed one."""
    visit: Appointment = sealing.unseal(APPOINTMENT, row.id, row.subject_id, row.sealed)
    if visit.version != row.version:
        raise StoredFormError(table="appointments", row_id=row.id, expected=f"visit of version {row.version}")
    return visit


def opened_hold(tx: Transaction, hold_id: str, subject: str, sealed: bytes) -> Hold:
    """The hold in a stored row."""
    hold: Hold = tx.unseal(HOLD, hold_id, subject, sealed)
    return hold


def _add(tx: Transaction, visit: Appointment) -> None:
    if version_of(tx, visit.id) is not None:
        raise StaleVersionError(f"visit {visit.id} exists already")
    tx.execute(_ADD, {"id": visit.id, **_columns(tx, visit)})


def _change(tx: Transaction, visit: Appointment, expected_version: int) -> None:
    if visit.version <= expected_version:
        raise ValueError(f"visit {visit.id}: version {visit.version} must be above the one read, {expected_version}")
    values = {"visit_id": visit.id, "read_version": expected_version, **_columns(tx, visit)}
    if tx.execute(_SAVE, values).rowcount == 0:
        raise StaleVersionError(f"visit {visit.id} is no longer at version {expected_version}")
    tx.execute(_GIVE_BACK, {"kind": _VISIT, "holder": visit.id})


def _take(tx: Transaction, slot: TimeSlot, *, kind: str, holder: str, expires_at: int | None) -> None:
    if not timedelta(0) < slot.ends_at - slot.starts_at <= LONGEST_VISIT:
        raise ValueError(f"a visit lasts longer than nothing and at most {LONGEST_VISIT}")
    at = [to_micros(cell) for cell in cells(slot)]
    now = to_micros(tx.now)
    tx.execute(_DROP_EXPIRED, {"at_provider": slot.provider_id, "first": at[0], "last": at[-1], "now": now})
    rows: list[Values] = [
        {
            "provider_id": slot.provider_id,
            "cell_at": cell,
            "holder_kind": kind,
            "holder_id": holder,
            "expires_at": expires_at,
        }
        for cell in at
    ]
    try:
        tx.execute(_TAKE, rows)
    except ConstraintError as error:
        raise SlotTakenError(f"provider {slot.provider_id} is taken at {slot.starts_at.isoformat()}") from error


def _span(slot: TimeSlot) -> Values:
    return {
        "provider_id": slot.provider_id,
        "starts_at": to_micros(slot.starts_at),
        "ends_at": to_micros(slot.ends_at),
    }


def _columns(tx: Transaction, visit: Appointment) -> Values:
    return {
        "subject_id": visit.subject_id,
        "patient_ref": None if visit.patient_id is None else tx.index.patient(visit.patient_id),
        **_span(visit.slot),
        "status": visit.status.value,
        "version": visit.version,
        "changed_at": to_micros(tx.now),
        "sealed": tx.seal(APPOINTMENT, visit.id, visit.subject_id, visit),
    }
