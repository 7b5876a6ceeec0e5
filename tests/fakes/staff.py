"""A clinic in memory for the staff's use cases: the ports they need, with the fence, versions and one-owner rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.content.clinic_facts import load_clinic
from domain.appointment import Appointment
from domain.audit import AuditEvent
from domain.changes import (
    Change,
    DropChallenge,
    DropLeave,
    PlanReminder,
    SaveAppointment,
    SaveHandle,
    SaveHandoff,
    SaveLeave,
    SavePatient,
    SavePromise,
    SupersedeOutbox,
    WriteSet,
)
from domain.clinic import Clinic
from domain.dialogue.conversation import Conversation, Frame
from domain.dialogue.reply import Reply
from domain.errors import FenceLostError, StaleVersionError
from domain.handoff import EscalationReason, Handoff, HandoffStatus, Owner, OwnerKind
from domain.identity import Handle
from domain.ids import (
    ConversationId,
    EntryId,
    HandleId,
    HandoffId,
    InboundId,
    PatientId,
    PromiseId,
    StaffId,
    SubjectId,
    TurnId,
)
from domain.message import Address, Channel, InboundMessage, OutboundMessage, StoredInbound, Text
from domain.outbox import OutboxItem
from domain.patient import Patient
from domain.ports import Audience, Claim, PendingInbound, Rendered, TurnSnapshot
from domain.promise import Promise
from domain.staff import Role, StaffAccount, StaffSession
from domain.transcript import Author, TranscriptEntry
from tests.fakes.records import FakeCalendar

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]

FRONT = StaffAccount(
    id=StaffId("staff-front"), username="robin", display_name="Robin Sample", roles=frozenset({Role.AGENT})
)
DESK_TWO = StaffAccount(
    id=StaffId("staff-two"), username="kim", display_name="Kim Instance", roles=frozenset({Role.AGENT})
)
NURSE = StaffAccount(
    id=StaffId("staff-nurse"), username="noa", display_name="Noa Placeholder", roles=frozenset({Role.CLINICIAN})
)
ADMIN = StaffAccount(
    id=StaffId("staff-admin"), username="ada", display_name="Ada Mockup", roles=frozenset({Role.ADMIN})
)
AUDITOR = StaffAccount(
    id=StaffId("staff-audit"), username="aud", display_name="Aud Specimen", roles=frozenset({Role.AUDITOR})
)


@cache
def demo_clinic() -> Clinic:
    return load_clinic(ROOT / "bot" / "content" / "clinic.yml")


@dataclass
class HandClock:
    """A clock a test moves by hand."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class CountedIds:
    """Ids in order."""

    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"id-{self.count:06d}"


class KeyRenderer:
    """Says a reply's key and values, so that a test sees what was to be said."""

    def render(self, reply: Reply, audience: Audience) -> Rendered:  # noqa: ARG002 the port's
        values = " ".join(str(value) for value in reply.values.values())
        return Rendered(key=reply.key, message=OutboundMessage(text=f"{reply.key} {values}".strip()))


@dataclass
class FakeClinic:
    """Conversations, cases, accounts and everything committed. `interrupt` runs before each commit, then is spent."""

    clock: HandClock = field(default_factory=HandClock)
    ids: CountedIds = field(default_factory=CountedIds)
    talks: dict[ConversationId, Conversation] = field(default_factory=dict)
    handles: dict[ConversationId, Handle] = field(default_factory=dict)
    fences: dict[ConversationId, int] = field(default_factory=dict)
    entries: dict[ConversationId, list[TranscriptEntry]] = field(default_factory=dict)
    inbox: dict[ConversationId, list[PendingInbound]] = field(default_factory=dict)
    cases: dict[HandoffId, Handoff] = field(default_factory=dict)
    patients: dict[PatientId, Patient] = field(default_factory=dict)
    visits: dict[PatientId, tuple[Appointment, ...]] = field(default_factory=dict)
    calendar: FakeCalendar = field(default_factory=FakeCalendar)
    reminders: list[PlanReminder] = field(default_factory=list)
    superseded: list[SupersedeOutbox] = field(default_factory=list)
    promises: dict[PromiseId, Promise] = field(default_factory=dict)
    dropped_challenges: list[ConversationId] = field(default_factory=list)
    people: dict[StaffId, StaffAccount] = field(default_factory=dict)
    sessions: dict[str, StaffSession] = field(default_factory=dict)
    outbox: list[OutboxItem] = field(default_factory=list)
    audit: list[AuditEvent] = field(default_factory=list)
    writes: list[WriteSet] = field(default_factory=list)
    interrupts: list[Callable[[], None]] = field(default_factory=list)
    woken: list[ConversationId] = field(default_factory=list)
    outbox_rings: int = 0

    # --- Conversations -------------------------------------------------------------------------------------------

    async def claim(self, conversation_id: ConversationId) -> Claim:
        self.fences[conversation_id] += 1
        return Claim(conversation_id=conversation_id, fence=self.fences[conversation_id])

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:  # noqa: ARG002 the port's
        handle = self.handles[conversation_id]
        return TurnSnapshot(
            conversation=self.talks[conversation_id],
            handle=handle,
            inbox=tuple(self.inbox[conversation_id]),
            timers=(),
            patient=self.patients.get(handle.patient_id) if handle.patient_id else None,
            appointments=(
                *(self.visits.get(handle.patient_id, ()) if handle.patient_id else ()),
                *(item for item in self.calendar.visits if item.patient_id == handle.patient_id),
            ),
            hold=None,
            handoff=self.open_case(conversation_id),
            challenge=None,
            promises=tuple(
                sorted(
                    (
                        item
                        for item in self.promises.values()
                        if item.conversation_id == conversation_id and item.is_open
                    ),
                    key=lambda item: item.due_at,
                )
            ),
            results=(),
            medicines=(),
        )

    async def of_address(self, address: Address) -> ConversationId | None:
        return next((known for known, handle in self.handles.items() if handle.address == address), None)

    async def of_patient(self, patient_id: PatientId) -> tuple[ConversationId, ...]:
        return tuple(known for known, handle in self.handles.items() if handle.patient_id == patient_id)

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        entries = [entry for entry in self.entries[conversation_id] if entry.seq > after_seq]
        return tuple(entries[:limit] if after_seq else entries[-limit:])

    # --- Handoffs and accounts -----------------------------------------------------------------------------------

    async def listed(self, statuses: Sequence[HandoffStatus]) -> tuple[Handoff, ...]:
        found = [case for case in self.cases.values() if case.status in statuses]
        return tuple(sorted(found, key=lambda case: (not case.urgent, case.due_at)))

    async def get(self, wanted: str) -> Handoff | None:
        return self.cases.get(HandoffId(wanted))

    def open_case(self, conversation_id: ConversationId) -> Handoff | None:
        return next(
            (
                case
                for case in self.cases.values()
                if case.conversation_id == conversation_id and case.status is not HandoffStatus.CLOSED
            ),
            None,
        )

    # --- Commits -------------------------------------------------------------------------------------------------

    async def commit(self, write: WriteSet) -> None:
        if write.fence is not None and self.interrupts:
            self.interrupts.pop(0)()
        talk = write.conversation
        if talk is not None and write.fence is not None and self.fences[talk.id] != write.fence:
            raise FenceLostError(talk.id)
        for change in write.changes:
            self._check(change)
        known = {entry.id for entries in self.entries.values() for entry in entries}
        if any(entry.id in known for entry in write.transcript):
            raise StaleVersionError("an entry exists already")
        for change in write.changes:
            self._apply(change)
        if talk is not None:
            self.talks[talk.id] = talk
            self._one_owner(talk)
        for entry in write.transcript:
            self._keep(entry)
        self.outbox += write.outbox
        self.audit += write.audit
        self.writes.append(write)

    def _check(self, change: Change) -> None:
        match change:
            case SaveHandoff(handoff=case, expected_version=expected):
                stored = self.cases.get(case.id)
                if (stored.version if stored else None) != expected:
                    raise StaleVersionError(case.id)
            case SaveAppointment(appointment=visit, expected_version=expected):
                stored_visit = next((item for item in self.calendar.visits if item.id == visit.id), None)
                if (stored_visit.version if stored_visit else None) != expected:
                    raise StaleVersionError(visit.id)
            case SavePromise(promise=promise):
                known = self.promises.get(promise.id)
                if known is not None and known.version > promise.version:
                    raise StaleVersionError(promise.id)
            case _:
                pass

    def _apply(self, change: Change) -> None:
        match change:
            case SaveHandoff(handoff=case):
                self.cases[case.id] = case
            case SavePromise(promise=promise):
                self.promises[promise.id] = promise
            case SavePatient(patient=patient):
                self.patients[patient.id] = patient
            case SaveHandle(handle=handle):
                talk = next(talk for talk, known in self.handles.items() if known.id == handle.id)
                self.handles[talk] = handle
            case SaveAppointment(appointment=visit):
                self.calendar.visits = [item for item in self.calendar.visits if item.id != visit.id] + [visit]
            case SaveLeave(leave=span):
                self.calendar.away = [*(item for item in self.calendar.away if item != span), span]
            case DropLeave(leave=span):
                self.calendar.away = [item for item in self.calendar.away if item != span]
            case PlanReminder():
                self.reminders.append(change)
            case SupersedeOutbox():
                self.superseded.append(change)
            case DropChallenge(conversation_id=talk):
                self.dropped_challenges.append(talk)
            case _:
                raise AssertionError(f"staff acts do not write {type(change).__name__}")

    def _one_owner(self, talk: Conversation) -> None:
        case = self.open_case(talk.id)
        match talk.owner.kind:
            case OwnerKind.BOT:
                assert case is None
            case OwnerKind.QUEUE:
                assert case is not None
                assert (case.status, case.queue) == (HandoffStatus.OPEN, talk.owner.id)
            case OwnerKind.PERSON:
                assert case is not None
                assert (case.status, case.claimed_by) == (HandoffStatus.CLAIMED, talk.owner.id)

    def _keep(self, entry: TranscriptEntry) -> None:
        entries = self.entries[entry.conversation_id]
        entries.append(replace(entry, seq=len(entries) + 1))

    # --- Arranging -----------------------------------------------------------------------------------------------

    def hire(self, *accounts: StaffAccount) -> None:
        self.people |= {account.id: account for account in accounts}

    def patient_waits(
        self,
        *said: str,
        queue: str = "front_desk",
        reason: EscalationReason = EscalationReason.ASKED,
        urgent: bool = False,
        flow: str | None = None,
        due_in: timedelta = timedelta(hours=1),
    ) -> Handoff:
        """A patient who wrote something and now waits for staff."""
        name = self.ids()
        talk_id, subject = ConversationId(f"talk-{name}"), SubjectId(f"handle-{name}")
        self.handles[talk_id] = Handle(
            id=HandleId(f"handle-{name}"),
            address=Address(channel=Channel.WEB, account="web", value=name),
            subject_id=subject,
        )
        self.talks[talk_id] = Conversation(
            id=talk_id,
            handle_id=HandleId(f"handle-{name}"),
            language="en",
            owner=Owner(kind=OwnerKind.QUEUE, id=queue),
            frames=(Frame(flow=flow, step="ask"),) if flow else (),
            told_waiting=True,
        )
        self.fences[talk_id], self.entries[talk_id], self.inbox[talk_id] = 0, [], []
        for text in said:
            self.patient_writes(talk_id, text)
        case = Handoff(
            id=HandoffId(f"case-{name}"),
            conversation_id=talk_id,
            subject_id=subject,
            queue=queue,
            reason=reason,
            status=HandoffStatus.OPEN,
            urgent=urgent,
            opened_at=self.clock.now(),
            due_at=self.clock.now() + due_in,
            summary="\n".join(said),
        )
        self.cases[case.id] = case
        return case

    def patient_writes(self, talk_id: ConversationId, text: str, *, author: Author = Author.PATIENT) -> None:
        """Words already in the transcript."""
        self._keep(
            TranscriptEntry(
                id=EntryId(self.ids()),
                conversation_id=talk_id,
                subject_id=self.handles[talk_id].subject_id,
                turn_id=TurnId(self.ids()),
                at=self.clock.now(),
                author=author,
                text=text,
            )
        )

    def patient_sends(self, talk_id: ConversationId, text: str) -> None:
        """Words accepted and not yet taken by a turn."""
        message = InboundMessage(
            sender=self.handles[talk_id].address,
            external_id=self.ids(),
            content=Text(text=text),
            sent_at=self.clock.now(),
        )
        stored = StoredInbound(id=InboundId(self.ids()), seq=1, message=message, received_at=self.clock.now())
        self.inbox[talk_id].append(PendingInbound(stored=stored, verdict=None))

    def link(self, talk_id: ConversationId, patient: Patient, *visits: Appointment) -> None:
        """The handle is linked to a patient on file."""
        self.patients[patient.id] = patient
        self.visits[patient.id] = visits
        self.handles[talk_id] = replace(self.handles[talk_id], patient_id=patient.id)

    def talk_of(self, case: Handoff) -> Conversation:
        return self.talks[case.conversation_id]

    def case(self, case: Handoff) -> Handoff:
        return self.cases[case.id]

    def said(self, case: Handoff) -> list[TranscriptEntry]:
        return self.entries[case.conversation_id]

    def events(self) -> list[str]:
        return [event.event for event in self.audit]

    def bot_turn(self, case: Handoff) -> Callable[[], None]:
        """Another worker claims the conversation in the middle of an act."""

        def claim() -> None:
            self.fences[case.conversation_id] += 1

        return claim
