"""Medicines as the conversation needs them: what is taken, and whether more can be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NewType

from domain.ids import PatientId, ProviderId

MedicineId = NewType("MedicineId", str)


class RefillStatus(StrEnum):
    """Where a refill stands: none asked for, with the clinic, sent to the pharmacy, ready there, or turned down."""

    NONE = "none"
    ASKED = "asked"
    SENT = "sent"
    READY = "ready"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """A medicine a patient is prescribed. `kind` is the id of a medicine kind in the clinic's facts."""

    id: MedicineId
    patient_id: PatientId
    prescriber_id: ProviderId
    kind: str
    strength: str
    """As on the label: "10 mg"."""
    pharmacy: str
    filled_on: date
    days_supplied: int
    refills_left: int
    refill: RefillStatus = RefillStatus.NONE
    active: bool = True
