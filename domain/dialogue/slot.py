"""Slots: the typed values a flow needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.appointment import TimeSlot
from domain.when import When

SlotValue = str | int | bool | date | When | TimeSlot


class SlotType(StrEnum):
    """How a slot is read from what a patient says, and what its value is.

    choice: one of the options shown (an option's value); yes_no: bool; when: When; visit_type, provider, site,
    specialty, medicine, test_name, insurer, kind, topic, language: an id; person_name, text, phone, email, code: str;
    contact: a phone the channel vouches for, asked for with its own control; said: the message that began the flow;
    birth_date: date; minutes, count: int; appointment: an appointment id.
    """

    CHOICE = "choice"
    YES_NO = "yes_no"
    WHEN = "when"
    VISIT_TYPE = "visit_type"
    PROVIDER = "provider"
    SITE = "site"
    SPECIALTY = "specialty"
    MEDICINE = "medicine"
    TEST_NAME = "test_name"
    INSURER = "insurer"
    TOPIC = "topic"
    KIND = "kind"
    LANGUAGE = "language"
    PERSON_NAME = "person_name"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    EMAIL = "email"
    CODE = "code"
    TEXT = "text"
    MINUTES = "minutes"
    COUNT = "count"
    APPOINTMENT = "appointment"
    CONTACT = "contact"
    SAID = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSpec:
    """A slot's name and type, the entity it is read from, and whether a skip is allowed."""

    name: str
    type: SlotType
    entities: tuple[str, ...] = ()
    """The entities it is read from, in order of preference."""
    optional: bool = False
    depends_on: tuple[str, ...] = ()
    """Slots whose change makes this one's value worthless."""
    values: tuple[str, ...] = ()
    """For kind and topic: the ids allowed."""
    yes_means: tuple[str, ...] = ()
    """For yes_no: intents that are a yes to this question."""
    no_means: tuple[str, ...] = ()
    """For yes_no: intents that are a no to this question."""
    means: tuple[tuple[str, str], ...] = ()
    """For kind: intents that are one of its values, each with that value."""
    signals: tuple[str, ...] = ()
    """For kind: fixed wordings that fill it, each with the signal's own name."""
