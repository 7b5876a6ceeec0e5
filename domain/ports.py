"""The seams: what the use cases need of the world, as Protocols. Concrete classes meet in bot/composition.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.appointment import Appointment, Busy, Hold
from domain.audit import AuditEvent
from domain.changes import PlanReminder, WriteSet
from domain.clinic_hours import Leave
from domain.dialogue.conversation import Conversation
from domain.dialogue.reply import Reply
from domain.handoff import Handoff, HandoffStatus
from domain.identity import Challenge, Handle, Level
from domain.ids import (
    AppointmentId,
    ConversationId,
    HandoffId,
    HoldId,
    InboundId,
    OutboxId,
    PatientId,
    PromiseId,
    ProviderId,
    StaffId,
)
from domain.medicine import Medicine
from domain.message import Address, Button, Channel, InboundMessage, OutboundMessage, StoredInbound
from domain.outbox import Delivery, OutboxItem, OutboxStatus, SendOutcome
from domain.patient import Patient
from domain.promise import Promise
from domain.results import TestResult
from domain.safety import SafetyVerdict
from domain.staff import StaffAccount, StaffSession
from domain.transcript import TranscriptEntry
from domain.understanding import ParseContext, Understanding
from domain.when import When


class Clock(Protocol):
    """Business time; the only place the present is asked for."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...


class IdSource(Protocol):
    """Fresh identifiers that sort by time (UUIDv7 text)."""

    def __call__(self) -> str:
        """A new identifier."""
        ...


class Understander(Protocol):
    """The NLU behind its deadline: runs off the event loop, answers even when the engine cannot (no intents)."""

    async def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """Understand one text."""
        ...


class Sender(Protocol):
    """A channel's way out. Never raises for what the other side did; answers with a typed outcome."""

    channel: Channel

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        """Send one message within the channel's deadline; `key` identifies it for ever."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An inbound delivery is stored durably. `duplicate` when this delivery had been stored before."""

    inbound_id: InboundId
    conversation_id: ConversationId
    duplicate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingInbound:
    """A stored delivery with the verdict given at acceptance."""

    stored: StoredInbound
    verdict: SafetyVerdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to take a turn: every commit under an older fence is refused."""

    conversation_id: ConversationId
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer whose time has come."""

    conversation_id: ConversationId
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSnapshot:
    """All a turn reads, from one read transaction."""

    conversation: Conversation
    handle: Handle
    inbox: tuple[PendingInbound, ...]
    timers: tuple[DueTimer, ...]
    patient: Patient | None
    appointments: tuple[Appointment, ...]
    """The linked patient's visits, live or changed within the last 60 days, by start."""
    hold: Hold | None
    handoff: Handoff | None
    """The case that is not closed, if any."""
    challenge: Challenge | None
    promises: tuple[Promise, ...]
    """Not yet kept, by due time."""
    results: tuple[TestResult, ...]
    medicines: tuple[Medicine, ...]


class Inbox(Protocol):
    """Deliveries: stored once, waiting for their turn."""

    async def accept(
        self, message: InboundMessage, *, verdict: SafetyVerdict | None, received_at: datetime, language: str
    ) -> Accepted:
        """Store a delivery durably; a new sender gets a handle and a conversation in `language`.

        The same (channel, account, external id) again answers with the first one's ids and `duplicate`.
        Raises UnavailableError when it cannot be stored.
        """
        ...

    async def waiting(self, now: datetime) -> tuple[ConversationId, ...]:
        """Conversations with deliveries not yet taken or timers due, oldest first."""
        ...


class Conversations(Protocol):
    """Conversations and the turns taken on them."""

    async def claim(self, conversation_id: ConversationId) -> Claim:
        """Take the conversation: raises its fence."""
        ...

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
        """Read all a turn needs."""
        ...

    async def of_address(self, address: Address) -> ConversationId | None:
        """The conversation behind an address, found by blind index."""
        ...

    async def of_patient(self, patient_id: PatientId) -> tuple[ConversationId, ...]:
        """Conversations whose handle is linked to the patient, latest spoken first."""
        ...

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Entries after a sequence number, in order (the latest `limit` when after_seq is 0)."""
        ...


class Commits(Protocol):
    """The one door for writes."""

    async def commit(self, write: WriteSet) -> None:
        """Commit all of it in one transaction, audit chained.

        Raises FenceLostError, SlotTakenError, StaleVersionError (nothing written) or UnavailableError.
        """
        ...


class Calendar(Protocol):
    """Time taken and visits booked."""

    async def busy(self, start: datetime, end: datetime, *, apart_from: HoldId | None = None) -> tuple[Busy, ...]:
        """Taken spans overlapping [start, end) over all providers; expired holds are not taken."""
        ...

    async def appointment(self, appointment_id: AppointmentId) -> Appointment | None:
        """One visit."""
        ...

    async def known(self, appointment_ids: Sequence[AppointmentId]) -> frozenset[AppointmentId]:
        """Which of these visits there are, whatever became of them."""
        ...

    async def day(self, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        """Live visits starting in [start, end), by start: a clinic's day."""
        ...

    async def requested(self, now: datetime, *, limit: int = 200) -> tuple[Appointment, ...]:
        """Visits that wait for staff and are still to come, by start."""
        ...

    async def of_patient(self, patient_id: PatientId) -> tuple[Appointment, ...]:
        """A patient's visits, live or changed within the last 60 days, by start."""
        ...

    async def of_provider(self, provider_id: ProviderId, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        """A provider's live visits starting in [start, end)."""
        ...

    async def leave(self, start: datetime, end: datetime) -> tuple[Leave, ...]:
        """Leave that staff entered and that overlaps [start, end), over all providers, by provider and start."""
        ...


class Patients(Protocol):
    """Patient records; every look is the caller's to audit."""

    async def get(self, patient_id: PatientId) -> Patient | None:
        """One record."""
        ...

    async def matching(self, *, family_name: str, birth_date: date) -> tuple[Patient, ...]:
        """Records whose family name (accents and case aside) and birth date are these; declined ones never."""
        ...

    async def results(self, patient_id: PatientId) -> tuple[TestResult, ...]:
        """A patient's test results, latest first."""
        ...

    async def with_phone(self, phone: str) -> tuple[Patient, ...]:
        """Records that hold this number (E.164); declined ones never."""
        ...

    async def pending(self, *, limit: int = 200) -> tuple[Patient, ...]:
        """Records registered by chat that staff have neither checked nor declined, oldest id first."""
        ...

    async def with_mrn(self, mrn: str) -> Patient | None:
        """The record with the clinic's own record number (case and outer spaces aside)."""
        ...

    async def with_mrns(self, mrns: Sequence[str]) -> Mapping[str, Patient]:
        """The records with these record numbers, each under the number as it was asked for; others are left out."""
        ...


class Outbox(Protocol):
    """Messages on their way out."""

    async def due(self, now: datetime, *, limit: int = 50) -> tuple[OutboxItem, ...]:
        """Pending or ambiguous items to send now: the safety lane first, then by conversation order.

        An item waits while an earlier one of its conversation is unsent, unless it is in the safety lane.
        """
        ...

    async def start(self, item_id: OutboxId) -> OutboxItem | None:
        """Mark as sending, durably, and count the attempt; None when it may no longer be sent."""
        ...

    async def record(self, item_id: OutboxId, delivery: Delivery) -> None:
        """Record what came of an attempt; suspends the handle where told."""
        ...

    async def recover(self, now: datetime) -> int:
        """At start: items found in `sending` become ambiguous (or failed, where they may never be resent)."""
        ...

    async def counts(self) -> dict[OutboxStatus, int]:
        """How many items are in each state."""
        ...


class Handoffs(Protocol):
    """Staff's cases."""

    async def listed(self, statuses: Sequence[HandoffStatus]) -> tuple[Handoff, ...]:
        """Cases in these states: urgent first, then by due time."""
        ...

    async def get(self, handoff_id: HandoffId) -> Handoff | None:
        """One case."""
        ...


class Promises(Protocol):
    """What the clinic said it would do."""

    async def open(self, *, limit: int = 500) -> tuple[Promise, ...]:
        """Those not yet kept, by due time."""
        ...

    async def get(self, promise_id: PromiseId) -> Promise | None:
        """One promise, kept or not."""
        ...


class TimeReader(Protocol):
    """The grammar of dates and times, for words staff write: pure and fast."""

    def __call__(self, text: str, *, now: datetime, language: str) -> When:
        """What the text says about time; nothing for a language without a grammar."""
        ...


class Reminders(Protocol):
    """Reminder occurrences: the truth about what is due."""

    async def due(self, now: datetime, *, limit: int = 100) -> tuple[PlanReminder, ...]:
        """Open occurrences whose instant has come, oldest first."""
        ...


class StaffAccounts(Protocol):
    """People on staff and their sessions."""

    async def by_username(self, username: str) -> StaffAccount | None:
        """The account with this name, disabled or not."""
        ...

    async def get(self, staff_id: StaffId) -> StaffAccount | None:
        """One account."""
        ...

    async def save(self, account: StaffAccount, *, audit: AuditEvent) -> None:
        """Make or change an account."""
        ...

    async def session(self, token_digest: str) -> StaffSession | None:
        """A session by its token's digest, expired or not."""
        ...

    async def save_session(self, session: StaffSession) -> None:
        """Make or touch a session."""
        ...

    async def drop_session(self, token_digest: str) -> None:
        """Sign out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """For whom words are rendered: language, how sure we are of them, and what their channel can show."""

    language: str
    level: Level
    channel: Channel
    discreet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Words ready to send, and the catalogue key they came from (the refusal's, where the gate refused)."""

    key: str
    message: OutboundMessage
    choices: tuple[Button, ...] = ()
    """The choices by their labels, also where the channel shows no buttons: a label may be typed."""


class Renderer(Protocol):
    """Reply keys to words, through the disclosure gate: what exceeds the audience's level is never rendered."""

    def render(self, reply: Reply, audience: Audience) -> Rendered:
        """One reply as one message."""
        ...
