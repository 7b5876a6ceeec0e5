"""What goes into a turn and what comes out of it: a value in, a value out, nothing sent and nothing saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from domain.dialogue.condition import Facts
from domain.dialogue.conversation import Conversation
from domain.dialogue.events import Escalated, Event
from domain.dialogue.flow import FlowSet
from domain.dialogue.reply import Reply, ReplyValue
from domain.dialogue.slot import SlotValue
from domain.handoff import EscalationReason
from domain.message import UnsupportedKind
from domain.understanding import Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words, and what the NLU made of them."""

    text: str
    understanding: Understanding
    language_sure: bool = False
    """The language of the words was recognised with confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button's payload came back."""

    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something came that cannot be read."""

    kind: UnsupportedKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGiven:
    """The patient shared a number the channel vouches for."""

    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWord:
    """A bare STOP on a channel where that ends all messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWord:
    """A bare START from someone who had ended all messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """Time passed: a nudge is due, a task went stale."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRequested:
    """Something outside the conversation starts a flow: a shared contact, a reminder answered by button."""

    flow: str
    slots: Mapping[str, SlotValue]


Utterance = Said | Pressed | ContactGiven | Unreadable | StopWord | StartWord | TimerFired | FlowRequested


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the engine may know of the world during a turn."""

    flows: FlowSet
    facts: Facts
    queues: Mapping[EscalationReason, str]
    stands_for: Mapping[str, str]
    """Ids patients use that stand for others: a specialty for its usual visit type."""
    now: datetime
    new_id: Callable[[], str]
    zone: tzinfo = UTC
    """The clinic's: days are its days."""
    kept_until: datetime | None = None
    """Until when a time is kept for this conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequest:
    """Outside work an `action` step asks for: its name and the slots of the frame that asks."""

    action: str
    flow: str
    slots: Mapping[str, SlotValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A choice an action found, to be offered by the step that collects `slot`."""

    value: SlotValue
    label: ReplyValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What the work came to: slots to fill (None empties), things to say, choices, new facts, an escalation."""

    slots: Mapping[str, SlotValue | None] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()
    offers: tuple[Offered, ...] | None = None
    """None leaves what was shown before; empty clears it."""
    facts: Facts = field(default_factory=dict)
    escalate: Escalated | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The conversation after it, what to say, what happened, and the work it waits for (None when it is done)."""

    conversation: Conversation
    replies: tuple[Reply, ...] = ()
    events: tuple[Event, ...] = ()
    request: ActionRequest | None = None
    facts: Facts = field(default_factory=dict)
