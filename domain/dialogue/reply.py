"""What the engine wants said: catalogue keys with typed values. The words, language and layout are rendering's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from domain.appointment import TimeSlot
from domain.when import When


class NameKind(StrEnum):
    """Which of the clinic's lists a name comes from."""

    PROVIDER = "provider"
    SITE = "site"
    VISIT_TYPE = "visit_type"
    SPECIALTY = "specialty"
    QUEUE = "queue"
    TEST = "test"
    MEDICINE = "medicine"
    INSURER = "insurer"
    TOPIC = "topic"
    FLOW = "flow"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing the clinic has a name for, in each language."""

    kind: NameKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A short text from the catalogue: a button's label, a yes."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """A text the clinic wrote, one per language."""

    by_language: Mapping[str, str]


ReplyValue = str | int | date | datetime | When | TimeSlot | Named | Words | Local | tuple["ReplyValue", ...]

NO_VALUES: Mapping[str, ReplyValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button in the making: what it sends and what it says."""

    payload: str
    label: ReplyValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One thing to say: a response key, the values for its placeholders, and choices to offer."""

    key: str
    values: Mapping[str, ReplyValue] = field(default_factory=lambda: NO_VALUES)
    choices: tuple[Choice, ...] = ()
    safety: bool = False
    """Goes out in the safety lane."""
    ask_contact: bool = False
