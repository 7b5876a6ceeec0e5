"""The safety screen: deterministic rules over the raw text of every message, in every enabled language.

It answers in its own terms (category and urgency), runs before anything else, and nothing may cancel its verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SafetyCategory(StrEnum):
    """What kind of danger."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    SAFEGUARDING = "safeguarding"


class Urgency(StrEnum):
    """now: call emergency services and page; today: a nurse today, with a clock."""

    NOW = "now"
    TODAY = "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyVerdict:
    """A red flag: its category, urgency, and the id and language of the rule that raised it."""

    category: SafetyCategory
    urgency: Urgency
    rule: str
    language: str
