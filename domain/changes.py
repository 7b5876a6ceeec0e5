"""What a turn (or a staff act, a reminder, a timer) changes: one WriteSet, committed whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.appointment import Appointment, Hold
from domain.audit import AuditEvent
from domain.clinic_hours import Leave
from domain.dialogue.conversation import Conversation
from domain.handoff import Handoff
from domain.identity import Challenge, Handle
from domain.ids import AppointmentId, ConversationId, HoldId, InboundId
from domain.outbox import OutboxItem
from domain.patient import Patient
from domain.promise import Promise
from domain.transcript import TranscriptEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveHandle:
    """The handle's link, level or flags changed."""

    handle: Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePatient:
    """A patient record was made or changed; blind indexes follow."""

    patient: Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveChallenge:
    """A code was issued or a try was used up; one per conversation, the newer replaces the older."""

    challenge: Challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class DropChallenge:
    """The code was used, or given up."""

    conversation_id: ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceHold:
    """Keep a time; raises SlotTakenError when any of its cells is taken by a live hold or visit of someone else."""

    hold: Hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Give a held time back; harmless when it is gone."""

    hold_id: HoldId


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAppointment:
    """Make or change a visit.

    `expected_version` is None for a new one, else the version read (StaleVersionError when it moved on). A live visit
    takes its cells (SlotTakenError when it cannot, taking over those of `from_hold`), any other gives them back.
    """

    appointment: Appointment
    expected_version: int | None = None
    from_hold: HoldId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveLeave:
    """A provider is away, beside what the clinic's facts say; the same span saved again changes nothing.

    Visits booked in the span stay as they are: moving them is a decision of its own.
    """

    leave: Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class DropLeave:
    """The provider is there after all: exactly this span is taken back; harmless when it is gone."""

    leave: Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveHandoff:
    """Open, claim, close or move a case; `expected_version` None opens it."""

    handoff: Handoff
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavePromise:
    """Make, keep or move a promise."""

    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Wake the conversation at a time; one timer of a kind per conversation, the newer replaces the older."""

    conversation_id: ConversationId
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTimer:
    """The timer is no longer wanted, or has been served."""

    conversation_id: ConversationId
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReminder:
    """A reminder occurrence: (rule, appointment, due instant) is its key, so planning twice changes nothing."""

    rule: str
    appointment_id: AppointmentId
    version: int
    conversation_id: ConversationId
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseReminder:
    """A reminder occurrence ended: sent (in the outbox), or suppressed with the reason."""

    rule: str
    appointment_id: AppointmentId
    due_at: datetime
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SupersedeOutbox:
    """Messages about older versions of a visit are no longer true: pending ones are not sent."""

    appointment_id: AppointmentId
    below_version: int


Change = (
    SaveHandle
    | SavePatient
    | SaveChallenge
    | DropChallenge
    | PlaceHold
    | ReleaseHold
    | SaveAppointment
    | SaveLeave
    | DropLeave
    | SaveHandoff
    | SavePromise
    | SetTimer
    | ClearTimer
    | PlanReminder
    | CloseReminder
    | SupersedeOutbox
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSet:
    """Everything one turn writes. With a `fence`, the commit is refused (FenceLostError) when it is no longer ours."""

    conversation: Conversation | None = None
    fence: int | None = None
    inbox_done: tuple[InboundId, ...] = ()
    changes: tuple[Change, ...] = ()
    transcript: tuple[TranscriptEntry, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    audit: tuple[AuditEvent, ...] = ()
