"""Visits: a held time, a booked visit, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import AppointmentId, ConversationId, HoldId, PatientId, ProviderId, SiteId, SubjectId, VisitTypeId


class AppointmentStatus(StrEnum):
    """REQUESTED waits for staff (request mode, or a new patient's pending record); the rest speak for themselves."""

    REQUESTED = "requested"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"

    @property
    def is_live(self) -> bool:
        """Whether the visit still takes up its time."""
        return self in {
            AppointmentStatus.REQUESTED,
            AppointmentStatus.BOOKED,
            AppointmentStatus.CONFIRMED,
            AppointmentStatus.ARRIVED,
        }


class Modality(StrEnum):
    """Where the visit takes place."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSlot:
    """A provider's time at a site for one visit type: the thing offered, held and booked (aware UTC, half-open)."""

    provider_id: ProviderId
    site_id: SiteId
    visit_type_id: VisitTypeId
    starts_at: datetime
    ends_at: datetime
    modality: Modality = Modality.IN_PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A time kept for one conversation until it expires."""

    id: HoldId
    conversation_id: ConversationId
    slot: TimeSlot
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A visit. `version` grows with every change; what was sent about an older version is no longer true."""

    id: AppointmentId
    subject_id: SubjectId
    patient_id: PatientId | None
    slot: TimeSlot
    status: AppointmentStatus
    version: int
    created_at: datetime
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A span of a provider's time that is taken (by a visit or a live hold); says nothing of whom."""

    provider_id: ProviderId
    starts_at: datetime
    ends_at: datetime
