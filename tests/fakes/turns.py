"""One conversation in memory for the use cases that take turns: its ports, and what was written and said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.actions.registry import all_actions
from bot.channels.capabilities import CAPABILITIES
from bot.live import LiveHub
from bot.usecases.run_turn import RunTurn
from bot.usecases.send_due_reminders import SendDueReminders
from bot.usecases.turn_work import Knowledge
from domain.changes import CloseReminder, PlanReminder, SaveAppointment, SaveHandle, SaveHandoff, WriteSet
from domain.dialogue.conversation import Conversation
from domain.dialogue.flow import FlowSet
from domain.dialogue.reply import Reply
from domain.dialogue.snapshot import dump, load
from domain.errors import FenceLostError
from domain.handoff import Handoff
from domain.ids import ConversationId, InboundId
from domain.message import Content, InboundMessage, OutboundMessage, StoredInbound, Text
from domain.outbox import Delivery, NotSent, OutboxItem, OutboxStatus, SendOutcome, Sent
from domain.ports import Audience, Claim, DueTimer, PendingInbound, Rendered, TurnSnapshot
from domain.safety import SafetyRules, SafetyVerdict
from domain.transcript import Author
from domain.understanding import ParseContext, Understanding
from tests.builders.desk import TALK, Scene


@dataclass(slots=True)
class HandClock:
    """A clock a test moves by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(slots=True)
class RecordingRenderer:
    """Says a reply's key; keeps for whom each was rendered."""

    audiences: list[Audience] = field(default_factory=list)
    rendered: list[Reply] = field(default_factory=list)

    def render(self, reply: Reply, audience: Audience) -> Rendered:
        self.audiences.append(audience)
        self.rendered.append(reply)
        return Rendered(key=reply.key, message=OutboundMessage(text=reply.key))


@dataclass(slots=True)
class TextBook:
    """An understander that knows what it was told each text means."""

    meanings: Mapping[str, Understanding]
    asked: list[tuple[str, ParseContext]] = field(default_factory=list)

    async def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        del now
        self.asked.append((text, context))
        known = self.meanings.get(text) or Understanding(text=text, language=context.language)
        return replace(known, text=text)


@dataclass(slots=True)
class FakeTalk:
    """The conversation, its inbox and everything committed; `failures` are raised by the next commits, in order."""

    scene: Scene
    conversation: Conversation
    inbox: list[PendingInbound] = field(default_factory=list)
    timers: list[DueTimer] = field(default_factory=list)
    handoff: Handoff | None = None
    reminders: list[PlanReminder] = field(default_factory=list)
    writes: list[WriteSet] = field(default_factory=list)
    failures: list[Exception | None] = field(default_factory=list)
    fence: int = 0
    seq: int = 0

    # --- ports ---------------------------------------------------------------------------------------------------

    async def claim(self, conversation_id: ConversationId) -> Claim:
        self.fence += 1
        return Claim(conversation_id=conversation_id, fence=self.fence)

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
        assert conversation_id == self.conversation.id
        desk = self.scene.desk()
        due = tuple(timer for timer in self.timers if timer.due_at <= now)
        return replace(
            desk.snapshot,
            conversation=self.conversation,
            inbox=tuple(self.inbox),
            timers=due,
            handoff=self.handoff,
        )

    async def commit(self, write: WriteSet) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        if write.fence is not None and write.fence != self.fence:
            raise FenceLostError(str(write.fence))
        self.writes.append(write)
        if write.conversation is not None:
            self.conversation = load(dump(write.conversation))
        self.inbox = [item for item in self.inbox if item.stored.id not in write.inbox_done]
        self.timers = []
        for change in write.changes:
            self._apply(change)

    def _apply(self, change: object) -> None:
        match change:
            case SaveHandle(handle=handle):
                self.scene.handle = handle
            case SaveHandoff(handoff=handoff):
                self.handoff = handoff
            case SaveAppointment(appointment=appointment):
                self.scene.visits = [*self.scene.visits, appointment]
            case CloseReminder() as closed:
                self.reminders = [item for item in self.reminders if item.due_at != closed.due_at]
            case _:
                pass

    async def due(self, now: datetime, *, limit: int = 100) -> tuple[PlanReminder, ...]:
        return tuple(item for item in self.reminders if item.due_at <= now)[:limit]

    # --- arranging -----------------------------------------------------------------------------------------------

    def sends(self, *contents: str | Content, verdict: SafetyVerdict | None = None) -> None:
        """Deliveries accepted and waiting, the last one with the verdict given at acceptance."""
        for content in contents:
            self.seq += 1
            message = InboundMessage(
                sender=self.scene.handle.address,
                external_id=f"message-{self.seq}",
                content=Text(text=content) if isinstance(content, str) else content,
                sent_at=self.scene.now,
            )
            stored = StoredInbound(
                id=InboundId(f"in-{self.seq}"), seq=self.seq, message=message, received_at=self.scene.now
            )
            given = verdict if content is contents[-1] else None
            self.inbox.append(PendingInbound(stored=stored, verdict=given))

    def is_due(self, kind: str) -> None:
        self.timers.append(DueTimer(conversation_id=TALK, kind=kind, due_at=self.scene.now))

    # --- looking -------------------------------------------------------------------------------------------------

    def said(self, turn: int = -1) -> list[str]:
        """What the bot said in a turn, by key."""
        return [entry.key for entry in self.writes[turn].transcript if entry.author is Author.BOT]

    def heard(self, turn: int = -1) -> list[str]:
        """What the patient said in a turn."""
        return [entry.text for entry in self.writes[turn].transcript if entry.author is Author.PATIENT]


@dataclass(slots=True, kw_only=True)
class Turns:
    """The use cases over one conversation."""

    talk: FakeTalk
    flows: FlowSet
    rules: SafetyRules
    book: TextBook
    renderer: RecordingRenderer = field(default_factory=RecordingRenderer)
    hub: LiveHub = field(default_factory=LiveHub)
    rings: list[int] = field(default_factory=list)

    def knowledge(self) -> Knowledge:
        return Knowledge(
            flows=self.flows,
            rules=self.rules,
            actions=all_actions(),
            office=self.talk.scene.office(),
            capabilities=CAPABILITIES,
        )

    def ring(self) -> None:
        self.rings.append(1)

    def use_case(self) -> RunTurn:
        return RunTurn(
            conversations=self.talk,  # type: ignore[arg-type]  # the two lookups turns do not use are left out
            commits=self.talk,
            understander=self.book,
            renderer=self.renderer,
            knowledge=self.knowledge,
            hub=self.hub,
            clock=HandClock(self.talk.scene.now),
            new_id=self.talk.scene.new_id,
            wake_outbox=self.ring,
        )

    async def run(self) -> int:
        """Take the turns that wait."""
        return await self.use_case()(TALK)

    def reminding(self) -> SendDueReminders:
        return SendDueReminders(
            reminders=self.talk,
            conversations=self.talk,  # type: ignore[arg-type]  # as above
            calendar=self.talk.scene.calendar,
            commits=self.talk,
            renderer=self.renderer,
            knowledge=self.knowledge,
            hub=self.hub,
            clock=HandClock(self.talk.scene.now),
            new_id=self.talk.scene.new_id,
            wake_outbox=self.ring,
        )


@dataclass(slots=True)
class FakeOutbox:
    """Items on their way, as a store keeps them."""

    items: dict[str, OutboxItem] = field(default_factory=dict)
    recorded: list[tuple[str, Delivery]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def due(self, now: datetime, *, limit: int = 50) -> tuple[OutboxItem, ...]:
        ready = {OutboxStatus.PENDING, OutboxStatus.AMBIGUOUS}
        found = [item for item in self.items.values() if item.status in ready and item.not_before <= now]
        return tuple(found)[:limit]

    async def start(self, item_id: str) -> OutboxItem | None:
        if item_id in self.refused:
            self.items[item_id] = replace(self.items[item_id], status=OutboxStatus.SUPERSEDED)
            return None
        started = replace(self.items[item_id], attempts=self.items[item_id].attempts + 1)
        self.items[item_id] = replace(started, status=OutboxStatus.SENDING)
        return started

    async def record(self, item_id: str, delivery: Delivery) -> None:
        self.recorded.append((item_id, delivery))
        self.items[item_id] = replace(
            self.items[item_id], status=delivery.status, not_before=delivery.not_before, error=delivery.error
        )

    async def recover(self, now: datetime) -> int:
        del now
        return 0

    async def counts(self) -> dict[OutboxStatus, int]:
        return {}


@dataclass(slots=True)
class ScriptedSender:
    """Answers each send with the next outcome; the last one for ever."""

    channel: object
    outcomes: Sequence[SendOutcome] = (Sent(provider_id="provider-1"),)
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, to: object, message: OutboundMessage, *, key: str) -> SendOutcome:
        del to
        self.sent.append((key, message.text))
        place = min(len(self.sent), len(self.outcomes)) - 1
        return self.outcomes[place]


def refused(fault: object, *, retry_after: timedelta | None = None) -> NotSent:
    return NotSent(fault=fault, retry_after=retry_after)  # type: ignore[arg-type]  # a SendFault
