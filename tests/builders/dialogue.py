"""Conversations to take turns on: understandings in a word, small flow sets, a talk saved and reloaded each turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.actions.registry import FACTS, all_actions
from bot.content.flow_loader import FlowSource, load_flows
from domain.appointment import TimeSlot
from domain.dialogue.conversation import Conversation, Frame
from domain.dialogue.engine import resume, take_turn
from domain.dialogue.events import Event
from domain.dialogue.flow import FlowSet
from domain.dialogue.reply import Reply
from domain.dialogue.slot import SlotValue
from domain.dialogue.snapshot import dump, load
from domain.dialogue.turn import (
    ActionRequest,
    ActionResult,
    FlowRequested,
    Offered,
    Pressed,
    Said,
    Setting,
    Turn,
    Utterance,
)
from domain.handoff import EscalationReason
from domain.ids import ConversationId, HandleId, ProviderId, SiteId, VisitTypeId
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from domain.understanding import Entity, ScoredIntent, Signal, Understanding
from domain.when import NO_TIME, Grain, Interval, When, WhenStatus

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PACKAGED_FLOWS = Path(__file__).parents[2] / "bot" / "content" / "flows"

QUEUES: Mapping[EscalationReason, str] = {reason: f"queue_{reason.value}" for reason in EscalationReason}

EMERGENCY = SafetyVerdict(category=SafetyCategory.EMERGENCY, urgency=Urgency.NOW, rule="test_rule", language="en")

USUAL_FACTS: Mapping[str, str | int | bool] = {
    "level": 0,
    "linked": False,
    "outcome": "",
    "can_text": True,
    "has_pin": False,
    "has_hold": False,
    "misses": 0,
    "asking": False,
    "input_kind": "",
    "proves_phone": False,
    "shares_contact": False,
}

World = Callable[[ActionRequest], ActionResult]


def entity(name: str, value: str = "", *, alternatives: tuple[str, ...] = (), negated: bool = False) -> Entity:
    """Something named in a message."""
    return Entity(
        name=name, value=value, text=value or name, start=0, end=1, alternatives=alternatives, negated=negated
    )


def understood(
    *intents: str | tuple[str, float],
    text: str = "some words",
    entities: Sequence[Entity] = (),
    when: When = NO_TIME,
    clarify: tuple[str, ...] = (),
    language: str = "en",
    signals: tuple[Signal, ...] = (),
) -> Understanding:
    """What the NLU would make of a message: intents best first, sure of each unless a probability is given."""
    scored = tuple(
        ScoredIntent(name=item, confidence=0.95)
        if isinstance(item, str)
        else ScoredIntent(name=item[0], confidence=item[1])
        for item in intents
    )
    return Understanding(
        text=text,
        language=language,
        intents=scored,
        ranking=scored,
        clarify=clarify,
        entities=tuple(entities),
        when=when,
        engine="test",
        signals=signals,
    )


def on_day(days: int) -> When:
    """A whole day, so many days from NOW's."""
    start = NOW.replace(hour=0) + timedelta(days=days)
    window = Interval(start=start, end=start + timedelta(days=1))
    return When(
        status=WhenStatus.OK, start=window.start, end=window.end, grain=Grain.DAY, windows=(window,), date_given=True
    )


def one_of_days(*days: int) -> When:
    """A date with several readings."""
    readings = tuple(Interval(start=on_day(day).start, end=on_day(day).end) for day in days)
    return When(status=WhenStatus.ASK, readings=readings, date_given=True)


def time_slot(hours: int = 24, *, provider: str = "lee_grace", visit_type: str = "primary_visit") -> TimeSlot:
    """A time to be offered, so many hours from NOW."""
    start = NOW + timedelta(hours=hours)
    return TimeSlot(
        provider_id=ProviderId(provider),
        site_id=SiteId("downtown"),
        visit_type_id=VisitTypeId(visit_type),
        starts_at=start,
        ends_at=start + timedelta(minutes=20),
    )


def offered(*slots: TimeSlot) -> tuple[Offered, ...]:
    """Times as an action offers them."""
    return tuple(Offered(value=slot, label=slot) for slot in slots)


def came_to(outcome: str, **slots: SlotValue | None) -> ActionResult:
    """An action's result flows can branch on."""
    return ActionResult(facts={"outcome": outcome}, slots=slots)


def packaged_sources(*names: str) -> tuple[FlowSource, ...]:
    """Packaged flow files by stem; all of them when none is named."""
    files = [PACKAGED_FLOWS / f"{name}.yml" for name in names] or sorted(PACKAGED_FLOWS.glob("*.yml"))
    return tuple(FlowSource(file=file.name, text=file.read_text(encoding="utf-8")) for file in files)


@cache
def packaged_flows() -> FlowSet:
    """The flows that ship."""
    return load_flows(packaged_sources(), actions=all_actions().keys(), facts=FACTS)


_NEEDED = """
version: "1"
flows:
  opt_out:
    description: What a STOP starts.
    kind: answer
    urgent: true
    nlu_trigger: [{intent: opt_out}]
    steps:
      - action: opt_out
  pattern_contact_shared:
    description: What a shared number starts.
    kind: pattern
    steps:
      - action: utter_contact_noted
  cant_make_it:
    description: What an undecided wish starts.
    steps:
      - collect: keep_or_move
"""


def small_flows(text: str, *, actions: Sequence[str] = ()) -> FlowSet:
    """Hand-made flows beside the packaged repair patterns."""
    sources = (
        *packaged_sources("slots", "system"),
        FlowSource(file="needed.yml", text=_NEEDED),
        FlowSource(file="small.yml", text=text),
    )
    return load_flows(sources, actions={*all_actions(), *actions}, facts=FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came back for one message, outside work included."""

    replies: tuple[Reply, ...]
    events: tuple[Event, ...]
    actions: tuple[ActionRequest, ...]

    @property
    def keys(self) -> list[str]:
        """The reply keys in order, without the greeting of a first contact."""
        return [reply.key for reply in self.replies if reply.key != "utter_first_contact"]

    def named(self, kind: type) -> list[Event]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


def do_nothing(request: ActionRequest) -> ActionResult:
    """A world in which outside work comes to nothing in particular."""
    del request
    return ActionResult()


@dataclass(slots=True, kw_only=True)
class Talk:
    """One conversation with a patient; it is saved and reloaded around every turn, and the clock stands."""

    flows: FlowSet
    world: World = do_nothing
    facts: dict[str, str | int | bool] = field(default_factory=lambda: dict(USUAL_FACTS))
    now: datetime = NOW
    stands_for: Mapping[str, str] = field(default_factory=dict)
    most_actions: int = 20
    conversation: Conversation = field(
        default_factory=lambda: Conversation(
            id=ConversationId("talk"), handle_id=HandleId("handle"), language="en", greeted=True
        )
    )
    ids: int = 0

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids:05d}"

    def setting(self) -> Setting:
        return Setting(
            flows=self.flows,
            facts={**self.facts, "misses": self.conversation.misses, "asking": self.conversation.prompt is not None},
            queues=QUEUES,
            stands_for=self.stands_for,
            now=self.now,
            new_id=self.new_id,
        )

    def takes(self, utterance: Utterance, *, verdict: SafetyVerdict | None = None) -> Heard:
        """One turn, with whatever outside work it asks for."""
        setting = self.setting()
        turn = take_turn(self.conversation, utterance, setting, verdict=verdict)
        replies, events, actions = list(turn.replies), list(turn.events), list[ActionRequest]()
        while turn.request is not None and len(actions) < self.most_actions:
            actions.append(turn.request)
            turn = self._resumed(turn, self.world(turn.request), setting)
            replies += turn.replies
            events += turn.events
        self.conversation = load(dump(turn.conversation))
        return Heard(replies=tuple(replies), events=tuple(events), actions=tuple(actions))

    def _resumed(self, turn: Turn, result: ActionResult, setting: Setting) -> Turn:
        return resume(turn, result, setting)

    def hears(
        self,
        *intents: str | tuple[str, float],
        text: str = "some words",
        entities: Sequence[Entity] = (),
        when: When = NO_TIME,
        clarify: tuple[str, ...] = (),
        language: str | None = None,
        sure: bool = False,
        signals: tuple[Signal, ...] = (),
    ) -> Heard:
        """The patient writes words that mean this."""
        meant = understood(
            *intents,
            text=text,
            entities=entities,
            when=when,
            clarify=clarify,
            language=language or self.conversation.language,
            signals=signals,
        )
        return self.takes(Said(text=text, understanding=meant, language_sure=sure))

    def presses(self, payload: str) -> Heard:
        return self.takes(Pressed(payload=payload))

    def chooses(self, place: int) -> Heard:
        """The patient presses one of the buttons of the open question, counted from 1."""
        assert self.conversation.prompt is not None, "no question is open"
        return self.presses(self.conversation.prompt.options[place - 1].payload)

    def is_reminded(self, **slots: SlotValue) -> Heard:
        return self.takes(FlowRequested(flow="reminder", slots=slots))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def released(self, flows: FlowSet) -> None:
        """From now on another release of the flows is used."""
        self.flows = flows

    @property
    def asked(self) -> str | None:
        """The slot of the open question."""
        return self.conversation.prompt.slot if self.conversation.prompt else None

    @property
    def choices(self) -> list[SlotValue]:
        """The values the open question offers."""
        return [option.value for option in self.conversation.prompt.options] if self.conversation.prompt else []

    @property
    def slots(self) -> dict[str, SlotValue]:
        """What is filled in the task being talked about."""
        return dict(self.conversation.frames[-1].slots) if self.conversation.frames else {}

    @property
    def stack(self) -> list[str]:
        """The flows on the stack, bottom first."""
        return [frame.flow for frame in self.conversation.frames]

    def standing_at(self, *frames: Frame) -> None:
        """Put the conversation where a stored one might stand."""
        self.conversation = replace(self.conversation, frames=frames)
