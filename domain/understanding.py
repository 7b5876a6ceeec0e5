"""What the NLU engine made of a message. Immutable; scores are calibrated probabilities in 0..1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.when import NO_TIME, When


class Signal(StrEnum):
    """Something a message says by a fixed wording, whatever the classifier makes of the rest."""

    CANT_COME = "cant_come"
    CANCEL_WORD = "cancel_word"
    MOVE_WORD = "move_word"
    LATE_WORD = "late_word"
    FORGOTTEN = "forgotten"
    NOTHING_CAME = "nothing_came"
    WAIT = "wait"
    SAME_TIME = "same_time"
    OTHER_DAY = "other_day"
    WEEK_AFTER = "week_after"
    EARLIER = "earlier"
    LATER = "later"
    FOR_SOMEONE = "for_someone"
    FIRST_TIME = "first_time"
    SAYS_YES = "says_yes"
    SAYS_NO = "says_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredIntent:
    """An intent's name and its calibrated probability."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value found in the text: `value` is normalised (an id, E.164, ISO date …), `text` is what was written.

    `alternatives` holds every id a phrase fits (two doctors named Lee); `value` is then empty.
    `start` and `end` are offsets into the message.
    """

    name: str
    value: str
    text: str
    start: int
    end: int
    confidence: float = 1.0
    alternatives: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Intents to act on (best first, empty when nothing fits), the whole ranking, entities and time.

    `clarify` names the two or three intents to offer when they are too close to choose between.
    """

    text: str
    language: str
    intents: tuple[ScoredIntent, ...] = ()
    ranking: tuple[ScoredIntent, ...] = ()
    clarify: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    when: When = NO_TIME
    engine: str = ""
    signals: tuple[Signal, ...] = ()

    @property
    def top(self) -> str | None:
        """The best intent to act on, or None."""
        return self.intents[0].name if self.intents else None

    def has(self, *names: str) -> bool:
        """Whether any of the intents to act on has one of these names."""
        return any(intent.name in names for intent in self.intents)

    def says(self, *signals: Signal) -> bool:
        """Whether the message holds one of these signals."""
        return any(signal in signals for signal in self.signals)

    def entities_named(self, name: str) -> Iterator[Entity]:
        """Entities of one name, in order of appearance."""
        return (entity for entity in self.entities if entity.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseContext:
    """What the dialogue knows that helps understanding: the slot asked for and the entities it accepts."""

    language: str
    expected_slot: str | None = None
    expected_kind: str | None = None
    """The slot's type: "visit_type", "provider", "when", "yes_no", "choice", "person_name", "birth_date", "code" …"""
    shown: tuple[str, ...] = ()
    """Labels of the options last shown, in order."""
