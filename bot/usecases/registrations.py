"""Patients who registered by chat: staff take the record up, with its number, or do not; nothing is merged here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.usecases.speak import Speech
from bot.usecases.staff_desk import Act, StaffDesk, TalkAtHand, TryAgain
from bot.usecases.visit_requests import may_write, office_event
from domain.appointment import AppointmentStatus
from domain.audit import AuditAction, AuditEvent
from domain.changes import Change, SaveAppointment, SaveHandle, SavePatient, SupersedeOutbox, WriteSet
from domain.dialogue.reply import Reply
from domain.identity import Level
from domain.ids import ConversationId, PatientId, SubjectId
from domain.patient import Patient
from domain.ports import Calendar, Patients
from domain.staff import StaffAccount

CHECKED = "utter_registration_checked"
DECLINED = "utter_registration_declined"
_NUMBER = re.compile(r"[A-Za-z0-9._/-]{1,40}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationDecided:
    """The record is checked, or set aside and unlinked. `told` when the patient was written to."""

    confirmed: bool
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRegistration:
    """There is no such pending record, or it has been decided meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfitNumber:
    """The record number is malformed, or (`taken`) another record's."""

    taken: bool


RegistrationOutcome = RegistrationDecided | NoSuchRegistration | UnfitNumber | TryAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRegistration:
    """Confirm or decline one pending record. Declining gives back every time it asked for."""

    desk: StaffDesk
    patients: Patients
    calendar: Calendar

    async def __call__(
        self, patient_id: PatientId, *, staff: StaffAccount, confirm: bool, number: str = ""
    ) -> RegistrationOutcome:
        """Decide. Raises UnavailableError."""
        number = number.strip()
        if confirm and number and (fault := await self._unfit(number)):
            return fault
        patient = await self.patients.get(patient_id)
        if patient is None or not patient.pending or patient.declined:
            return NoSuchRegistration()
        talks = await self.desk.conversations.of_patient(patient_id)
        if not talks:
            return await self._untold(patient, staff, confirm=confirm, number=number)

        async def decide(talk: TalkAtHand) -> Act[RegistrationDecided | NoSuchRegistration]:
            current = await self.patients.get(patient_id)
            if current is None or not current.pending or current.declined:
                return Act(outcome=NoSuchRegistration())
            changes = await self._changes(current, confirm=confirm, number=number)
            if not confirm:
                changes = (*changes, *await self._unlinked(talks))
            event = _event(current, staff, self.desk, confirm=confirm)
            told = may_write(talk.snapshot.handle, current)
            spoken = self.desk.spoken(talk, (self._word(talk, confirm=confirm),) if told else ())
            write = WriteSet(changes=changes, transcript=spoken.transcript, outbox=spoken.outbox, audit=(event,))
            return Act(outcome=RegistrationDecided(confirmed=confirm, told=told), write=write)

        return await self.desk.act_in(talks[0], decide)

    def _word(self, talk: TalkAtHand, *, confirm: bool) -> Speech:
        return self.desk.word(talk, Reply(key=CHECKED if confirm else DECLINED))

    async def _unfit(self, number: str) -> UnfitNumber | None:
        if not _NUMBER.match(number):
            return UnfitNumber(taken=False)
        return UnfitNumber(taken=True) if await self.patients.with_mrn(number) else None

    async def _untold(
        self, patient: Patient, staff: StaffAccount, *, confirm: bool, number: str
    ) -> RegistrationDecided:
        changes = await self._changes(patient, confirm=confirm, number=number)
        event = _event(patient, staff, self.desk, confirm=confirm)
        await self.desk.commits.commit(WriteSet(changes=changes, audit=(event,)))
        return RegistrationDecided(confirmed=confirm, told=False)

    async def _changes(self, patient: Patient, *, confirm: bool, number: str) -> tuple[Change, ...]:
        if confirm:
            return (SavePatient(patient=replace(patient, pending=False, mrn=number or patient.mrn)),)
        changes: list[Change] = [SavePatient(patient=replace(patient, declined=True))]
        for visit in await self.calendar.of_patient(patient.id):
            if visit.status is AppointmentStatus.REQUESTED:
                gone = replace(visit, status=AppointmentStatus.CANCELLED, version=visit.version + 1)
                changes.append(SaveAppointment(appointment=gone, expected_version=visit.version))
                changes.append(SupersedeOutbox(appointment_id=visit.id, below_version=gone.version))
        return tuple(changes)

    async def _unlinked(self, talks: tuple[ConversationId, ...]) -> tuple[Change, ...]:
        """Every conversation that was linked to the record is nobody's again."""
        changes: list[Change] = []
        for talk in talks:
            handle = (await self.desk.conversations.snapshot(talk, self.desk.clock.now())).handle
            changes.append(
                SaveHandle(
                    handle=replace(
                        handle,
                        patient_id=None,
                        subject_id=SubjectId(handle.id),
                        level=Level.ANYONE,
                        proof=None,
                        proven_until=None,
                        second_factor_until=None,
                    )
                )
            )
        return tuple(changes)


def _event(patient: Patient, staff: StaffAccount, desk: StaffDesk, *, confirm: bool) -> AuditEvent:
    name = "patient.registration_confirmed" if confirm else "patient.registration_declined"
    event = office_event(name, staff, desk.clock, patient.subject_id, kind="patient", purpose="requests")
    return replace(event, action=AuditAction.UPDATE)
