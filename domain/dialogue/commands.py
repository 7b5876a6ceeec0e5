"""What the patient wants done to the dialogue: chosen by the policy, carried out by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.dialogue.conversation import Option
from domain.dialogue.slot import SlotValue


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSlot:
    """Fill (or correct) a slot of the task being talked about."""

    slot: str
    value: SlotValue


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWhich:
    """Several things fit a slot: offer them."""

    slot: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFlow:
    """Begin a flow, with what was already said for its slots."""

    flow: str
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    which: tuple[AskWhich, ...] = ()
    impossible: bool = False
    """A date or time was said that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTask:
    """Leave the task being talked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOver:
    """Begin the task again from its first question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoBack:
    """Return to the question before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipQuestion:
    """Do without an answer, where that is allowed."""

    undecided: bool = False
    """Not refused, only not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatQuestion:
    """Say it again, shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectAnswer:
    """There was an answer and no such thing exists."""

    of_time: bool = False
    """It was a date or a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchLanguage:
    """Go on in another language, slots kept."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferIntents:
    """Two or three intents are too close: ask which was meant."""

    intents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireChoice:
    """A button of an older question was pressed: say so and show where we are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Nothing could be made of it; `foreign` when it was understood to be none of our business."""

    foreign: bool = False


Command = (
    FillSlot
    | AskWhich
    | StartFlow
    | StopTask
    | StartOver
    | GoBack
    | SkipQuestion
    | RepeatQuestion
    | RejectAnswer
    | SwitchLanguage
    | OfferIntents
    | ExpireChoice
    | NotUnderstood
)
