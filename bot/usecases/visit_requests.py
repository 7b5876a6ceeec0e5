"""Visits patients asked for: staff confirm or decline them; the time is kept until then, and given back on a no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.actions.booking import REMINDER_RULE, visit_facts
from bot.usecases.staff_desk import Act, StaffDesk, TalkAtHand, TryAgain
from domain.appointment import Appointment, AppointmentStatus
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import Change, PlanReminder, SaveAppointment, SavePromise, SupersedeOutbox, WriteSet
from domain.clinic import Clinic
from domain.dialogue.reply import Reply
from domain.errors import SlotTakenError, StaleVersionError
from domain.identity import Handle, Level
from domain.ids import AppointmentId, ConversationId, PromiseId, SubjectId
from domain.outbox import TruthCheck
from domain.patient import Patient
from domain.ports import Calendar, Clock, Patients
from domain.promise import Promise, PromiseKind
from domain.scheduling import response_due
from domain.staff import StaffAccount

_KEYS = {
    True: ("utter_request_confirmed", "utter_request_confirmed_generic"),
    False: ("utter_request_declined", "utter_request_declined_generic"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A visit asked for, and by whom; `pending` when that record is not yet checked."""

    visit: Appointment
    name: str
    phones: tuple[str, ...]
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsOpen:
    """What waits for a yes or no: visits by start, and patients who registered by chat."""

    visits: tuple[RequestRow, ...]
    registrations: tuple[Patient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDecided:
    """The visit is confirmed, or its time is free again. `told` when the patient was written to."""

    visit: Appointment
    confirmed: bool
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRequest:
    """There is no such request, or it has been decided meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequests:
    """What waits for staff. Every record shown is in the audit log first."""

    calendar: Calendar
    patients: Patients
    desk: StaffDesk

    async def __call__(self, staff: StaffAccount) -> RequestsOpen:
        """The open requests. Raises UnavailableError."""
        now = self.desk.clock.now()
        rows: list[RequestRow] = []
        for visit in await self.calendar.requested(now):
            patient = await self.patients.get(visit.patient_id) if visit.patient_id else None
            name = f"{patient.given_name} {patient.family_name}" if patient else ""
            rows.append(
                RequestRow(
                    visit=visit,
                    name=name,
                    phones=patient.phones if patient else (),
                    pending=bool(patient and patient.pending),
                )
            )
        pending = await self.patients.pending()
        subjects = dict.fromkeys((*(row.visit.subject_id for row in rows), *(item.subject_id for item in pending)))
        if subjects:
            events = tuple(
                office_event("patient.read", staff, self.desk.clock, subject, kind="patient", purpose="requests")
                for subject in subjects
            )
            await self.desk.commits.commit(WriteSet(audit=events))
        return RequestsOpen(visits=tuple(rows), registrations=pending)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideRequest:
    """Confirm or decline one visit. Where the patient cannot be written to, a promise to call them is left instead."""

    desk: StaffDesk
    calendar: Calendar
    clinic: Callable[[], Clinic]

    async def __call__(
        self, visit_id: AppointmentId, *, staff: StaffAccount, confirm: bool
    ) -> RequestDecided | NoSuchRequest | TryAgain:
        """Decide. Raises UnavailableError."""
        visit = await self.calendar.appointment(visit_id)
        if visit is None or visit.status is not AppointmentStatus.REQUESTED:
            return NoSuchRequest()
        talks = await self.desk.conversations.of_patient(visit.patient_id) if visit.patient_id else ()
        if not talks:
            return await self._untold(visit, staff, confirm=confirm)

        async def decide(talk: TalkAtHand) -> Act[RequestDecided | NoSuchRequest]:
            current = await self.calendar.appointment(visit_id)
            if current is None or current.status is not AppointmentStatus.REQUESTED:
                return Act(outcome=NoSuchRequest())
            return self._decide(talk, current, staff, confirm=confirm)

        return await self.desk.act_in(talks[0], decide)

    def _decide(
        self, talk: TalkAtHand, visit: Appointment, staff: StaffAccount, *, confirm: bool
    ) -> Act[RequestDecided | NoSuchRequest]:
        decided = _decided(visit, confirm=confirm)
        changes: list[Change] = list(_changes(visit, decided))
        if confirm:
            changes += self._reminder(decided, talk)
        event = _event(decided, staff, self.desk.clock)
        patient = talk.snapshot.patient
        if not may_write(talk.snapshot.handle, patient):
            owed = self._call_about(decided, talk.conversation_id, talk.snapshot.handle.subject_id)
            write = WriteSet(changes=(*changes, SavePromise(promise=owed)), audit=(event,))
            return Act(outcome=RequestDecided(visit=decided, confirmed=confirm, told=False), write=write)
        proven = talk.snapshot.handle.level_at(talk.now) >= Level.PROVEN
        speech = self.desk.word(talk, Reply(key=_KEYS[confirm][0 if proven else 1], values=visit_facts(decided)))
        check = TruthCheck(appointment_id=decided.id, version=decided.version)
        spoken = self.desk.spoken(talk, (replace(speech, check=check),))
        write = WriteSet(changes=tuple(changes), transcript=spoken.transcript, outbox=spoken.outbox, audit=(event,))
        return Act(outcome=RequestDecided(visit=decided, confirmed=confirm, told=True), write=write)

    async def _untold(
        self, visit: Appointment, staff: StaffAccount, *, confirm: bool
    ) -> RequestDecided | NoSuchRequest:
        """A patient who never wrote here: nothing can be sent, nor a promise kept with a conversation."""
        decided = _decided(visit, confirm=confirm)
        write = WriteSet(changes=_changes(visit, decided), audit=(_event(decided, staff, self.desk.clock),))
        try:
            await self.desk.commits.commit(write)
        except (StaleVersionError, SlotTakenError):
            return NoSuchRequest()
        return RequestDecided(visit=decided, confirmed=confirm, told=False)

    def _reminder(self, visit: Appointment, talk: TalkAtHand) -> tuple[PlanReminder, ...]:
        due = visit.slot.starts_at - self.clinic().spans.reminder
        if due <= talk.now:
            return ()
        return (
            PlanReminder(
                rule=REMINDER_RULE,
                appointment_id=visit.id,
                version=visit.version,
                conversation_id=talk.conversation_id,
                due_at=due,
            ),
        )

    def _call_about(self, visit: Appointment, talk: ConversationId, subject: SubjectId) -> Promise:
        """A promise to tell the patient by phone what they could not be written."""
        new = NewCall(id=PromiseId(self.desk.ids()), at=self.desk.clock.now())
        return call_promise(visit, talk, subject, clinic=self.clinic(), new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A call to be promised: under which id, when, and why, where it is not a request that was decided."""

    id: PromiseId
    at: datetime
    why: str = ""


def call_promise(
    visit: Appointment,
    talk: ConversationId,
    subject: SubjectId,
    *,
    clinic: Clinic,
    new: NewCall,
) -> Promise:
    """A call to make about a visit, by when the front desk answers."""
    queue = clinic.queue_for(PromiseKind.CALLBACK.value)
    starts = visit.slot.starts_at.astimezone(clinic.zone)
    what = new.why or ("confirmed" if visit.status.is_live else "declined")
    return Promise(
        id=new.id,
        conversation_id=talk,
        subject_id=subject,
        kind=PromiseKind.CALLBACK,
        queue=queue.id,
        detail=f"Call the patient about the visit of {starts:%a} {starts.day} {starts:%b, %H:%M}: {what}.",
        made_at=new.at,
        due_at=response_due(clinic, queue, new.at),
    )


def may_write(handle: Handle, patient: Patient | None) -> bool:
    """Whether the clinic may send something of its own accord, and the channel takes it."""
    shut = handle.suspended or handle.frozen or handle.opted_out or handle.outreach_held
    return not shut and not (patient is not None and (patient.opted_out or patient.deceased))


def _decided(visit: Appointment, *, confirm: bool) -> Appointment:
    status = AppointmentStatus.BOOKED if confirm else AppointmentStatus.CANCELLED
    return replace(visit, status=status, version=visit.version + 1)


def _changes(visit: Appointment, decided: Appointment) -> tuple[Change, ...]:
    return (
        SaveAppointment(appointment=decided, expected_version=visit.version),
        SupersedeOutbox(appointment_id=visit.id, below_version=decided.version),
    )


def _event(visit: Appointment, staff: StaffAccount, clock: Clock) -> AuditEvent:
    name = "appointment.request_confirmed" if visit.status.is_live else "appointment.request_declined"
    event = office_event(name, staff, clock, visit.subject_id, kind="appointment", purpose="requests")
    return replace(event, action=AuditAction.UPDATE, object_id=visit.id)


def office_event(
    event: str, staff: StaffAccount, clock: Clock, subject: SubjectId, *, kind: str, purpose: str
) -> AuditEvent:
    """The trace of a look or an act on a record outside any case."""
    return AuditEvent(
        at=clock.now(),
        actor=Actor(kind=ActorKind.STAFF, id=staff.id),
        action=AuditAction.READ,
        event=event,
        subject_id=subject,
        object_type=kind,
        object_id=subject,
        purpose=purpose,
    )
