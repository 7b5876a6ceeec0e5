"""A conversation driven line by line, without sockets: `wellspoken chat` and the golden conversations use it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.clocks import DemoClock
from bot.composition import Program
from bot.live import Committed
from bot.web.demo.phone import PhoneText
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import SaveHandle, WriteSet
from domain.dialogue.events import Event
from domain.handoff import OwnerKind
from domain.identity import Level, ProofKind
from domain.ids import ConversationId, PatientId
from domain.message import Address, Content, InboundMessage, Press, Text
from domain.transcript import Author, TranscriptEntry

EventShape = Mapping[str, str | int | bool | list[str]]

_PROOF_SPANS: Mapping[Level, timedelta] = MappingProxyType(
    {
        Level.ANYONE: timedelta(0),
        Level.LINKED: timedelta(0),
        Level.PROVEN: timedelta(hours=12),
        Level.SECOND_FACTOR: timedelta(minutes=10),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What came of one input: what was said, who owns the thread now, at what level, and texts to phones meanwhile."""

    entries: tuple[TranscriptEntry, ...]
    events: tuple[EventShape, ...]
    owner_kind: OwnerKind
    owner_id: str | None
    level: int
    texts: tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class ChatSession:
    """One patient's side of a conversation over a program that is settled after every input."""

    program: Program
    clock: DemoClock
    address: Address
    language: str
    count: int = 0
    seen_seq: int = 0
    seen_texts: int = 0
    conversation_id: ConversationId | None = None
    proven: tuple[PatientId, Level] | None = None
    """Set before the first input: who the patient is taken to be, and how surely."""

    async def say(self, text: str, *, external_id: str | None = None) -> Exchange:
        """The patient writes."""
        return await self._send(Text(text=text), external_id)

    async def press(self, payload: str, *, external_id: str | None = None) -> Exchange:
        """The patient presses a button."""
        return await self._send(Press(payload=payload), external_id)

    async def advance(self, span: timedelta) -> Exchange:
        """Time passes, and what falls due is done."""
        with self.program.hub.watch_all() as watch:
            self.clock.advance(span)
            await self.program.settle()
            return await self.exchange(watch.drain())

    def put_clock_to(self, moment: datetime) -> None:
        """Put the clock forward to a moment; one that is past already changes nothing."""
        if moment > self.clock.now():
            self.clock.advance(moment - self.clock.now())

    async def _send(self, content: Content, external_id: str | None) -> Exchange:
        self.count += 1
        message = InboundMessage(
            sender=self.address,
            external_id=external_id or f"chat-{self.count}",
            content=content,
            sent_at=self.clock.now(),
            language=self.language,
        )
        with self.program.hub.watch_all() as watch:
            accepted = await self.program.receive(message)
            self.conversation_id = accepted.conversation_id
            await self._link(accepted.conversation_id)
            await self.program.settle()
            return await self.exchange(watch.drain())

    async def _link(self, conversation_id: ConversationId) -> None:
        """Make the handle the patient's at the level asked for, as if it had been proven."""
        patient_id, level = self.proven or (None, Level.ANYONE)
        self.proven = None
        if patient_id is None:
            return
        now, program = self.clock.now(), self.program
        handle = (await program.store.conversations.snapshot(conversation_id, now)).handle
        linked = handle.proved(
            patient_id=patient_id, level=level, proof=ProofKind.STAFF_PHONE, now=now, span=_PROOF_SPANS[level]
        )
        event = AuditEvent(
            at=now,
            actor=SYSTEM,
            action=AuditAction.UPDATE,
            event="identity.set_for_rehearsal",
            object_type="handle",
            object_id=handle.id,
            subject_id=linked.subject_id,
        )
        await program.store.commits.commit(WriteSet(changes=(SaveHandle(handle=linked),), audit=(event,)))

    async def exchange(self, commits: Sequence[Committed] = ()) -> Exchange:
        """What is new since the last exchange, and how things stand."""
        program, now = self.program, self.clock.now()
        texts = program.phone.texts(after=self.seen_texts)
        self.seen_texts = max((text.seq for text in texts), default=self.seen_texts)
        if self.conversation_id is None:
            return Exchange(
                entries=(), events=(), owner_kind=OwnerKind.BOT, owner_id=None, level=0, texts=_pairs(texts)
            )
        entries = await program.store.conversations.transcript(self.conversation_id, after_seq=self.seen_seq)
        self.seen_seq = max((entry.seq for entry in entries), default=self.seen_seq)
        snapshot = await program.store.conversations.snapshot(self.conversation_id, now)
        return Exchange(
            entries=tuple(entry for entry in entries if entry.author in {Author.BOT, Author.STAFF, Author.SYSTEM}),
            events=tuple(_event(event) for commit in commits for event in _happened(commit)),
            owner_kind=snapshot.conversation.owner.kind,
            owner_id=snapshot.conversation.owner.id,
            level=int(snapshot.handle.level_at(now)),
            texts=_pairs(texts),
        )


def _happened(commit: Committed) -> tuple[Event | str, ...]:
    return (*commit.events, *commit.acts)


def _event(event: Event | str) -> EventShape:
    """An event as a flat mapping: its type in snake case and its fields; a record's change as its dotted name."""
    if isinstance(event, str):
        return {"type": event}
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    values = {item.name: getattr(event, item.name) for item in fields(event)}
    return {"type": name, **{key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}}


def _pairs(texts: Sequence[PhoneText]) -> tuple[tuple[str, str], ...]:
    return tuple((text.number, text.text) for text in texts)
