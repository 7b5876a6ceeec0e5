"""Test results as the conversation needs them: is it ready, and may it be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from domain.clinic_text import LocalText
from domain.ids import PatientId

ResultId = NewType("ResultId", str)


class ResultStatus(StrEnum):
    """pending: not yet reported; final; corrected: reported anew, and must be told anew."""

    PENDING = "pending"
    FINAL = "final"
    CORRECTED = "corrected"


class HoldReason(StrEnum):
    """Why a finished result waits for a person."""

    CLINICIAN = "clinician"
    SENSITIVE = "sensitive"
    PATIENT_WISH = "patient_wish"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One result. `test_name` is the id of a test kind in the clinic's facts; `text` is approved wording, or None."""

    __test__ = False  # pytest must not take a domain noun for a test class
    id: ResultId
    patient_id: PatientId
    test_name: str
    status: ResultStatus
    collected_at: datetime
    resulted_at: datetime | None = None
    hold: HoldReason | None = None
    released: bool = False
    """A clinician let it out by name, whatever the policy says."""
    text: LocalText | None = None


class Release(StrEnum):
    """not_ready: still pending; held: finished, a person will tell it; open: may be told at level 3."""

    NOT_READY = "not_ready"
    HELD = "held"
    OPEN = "open"
