"""What an action works with: the turn's own view of the records, kept true as the turn's changes add up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.appointment import Appointment, Hold
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import (
    Change,
    DropChallenge,
    PlaceHold,
    ReleaseHold,
    SaveAppointment,
    SaveChallenge,
    SaveHandle,
    SavePatient,
)
from domain.clinic import Clinic
from domain.dialogue.reply import Reply, ReplyValue
from domain.dialogue.slot import SlotValue
from domain.dialogue.turn import ActionRequest, ActionResult, Offered
from domain.identity import Challenge, Handle
from domain.ids import ConversationId
from domain.message import Address, Channel
from domain.patient import Patient
from domain.ports import Calendar, Patients, TurnSnapshot
from domain.results import TestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneText:
    """A text to a number on file (a code), beside the conversation and never in its transcript."""

    to: Address
    reply: Reply
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an action came to: its result for the dialogue, what to write, and texts to numbers on file."""

    result: ActionResult = field(default_factory=ActionResult)
    changes: tuple[Change, ...] = ()
    audit: tuple[AuditEvent, ...] = ()
    texts: tuple[PhoneText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every turn's actions may use of the world."""

    clinic: Clinic
    new_id: Callable[[], str]
    new_code: Callable[[], str]
    calendar: Calendar
    patients: Patients
    text_address: Callable[[str], Address] | None = None
    """A phone number as an address we can text; None where no SMS gateway is there."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """Mutable for one turn only: the records as they will be once the turn is committed."""

    office: Office
    now: datetime
    snapshot: TurnSnapshot
    handle: Handle
    patient: Patient | None
    hold: Hold | None
    challenge: Challenge | None
    appointments: dict[str, Appointment]
    proven_results: tuple[TestResult, ...] | None = None
    """The results of a patient proven only in this turn."""

    @classmethod
    def of(cls, snapshot: TurnSnapshot, office: Office, now: datetime) -> Desk:
        """A desk over what the turn has read."""
        hold = snapshot.hold if snapshot.hold is not None and snapshot.hold.expires_at > now else None
        return cls(
            office=office,
            now=now,
            snapshot=snapshot,
            handle=snapshot.handle,
            patient=snapshot.patient,
            hold=hold,
            challenge=snapshot.challenge,
            appointments={item.id: item for item in snapshot.appointments},
        )

    @property
    def conversation_id(self) -> ConversationId:
        """The conversation this turn belongs to."""
        return self.snapshot.conversation.id

    @property
    def clinic(self) -> Clinic:
        """The clinic's facts."""
        return self.office.clinic

    @property
    def calendar(self) -> Calendar:
        """Time taken and visits booked."""
        return self.office.calendar

    def new_id(self) -> str:
        """A fresh identifier."""
        return self.office.new_id()

    def absorb(self, done: Done) -> None:
        """Bring the records to where the action's changes leave them."""
        for change in done.changes:
            match change:
                case SaveHandle(handle=handle):
                    self.handle = handle
                case SavePatient(patient=patient) if self.patient is None or patient.id == self.patient.id:
                    self.patient = patient
                case PlaceHold(hold=hold):
                    self.hold = hold
                case ReleaseHold():
                    self.hold = None
                case SaveAppointment(appointment=appointment, from_hold=from_hold):
                    if self.patient is not None and appointment.patient_id == self.patient.id:
                        self.appointments[appointment.id] = appointment
                    self.hold = None if from_hold is not None else self.hold
                case SaveChallenge(challenge=challenge):
                    self.challenge = challenge
                case DropChallenge():
                    self.challenge = None
                case _:
                    pass

    @property
    def can_prove_phone(self) -> bool:
        """Whether the sender's address is itself a phone number."""
        return self.handle.address.channel in {Channel.SMS, Channel.WHATSAPP}

    def results(self) -> tuple[TestResult, ...]:
        """The patient's test results, latest first, once the record is theirs to hear of."""
        return self.proven_results if self.proven_results is not None else self.snapshot.results

    def live_visits(self) -> tuple[Appointment, ...]:
        """The patient's coming visits, soonest first."""
        coming = [item for item in self.appointments.values() if item.status.is_live and item.slot.ends_at > self.now]
        return tuple(sorted(coming, key=lambda item: item.slot.starts_at))

    def event(
        self, event: str, action: AuditAction, *, object_type: str = "", object_id: str = "", detail: str = ""
    ) -> AuditEvent:
        """An audit event by the patient behind this handle."""
        return AuditEvent(
            at=self.now,
            actor=Actor(kind=ActorKind.PATIENT, id=self.handle.id),
            action=action,
            event=event,
            subject_id=self.handle.subject_id,
            object_type=object_type,
            object_id=object_id,
            detail=detail,
        )


Action = Callable[[ActionRequest, Desk], Awaitable[Done]]


def outcome(
    name: str,
    *replies: Reply,
    slots: Mapping[str, SlotValue | None] | None = None,
    offers: tuple[Offered, ...] | None = None,
) -> ActionResult:
    """A result flows can branch on by `context.outcome`."""
    return ActionResult(facts={"outcome": name}, replies=replies, slots=slots or {}, offers=offers)


def reply(key: str, values: Mapping[str, ReplyValue] | None = None) -> Reply:
    """One thing to say."""
    return Reply(key=key, values=values or {})


def with_changes(result: ActionResult, *changes: Change, audit: tuple[AuditEvent, ...] = ()) -> Done:
    """A result and what it writes."""
    return Done(result=result, changes=changes, audit=audit)


def with_facts(result: ActionResult, **facts: str | int | bool) -> ActionResult:
    """The result with more facts."""
    return replace(result, facts={**result.facts, **facts})
