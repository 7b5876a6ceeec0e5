"""One turn in the making: what is waiting, what is known, and what adds up to its WriteSet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.actions.desk import Action, Desk, Done, Office, PhoneText
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import Change, ClearTimer, SetTimer
from domain.consent import bare_words, is_start_word, is_stop_word
from domain.dialogue.conversation import Conversation
from domain.dialogue.events import Event
from domain.dialogue.flow import FlowSet
from domain.dialogue.reply import Reply
from domain.dialogue.slot import SlotType
from domain.dialogue.turn import Setting, Turn
from domain.handoff import EscalationReason, OwnerKind
from domain.ids import EntryId, TurnId
from domain.message import Capabilities, Channel, Press, Text, Unsupported, text_of
from domain.ports import IdSource, PendingInbound, TurnSnapshot
from domain.safety import SafetyRules, SafetyVerdict, screen
from domain.transcript import Author, TranscriptEntry

NUDGE = "nudge"
CODE_MASK = "\u2022" * 6
"""Stands in the transcript where a code or a PIN was typed."""
CHOICE = "/c:"
STALE_PRESS = "[\u2026]"
"""Stands in the transcript where a button of an older question was pressed, whose label is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Everything a turn decides by: content and facts, as one release."""

    flows: FlowSet
    rules: SafetyRules
    actions: Mapping[str, Action]
    office: Office
    capabilities: Mapping[Channel, Capabilities]

    @property
    def queues(self) -> dict[EscalationReason, str]:
        """Where each reason for a handoff goes."""
        return {reason: self.office.clinic.queue_for(reason.value).id for reason in EscalationReason}

    @property
    def stands_for(self) -> dict[str, str]:
        """Specialties, each for its usual visit."""
        return {item.id: item.default_visit_type_id for item in self.office.clinic.specialties}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What one turn is about: deliveries joined into one text, a button, something unreadable, or a timer."""

    inbox: tuple[PendingInbound, ...] = ()
    timer: str | None = None

    @property
    def text(self) -> str:
        """The words, texts that were waiting joined by line."""
        return "\n".join(filter(None, (text_of(item.stored.message.content) for item in self.inbox)))


def units(snapshot: TurnSnapshot, capabilities: Mapping[Channel, Capabilities]) -> Iterator[Unit]:
    """What waits, in order: texts already there are joined; buttons, STOP words and red flags never are."""
    can = capabilities[snapshot.handle.address.channel]
    waiting: list[PendingInbound] = []
    for item in snapshot.inbox:
        content = item.stored.message.content
        alone = not isinstance(content, Text) or item.verdict is not None
        if not alone and can.stop_words and isinstance(content, Text):
            alone = is_stop_word(content.text) or is_start_word(content.text)
        if alone and waiting:
            yield Unit(inbox=tuple(waiting))
            waiting = []
        if alone:
            yield Unit(inbox=(item,))
        else:
            waiting.append(item)
    if waiting:
        yield Unit(inbox=tuple(waiting))
    for timer in snapshot.timers:
        yield Unit(timer=timer.kind)


@dataclass(slots=True, kw_only=True)
class TurnWork:
    """Mutable for one turn only: the desk, and everything said, changed and noted so far."""

    knowledge: Knowledge
    snapshot: TurnSnapshot
    unit: Unit
    now: datetime
    new_id: IdSource
    desk: Desk
    verdict: SafetyVerdict | None
    replies: list[Reply] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    audit: list[AuditEvent] = field(default_factory=list)
    texts: list[PhoneText] = field(default_factory=list)

    @classmethod
    def on(
        cls, unit: Unit, *, snapshot: TurnSnapshot, knowledge: Knowledge, now: datetime, new_id: IdSource
    ) -> TurnWork:
        """Begin a turn. Texts that are joined are screened again as one; the graver verdict counts."""
        given = [item.verdict for item in unit.inbox if item.verdict is not None]
        joined = screen(unit.text, knowledge.rules) if len(unit.inbox) > 1 else None
        desk = Desk.of(snapshot, knowledge.office, now)
        return cls(
            knowledge=knowledge,
            snapshot=snapshot,
            unit=unit,
            now=now,
            new_id=new_id,
            desk=desk,
            verdict=given[0] if given else joined,
        )

    @property
    def before(self) -> Conversation:
        """The conversation as it was read."""
        return self.snapshot.conversation

    @property
    def begun(self) -> Conversation:
        """The conversation as the turn takes it up: after a red flag it goes on in the language that was raised in."""
        if self.verdict is None or self.verdict.language not in self.knowledge.office.clinic.languages:
            return self.before
        return replace(self.before, language=self.verdict.language)

    @property
    def can(self) -> Capabilities:
        """What the patient's channel can do."""
        return self.knowledge.capabilities[self.snapshot.handle.address.channel]

    def setting(self) -> Setting:
        """What the engine may know now."""
        desk = self.desk
        facts: dict[str, str | int | bool] = {
            "level": int(desk.handle.level_at(self.now)),
            "linked": desk.handle.patient_id is not None and not desk.handle.frozen,
            "can_text": desk.office.text_address is not None,
            "proves_phone": self.can.proves_phone,
            "ceiling": self.can.ceiling,
            "shares_contact": self.can.shares_contact,
            "has_pin": bool(desk.patient and desk.patient.pin_digest),
            "has_hold": desk.hold is not None,
            "has_visit": bool(desk.live_visits()),
            "misses": self.before.misses,
            "asking": self.before.prompt is not None,
            "case": self.snapshot.handoff.reason.value if self.snapshot.handoff else "",
            "foreign": False,
            "last_task": True,
            "outcome": "",
            "input_kind": "",
        }
        return Setting(
            flows=self.knowledge.flows,
            facts=facts,
            queues=self.knowledge.queues,
            stands_for=self.knowledge.stands_for,
            now=self.now,
            new_id=self.new_id,
            zone=self.knowledge.office.clinic.zone,
            kept_until=desk.hold.expires_at if desk.hold else None,
        )

    def add(self, turn: Turn) -> None:
        """Take in what a step of the turn said and did."""
        self.replies += turn.replies
        self.events += turn.events

    def absorb(self, done: Done) -> None:
        """Take in what an action changed."""
        self.desk.absorb(done)
        self.changes += done.changes
        self.audit += done.audit
        self.texts += done.texts

    def heard(self, turn_id: TurnId) -> tuple[TranscriptEntry, ...]:
        """What the patient said, as transcript entries, one a delivery."""
        return tuple(
            TranscriptEntry(
                id=EntryId(self.new_id()),
                conversation_id=self.before.id,
                subject_id=self.desk.handle.subject_id,
                turn_id=turn_id,
                at=item.stored.received_at,
                author=Author.PATIENT,
                text=self._shown(item),
            )
            for item in self.unit.inbox
        )

    def words(self) -> str:
        """What the patient said, as staff may read it: a code or a PIN is never written down."""
        return CODE_MASK if self._is_code(self.unit.text) else self.unit.text

    def _is_code(self, text: str) -> bool:
        asked = self.before.prompt
        spec = self.knowledge.flows.slots.get(asked.slot) if asked else None
        return spec is not None and spec.type is SlotType.CODE and any(mark.isdigit() for mark in text)

    def _shown(self, item: PendingInbound) -> str:
        content = item.stored.message.content
        if self._is_code(text_of(content)):
            return CODE_MASK
        match content:
            case Press(payload=payload):
                labels = {button.payload: button.label for button in self.before.last_buttons}
                return labels.get(payload, STALE_PRESS if payload.startswith(CHOICE) else payload)
            case Unsupported(kind=kind, caption=caption):
                return f"[{kind.value}] {caption}".strip()
            case _:
                return text_of(content)

    def pressed_in_words(self) -> str | None:
        """The payload of the open question's choice whose label was typed, whatever casing, accents and marks."""
        stops = self.can.stop_words and is_stop_word(self.unit.text)
        if self.before.prompt is None or len(self.unit.inbox) != 1 or stops:
            return None
        typed = bare_words(self.unit.text)
        open_now = {option.payload for option in self.before.prompt.options}
        labels = (item for item in self.before.last_buttons if item.payload in open_now)
        return next((item.payload for item in labels if bare_words(item.label) == typed), None)

    def must_answer(self, turn: Turn) -> bool:
        """A patient who wrote to the bot is never left without a word."""
        wrote = bool(self.unit.inbox) and self.before.owner.kind is OwnerKind.BOT
        return wrote and not self.replies and turn.conversation.owner.kind is OwnerKind.BOT

    def timers(self, after: Conversation) -> tuple[Change, ...]:
        """Serve the timer that woke us; while a question is open, ask again for a nudge."""
        served = (ClearTimer(conversation_id=after.id, kind=self.unit.timer),) if self.unit.timer else ()
        waiting = after.prompt is not None and after.owner.kind is OwnerKind.BOT and self.unit.timer != NUDGE
        if waiting:
            due = self.now + self.knowledge.office.clinic.spans.nudge
            return (*served, SetTimer(conversation_id=after.id, kind=NUDGE, due_at=due))
        return (*served, ClearTimer(conversation_id=after.id, kind=NUDGE))

    def turn_event(self, turn_id: TurnId) -> AuditEvent:
        """The turn itself, for the audit: what happened, by name."""
        names = ",".join(type(event).__name__ for event in self.events)
        return AuditEvent(
            at=self.now,
            actor=Actor(kind=ActorKind.PATIENT if self.unit.inbox else ActorKind.SYSTEM, id=self.desk.handle.id),
            action=AuditAction.UPDATE,
            event="conversation.turn",
            subject_id=self.desk.handle.subject_id,
            object_type="conversation",
            object_id=self.before.id,
            detail=f"{turn_id} {names}",
        )
