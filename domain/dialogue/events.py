"""What happened in a turn, in the past tense: for the audit, the golden conversations and the staff's context."""

from __future__ import annotations

from dataclasses import dataclass

from domain.handoff import EscalationReason


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStarted:
    """A flow was put on the stack."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCompleted:
    """A flow came to its end."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCancelled:
    """The patient left a task."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowParked:
    """A task was set aside for another."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowResumed:
    """A task was taken up again."""

    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFilled:
    """A slot got its first value."""

    slot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotCorrected:
    """A filled slot got another value; what depended on it was dropped."""

    slot: str
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Nothing could be made of the message; `count` in a row."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarificationAsked:
    """The close intents that were offered."""

    intents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceExpired:
    """A button of an older question was pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChanged:
    """The conversation goes on in another language."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionAsked:
    """Outside work was asked for."""

    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The conversation goes to staff. `urgent` ones page at once."""

    reason: EscalationReason
    queue: str
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNoted:
    """The patient wrote while a person has the conversation."""

    acknowledged: bool


Event = (
    FlowStarted
    | FlowCompleted
    | FlowCancelled
    | FlowParked
    | FlowResumed
    | SlotFilled
    | SlotCorrected
    | Missed
    | ClarificationAsked
    | ChoiceExpired
    | LanguageChanged
    | ActionAsked
    | Escalated
    | WaitingNoted
)
