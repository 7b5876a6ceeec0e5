"""A store in a temporary home, and the records and turns storage's tests put into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.appointment import Appointment, AppointmentStatus, Hold, TimeSlot
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import Change, SaveHandle, SaveHandoff, WriteSet
from domain.handoff import EscalationReason, Handoff, HandoffStatus, Owner, OwnerKind
from domain.identity import Level, ProofKind
from domain.ids import (
    AppointmentId,
    ConversationId,
    EntryId,
    HandoffId,
    HoldId,
    OutboxId,
    PatientId,
    ProviderId,
    SiteId,
    StaffId,
    SubjectId,
    TurnId,
    VisitTypeId,
)
from domain.message import Address, Channel, InboundMessage, OutboundMessage, Text, text_of
from domain.outbox import Lane, OutboxItem, Resend, TruthCheck
from domain.patient import Patient
from domain.ports import Accepted, TurnSnapshot
from domain.safety import SafetyVerdict
from domain.transcript import Author, TranscriptEntry
from storage.store import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """A clock that stands until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def advance(self, span: timedelta) -> None:
        self.moment += span


@dataclass(slots=True)
class CountingIds:
    """Identifiers that sort in the order they were asked for."""

    prefix: str = "id"
    count: int = 0

    def __call__(self) -> str:
        self.count += 1
        return f"{self.prefix}-{self.count:06d}"


@dataclass(slots=True)
class Desk:
    """A store with its clock and ids, and the acts of a turn."""

    store: Store
    clock: HandClock
    ids: CountingIds = field(default_factory=CountingIds)

    async def accept(
        self,
        text: str = "hello",
        *,
        sender: str = "visitor-1",
        external_id: str | None = None,
        verdict: SafetyVerdict | None = None,
    ) -> Accepted:
        message = InboundMessage(
            sender=address(sender),
            external_id=external_id or self.ids(),
            content=Text(text=text),
            sent_at=self.clock.now(),
        )
        return await self.store.inbox.accept(message, verdict=verdict, received_at=self.clock.now(), language="en")

    async def snapshot(self, conversation_id: ConversationId) -> TurnSnapshot:
        return await self.store.conversations.snapshot(conversation_id, self.clock.now())

    async def turn(self, conversation_id: ConversationId, *changes: Change, reply: str = "Good morning.") -> TurnId:
        """Claim, read, answer every waiting delivery and commit."""
        claim = await self.store.conversations.claim(conversation_id)
        snapshot = await self.snapshot(conversation_id)
        write = self.turn_on(snapshot, *changes, reply=reply)
        await self.store.commits.commit(replace(write, fence=claim.fence))
        return write.transcript[-1].turn_id

    def turn_on(self, snapshot: TurnSnapshot, *changes: Change, reply: str = "Good morning.") -> WriteSet:
        """What a turn on a snapshot writes, without its fence."""
        turn_id, now = TurnId(self.ids()), self.clock.now()
        conversation = replace(snapshot.conversation, greeted=True, last_patient_at=now)
        said = [text_in(pending.stored.message) for pending in snapshot.inbox]
        entries = [self.entry(snapshot, turn_id, text, Author.PATIENT) for text in said]
        return WriteSet(
            conversation=conversation,
            inbox_done=tuple(pending.stored.id for pending in snapshot.inbox),
            changes=changes,
            transcript=(*entries, self.entry(snapshot, turn_id, reply, Author.BOT)),
            outbox=(self.parcel(snapshot, turn_id, text=reply),),
            audit=(event("turn.taken", subject=snapshot.handle.subject_id, detail="answered", at=now),),
        )

    def entry(self, snapshot: TurnSnapshot, turn_id: TurnId, text: str, author: Author) -> TranscriptEntry:
        return TranscriptEntry(
            id=EntryId(self.ids()),
            conversation_id=snapshot.conversation.id,
            subject_id=snapshot.handle.subject_id,
            turn_id=turn_id,
            at=self.clock.now(),
            author=author,
            text=text,
        )

    def parcel(
        self,
        snapshot: TurnSnapshot,
        turn_id: TurnId,
        *,
        text: str = "Good morning.",
        ordinal: int = 0,
        lane: Lane = Lane.NORMAL,
        resend: Resend = Resend.ONCE,
        expires_at: datetime | None = None,
        check: TruthCheck | None = None,
    ) -> OutboxItem:
        return OutboxItem(
            id=OutboxId(self.ids()),
            conversation_id=snapshot.conversation.id,
            handle_id=snapshot.handle.id,
            subject_id=snapshot.handle.subject_id,
            turn_id=turn_id,
            ordinal=ordinal,
            to=snapshot.handle.address,
            message=OutboundMessage(text=text),
            lane=lane,
            resend=resend,
            not_before=self.clock.now(),
            expires_at=expires_at,
            check=check,
        )

    async def send(self, conversation_id: ConversationId, **options: object) -> OutboxItem:
        """Put one item into the outbox and answer with it."""
        snapshot = await self.snapshot(conversation_id)
        item = replace(self.parcel(snapshot, TurnId(self.ids())), **options)
        await self.store.commits.commit(WriteSet(outbox=(item,)))
        return item

    async def link(self, conversation_id: ConversationId, patient_id: PatientId) -> None:
        """Prove the handle to be the patient's, at level 2."""
        handle = (await self.snapshot(conversation_id)).handle
        proved = handle.proved(
            patient_id=patient_id,
            level=Level.PROVEN,
            proof=ProofKind.CODE,
            now=self.clock.now(),
            span=timedelta(hours=12),
        )
        await self.store.commits.commit(WriteSet(changes=(SaveHandle(handle=proved),)))

    async def open_case(
        self, conversation_id: ConversationId, queue: str = "front-desk", *, urgent: bool = False
    ) -> Handoff:
        """Hand the conversation to a queue."""
        snapshot = await self.snapshot(conversation_id)
        case = handoff(snapshot, HandoffId(self.ids()), queue=queue, urgent=urgent)
        owned = replace(snapshot.conversation, owner=Owner(kind=OwnerKind.QUEUE, id=queue))
        await self.store.commits.commit(WriteSet(conversation=owned, changes=(SaveHandoff(handoff=case),)))
        return case

    async def counted(self, statement: str) -> int:
        """A number out of the database, as the writer sees it."""
        return await self.store._writer.run(lambda connection: connection.exec_driver_sql(statement).scalar())


@asynccontextmanager
async def desk_at(home: Path, *, clock: HandClock | None = None, prefix: str = "id") -> AsyncIterator[Desk]:
    """A store opened at a home, closed at the end."""
    clock, ids = clock or HandClock(), CountingIds(prefix)
    async with await Store.open(home, clock=clock, ids=ids) as store:
        yield Desk(store, clock, ids)


def address(value: str) -> Address:
    return Address(channel=Channel.WEB, account="site", value=value)


def text_in(message: InboundMessage) -> str:
    return text_of(message.content)


def event(
    name: str, *, subject: SubjectId | None = None, detail: str = "", at: datetime = NOON, object_id: str = ""
) -> AuditEvent:
    return AuditEvent(
        at=at,
        actor=Actor(kind=ActorKind.BOT),
        action=AuditAction.EXECUTE,
        event=name,
        subject_id=subject,
        detail=detail,
        object_id=object_id,
    )


def a_patient(
    patient_id: str = "patient-1",
    *,
    given: str = "Testa",
    family: str = "Exampleson",
    born: date = date(1980, 5, 17),
    phones: tuple[str, ...] = ("+15550100",),
) -> Patient:
    return Patient(id=PatientId(patient_id), given_name=given, family_name=family, birth_date=born, phones=phones)


def a_slot(start: datetime = NOON + timedelta(days=1), *, minutes: int = 30, provider: str = "dr-one") -> TimeSlot:
    return TimeSlot(
        provider_id=ProviderId(provider),
        site_id=SiteId("main"),
        visit_type_id=VisitTypeId("check-up"),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
    )


def a_visit(
    visit_id: str = "visit-1",
    *,
    patient_id: str = "patient-1",
    slot: TimeSlot | None = None,
    status: AppointmentStatus = AppointmentStatus.BOOKED,
    version: int = 1,
) -> Appointment:
    return Appointment(
        id=AppointmentId(visit_id),
        subject_id=SubjectId(patient_id),
        patient_id=PatientId(patient_id),
        slot=slot or a_slot(),
        status=status,
        version=version,
        created_at=NOON,
        reason="a reason",
    )


def a_hold(
    conversation_id: ConversationId,
    hold_id: str = "hold-1",
    *,
    slot: TimeSlot | None = None,
    expires_at: datetime = NOON + timedelta(minutes=10),
) -> Hold:
    return Hold(id=HoldId(hold_id), conversation_id=conversation_id, slot=slot or a_slot(), expires_at=expires_at)


def handoff(
    snapshot: TurnSnapshot, handoff_id: HandoffId, *, queue: str = "front-desk", urgent: bool = False
) -> Handoff:
    return Handoff(
        id=handoff_id,
        conversation_id=snapshot.conversation.id,
        subject_id=snapshot.handle.subject_id,
        queue=queue,
        reason=EscalationReason.ASKED,
        status=HandoffStatus.OPEN,
        urgent=urgent,
        opened_at=NOON,
        due_at=NOON + timedelta(hours=1),
        summary="asked for a person",
    )


def claimed(case: Handoff, staff_id: str) -> Handoff:
    return replace(
        case,
        status=HandoffStatus.CLAIMED,
        claimed_by=StaffId(staff_id),
        claimed_at=NOON,
        version=case.version + 1,
    )


def closed(case: Handoff, outcome: str = "answered") -> Handoff:
    return replace(case, status=HandoffStatus.CLOSED, outcome=outcome, closed_at=NOON, version=case.version + 1)
