"""Conversations as use cases read them: claims, snapshots of all a turn needs, and transcripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from domain.appointment import Appointment
from domain.handoff import Handoff
from domain.identity import Handle
from domain.ids import ConversationId, PatientId
from domain.medicine import Medicine
from domain.message import Address
from domain.patient import Patient
from domain.ports import Claim, TurnSnapshot
from domain.results import TestResult
from domain.transcript import TranscriptEntry
from storage import (
    calendar_rows,
    challenges,
    conversation_rows,
    handles,
    handoffs,
    inbox,
    medicines,
    patients,
    promises,
    results,
    timers,
    transcript,
)
from storage.doors import Doors
from storage.errors import UnknownRecordError
from storage.tables import challenges as challenge_table
from storage.tables import conversations
from storage.tables import handles as handle_table
from storage.tables import handoffs as handoff_table
from storage.tables import holds as hold_table
from storage.times import to_micros
from storage.transaction import Transaction

_HEAD = (
    select(
        conversations.c.id,
        conversations.c.handle_id,
        conversations.c.state,
        handle_table.c.sealed.label("handle"),
        hold_table.c.id.label("hold_id"),
        hold_table.c.subject_id.label("hold_subject"),
        hold_table.c.sealed.label("hold"),
        handoff_table.c.id.label("handoff_id"),
        handoff_table.c.subject_id.label("handoff_subject"),
        handoff_table.c.version.label("handoff_version"),
        handoff_table.c.sealed.label("handoff"),
        challenge_table.c.subject_id.label("challenge_subject"),
        challenge_table.c.sealed.label("challenge"),
    )
    .join_from(conversations, handle_table, conversations.c.handle_id == handle_table.c.id)
    .outerjoin(
        hold_table,
        (hold_table.c.conversation_id == conversations.c.id) & (hold_table.c.expires_at > bindparam("now")),
    )
    .outerjoin(
        handoff_table,
        (handoff_table.c.conversation_id == conversations.c.id) & (handoff_table.c.status != "closed"),
    )
    .outerjoin(challenge_table, challenge_table.c.conversation_id == conversations.c.id)
    .where(conversations.c.id == bindparam("conversation_id"))
)
_OF_ADDRESS = (
    select(conversations.c.id)
    .join(handle_table, conversations.c.handle_id == handle_table.c.id)
    .where(handle_table.c.address_ref == bindparam("address_ref"))
)
_OF_PATIENT = (
    select(conversations.c.id)
    .join(handle_table, conversations.c.handle_id == handle_table.c.id)
    .where(handle_table.c.patient_ref == bindparam("patient_ref"))
    .order_by(conversations.c.last_patient_at.desc().nulls_last(), conversations.c.id.desc())
)


class SqlConversations:
    """Implements domain.ports.Conversations."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def claim(self, conversation_id: ConversationId) -> Claim:
        """See the port. Raises UnknownRecordError."""
        fence = await self._doors.write(lambda tx: conversation_rows.claim(tx, conversation_id))
        return Claim(conversation_id=conversation_id, fence=fence)

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
        """See the port. Raises UnknownRecordError, IntegrityError."""
        return await self._doors.read(lambda tx: _snapshot(tx, conversation_id, now))

    async def of_address(self, address: Address) -> ConversationId | None:
        """See the port."""
        return await self._doors.read(lambda tx: _of_address(tx, address))

    async def of_patient(self, patient_id: PatientId) -> tuple[ConversationId, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _of_patient(tx, patient_id))

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: transcript.read(tx, conversation_id, after_seq=after_seq, limit=limit))


def _snapshot(tx: Transaction, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
    row = tx.row(_HEAD, {"conversation_id": conversation_id, "now": to_micros(now)})
    if row is None:
        raise UnknownRecordError("conversations", conversation_id)
    handle = handles.opened(tx, row.handle_id, row.handle)
    patient, visits, of_tests, taken = _of_linked_patient(tx, handle, now)
    return TurnSnapshot(
        conversation=conversation_rows.opened(tx, row.id, row.handle_id, row.state),
        handle=handle,
        inbox=inbox.new_of(tx, conversation_id),
        timers=timers.due_of(tx, conversation_id, now),
        patient=patient,
        appointments=visits,
        hold=None if row.hold is None else calendar_rows.opened_hold(tx, row.hold_id, row.hold_subject, row.hold),
        handoff=None if row.handoff is None else _handoff(tx, row),
        challenge=None
        if row.challenge is None
        else challenges.opened(tx, row.id, row.challenge_subject, row.challenge),
        promises=promises.open_of(tx, conversation_id),
        results=of_tests,
        medicines=taken,
    )


def _handoff(tx: Transaction, row: Row[Any]) -> Handoff:
    return handoffs.opened(tx, row.handoff_id, row.handoff_subject, row.handoff_version, row.handoff)


def _of_linked_patient(
    tx: Transaction, handle: Handle, now: datetime
) -> tuple[Patient | None, tuple[Appointment, ...], tuple[TestResult, ...], tuple[Medicine, ...]]:
    if handle.patient_id is None:
        return None, (), (), ()
    visits = calendar_rows.of_patient(tx, handle.patient_id, since=to_micros(now - calendar_rows.CHANGED_LATELY))
    patient = patients.load(tx, handle.patient_id)
    if patient is None:
        return None, visits, (), ()
    return patient, visits, results.of_patient(tx, patient), medicines.of_patient(tx, patient)


def _of_address(tx: Transaction, address: Address) -> ConversationId | None:
    row = tx.row(_OF_ADDRESS, {"address_ref": tx.index.address(address)})
    return None if row is None else ConversationId(row.id)


def _of_patient(tx: Transaction, patient_id: PatientId) -> tuple[ConversationId, ...]:
    rows = tx.rows(_OF_PATIENT, {"patient_ref": tx.index.patient(patient_id)})
    return tuple(ConversationId(row.id) for row in rows)
