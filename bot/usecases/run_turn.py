"""Take the turns a conversation has waiting: read, understand, decide, render, one transaction each, done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.actions.desk import PhoneText
from bot.live import Committed, LiveHub
from bot.usecases.handoffs import HandoffContext, handoff_changes
from bot.usecases.speak import Speech, render_replies, speak
from bot.usecases.turn_work import Knowledge, TurnWork, Unit, units
from domain.changes import WriteSet
from domain.consent import is_start_word, is_stop_word
from domain.dialogue.engine import ask_open_question, break_off, resume, take_turn
from domain.dialogue.turn import (
    ContactGiven,
    Pressed,
    Said,
    StartWord,
    StopWord,
    TimerFired,
    Turn,
    Unreadable,
    Utterance,
)
from domain.errors import FenceLostError, SlotTakenError, StaleVersionError
from domain.ids import ConversationId, TurnId
from domain.message import ContactShared, Press, Text, Unsupported
from domain.outbox import OutboxItem, Resend
from domain.ports import (
    Audience,
    Claim,
    Clock,
    Commits,
    Conversations,
    IdSource,
    Renderer,
    TurnSnapshot,
    Understander,
)
from domain.understanding import ParseContext

MAX_TRIES = 4
"""How often a turn is taken anew when someone else took the time or the record moved on meanwhile."""
MAX_ACTIONS = 20
"""More actions than this in one turn means a flow that loops."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTurn:
    """Takes every waiting unit of one conversation under one claim, each in a transaction of its own."""

    conversations: Conversations
    commits: Commits
    understander: Understander
    renderer: Renderer
    knowledge: Callable[[], Knowledge]
    hub: LiveHub
    clock: Clock
    new_id: IdSource
    wake_outbox: Callable[[], None]

    async def __call__(self, conversation_id: ConversationId) -> int:
        """Take the turns waiting; returns how many. A claim lost to another worker ends quietly: it is theirs now."""
        claim = await self.conversations.claim(conversation_id)
        taken = 0
        while True:
            knowledge = self.knowledge()
            snapshot = await self.conversations.snapshot(conversation_id, self.clock.now())
            unit = next(units(snapshot, knowledge.capabilities), None)
            if unit is None or not await self._take(claim, snapshot, unit):
                return taken
            taken += 1

    async def _take(self, claim: Claim, snapshot: TurnSnapshot, unit: Unit) -> bool:
        for _ in range(MAX_TRIES):
            try:
                await self._once(claim, snapshot, unit)
            except FenceLostError:
                return False
            except (SlotTakenError, StaleVersionError):
                _log.info("turn.retaken", conversation_id=claim.conversation_id)
                snapshot = await self.conversations.snapshot(claim.conversation_id, self.clock.now())
                continue
            return True
        raise StaleVersionError("a turn was overtaken too often")

    async def _once(self, claim: Claim, snapshot: TurnSnapshot, unit: Unit) -> None:
        knowledge = self.knowledge()
        work = TurnWork.on(unit, snapshot=snapshot, knowledge=knowledge, now=self.clock.now(), new_id=self.new_id)
        turn = take_turn(work.begun, await self._utterance(work), work.setting(), verdict=work.verdict)
        work.add(turn)
        for _ in range(MAX_ACTIONS):
            turn = await self._acted(work, turn)
        if turn.request is not None:
            turn = break_off(turn.conversation, work.setting())
            work.add(turn)
            turn = await self._acted(work, turn)
        if work.must_answer(turn):
            turn = ask_open_question(turn.conversation, work.setting())
            work.add(turn)
        write = self._written(claim, work, turn)
        await self.commits.commit(write)
        self.hub.publish(
            Committed(
                conversation_id=claim.conversation_id,
                inbound=write.inbox_done,
                entries=write.transcript,
                events=tuple(work.events),
                acts=tuple(event.event for event in work.audit),
            )
        )
        if write.outbox:
            self.wake_outbox()

    async def _acted(self, work: TurnWork, turn: Turn) -> Turn:
        """The turn after the work it asked for; the turn itself when it asks for none."""
        if turn.request is None:
            return turn
        done = await work.knowledge.actions[turn.request.action](turn.request, work.desk)
        work.absorb(done)
        after = resume(turn, done.result, work.setting())
        work.add(after)
        return after

    async def _utterance(self, work: TurnWork) -> Utterance:
        if work.unit.timer is not None:
            return TimerFired(kind=work.unit.timer)
        content = work.unit.inbox[-1].stored.message.content
        match content:
            case Press(payload=payload):
                return Pressed(payload=payload)
            case Text() if (typed := work.pressed_in_words()) is not None:
                return Pressed(payload=typed)
            case Unsupported(kind=kind):
                return Unreadable(kind=kind)
            case ContactShared(phone=phone):
                return ContactGiven(phone=phone)
            case Text() if work.can.stop_words and is_stop_word(work.unit.text):
                return StopWord()
            case Text() if work.snapshot.handle.opted_out and is_start_word(work.unit.text):
                return StartWord()
            case Text():
                return await self._said(work)

    async def _said(self, work: TurnWork) -> Said:
        asked = work.before.prompt
        spec = work.knowledge.flows.slots.get(asked.slot) if asked else None
        context = ParseContext(
            language=work.before.language,
            expected_slot=spec.name if spec else None,
            expected_kind=spec.type.value if spec else None,
        )
        understanding = await self.understander.parse(work.unit.text, context=context, now=work.now)
        return Said(
            text=work.unit.text,
            understanding=understanding,
            language_sure=understanding.language != work.before.language,
        )

    def _written(self, claim: Claim, work: TurnWork, turn: Turn) -> WriteSet:
        turn_id = TurnId(self.new_id())
        audience = self._audience(work, turn)
        heard = work.heard(turn_id)
        speeches = render_replies(work.replies, self.renderer, audience)
        spoken = speak(
            speeches,
            conversation_id=turn.conversation.id,
            handle=work.desk.handle,
            turn_id=turn_id,
            now=work.now,
            new_id=self.new_id,
        )
        buttons = next((one.rendered.choices for one in reversed(speeches) if one.rendered.choices), ())
        conversation = replace(turn.conversation, last_buttons=buttons or turn.conversation.last_buttons)
        handoffs = handoff_changes(
            work.events,
            HandoffContext(
                conversation=conversation,
                open_now=work.snapshot.handoff,
                clinic=work.knowledge.office.clinic,
                subject_id=work.desk.handle.subject_id,
                said=work.words(),
                tasks=work.before.frames,
                now=work.now,
                new_id=self.new_id,
            ),
        )
        texts = (
            self._text(work, turn_id, audience, text, ordinal)
            for ordinal, text in enumerate(work.texts, start=len(spoken.outbox) + 1)
        )
        return WriteSet(
            conversation=conversation,
            fence=claim.fence,
            inbox_done=tuple(item.stored.id for item in work.unit.inbox),
            changes=(*work.changes, *handoffs, *work.timers(conversation)),
            transcript=(*heard, *spoken.transcript),
            outbox=(*spoken.outbox, *texts),
            audit=(*work.audit, work.turn_event(turn_id)),
        )

    def _audience(self, work: TurnWork, turn: Turn) -> Audience:
        """The patient as they now are."""
        return Audience(
            language=turn.conversation.language,
            level=work.desk.handle.level_at(work.now),
            channel=work.desk.handle.address.channel,
            discreet=bool(work.desk.patient and work.desk.patient.discreet),
        )

    def _text(self, work: TurnWork, turn_id: TurnId, audience: Audience, text: PhoneText, ordinal: int) -> OutboxItem:
        """A text to a number on file: in the outbox, never in the transcript, never sent twice."""
        rendered = self.renderer.render(text.reply, replace(audience, channel=text.to.channel))
        item = speak(
            (Speech(rendered=rendered, resend=Resend.NEVER, expires_at=text.expires_at),),
            conversation_id=work.before.id,
            handle=work.desk.handle,
            turn_id=turn_id,
            now=work.now,
            new_id=self.new_id,
        ).outbox[0]
        return replace(item, ordinal=ordinal, to=text.to)
