"""Who and what a clinic offers: sites, specialties, providers, visit types, tests, medicines and insurers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NewType

from domain.appointment import Modality
from domain.clinic_hours import CLOSED, Leave, OpeningHours
from domain.clinic_text import NO_TERMS, LocalTerms, LocalText
from domain.ids import ProviderId, SiteId, VisitTypeId

SpecialtyId = NewType("SpecialtyId", str)
TestKindId = NewType("TestKindId", str)
MedicineKindId = NewType("MedicineKindId", str)
InsurerId = NewType("InsurerId", str)


class Gender(StrEnum):
    """How a provider describes themselves, for patients who ask for it."""

    FEMALE = "female"
    MALE = "male"
    NONBINARY = "nonbinary"


class BookingMode(StrEnum):
    """direct: into time the bot owns; request: preferences are collected and staff confirm."""

    DIRECT = "direct"
    REQUEST = "request"


class Sensitivity(StrEnum):
    """routine: the release policy may let it out; sensitive: a person tells it."""

    ROUTINE = "routine"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with a door. No default exists for the emergency and crisis numbers: None until the clinic names them."""

    id: SiteId
    name: LocalText
    address: LocalText
    phone: str
    hours: OpeningHours
    parking: LocalText
    access: LocalText
    emergency_number: str | None = None
    crisis_number: str | None = None
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Specialty:
    """A kind of care; `default_visit_type_id` is what "I need a skin doctor" books."""

    id: SpecialtyId
    name: LocalText
    default_visit_type_id: VisitTypeId
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteHours:
    """A provider's weekly working hours at one site."""

    site_id: SiteId
    hours: OpeningHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Someone (or a team with one diary, such as a laboratory) whose time can be booked."""

    id: ProviderId
    given_name: str
    family_name: str
    title: LocalText
    specialty_ids: tuple[SpecialtyId, ...]
    visit_type_ids: tuple[VisitTypeId, ...]
    schedule: tuple[SiteHours, ...]
    languages: tuple[str, ...]
    gender: Gender | None = None
    new_patients: bool = True
    leave: tuple[Leave, ...] = ()
    aliases: LocalTerms = NO_TERMS

    def name_in(self, language: str, *, full: bool = False) -> str:
        """Title and family name ("Dr. Lee"), with the given name when `full`; a team without one is its title."""
        names = (self.title.in_(language), self.given_name if full else "", self.family_name)
        return " ".join(name for name in names if name)

    def hours_at(self, site_id: SiteId) -> OpeningHours:
        """Weekly working hours at a site; closed all week where they do not work."""
        return next((entry.hours for entry in self.schedule if entry.site_id == site_id), CLOSED)

    @property
    def site_ids(self) -> tuple[SiteId, ...]:
        """Where they work, in the clinic's order of preference."""
        return tuple(entry.site_id for entry in self.schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class SameDayReserve:
    """Places of a provider's day sold only on the day itself: a count, or a percentage of what the day can hold."""

    count: int = 0
    percent: int = 0

    def places(self, capacity: int) -> int:
        """How many of a day's places are kept back, rounded up; the larger of the two rules."""
        return min(capacity, max(self.count, -(-capacity * self.percent // 100)))


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitType:
    """A kind of visit and the rules under which it may be booked. `generic_name` says nothing of the specialty."""

    id: VisitTypeId
    name: LocalText
    generic_name: LocalText
    specialty_id: SpecialtyId
    duration: timedelta
    modalities: tuple[Modality, ...]
    preparation: LocalText | None = None
    mode: BookingMode = BookingMode.DIRECT
    bookable: bool = True
    new_patients: bool = True
    needs_referral: bool = False
    min_age: int | None = None
    max_age: int | None = None
    """Ages in completed years, both included."""
    for_children: VisitTypeId | None = None
    """What is booked instead for a child, where the clinic keeps that apart."""
    for_new_patients: VisitTypeId | None = None
    """What is booked instead for someone who was never here."""
    lead_time: timedelta = timedelta(0)
    max_days_ahead: int = 90
    daily_cap: int | None = None
    """Most visits of this type a provider takes in a day."""
    reserve: SameDayReserve = SameDayReserve()
    buffer: timedelta = timedelta(0)
    """Kept free after the visit; it may run past closing."""
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class TestKind:
    """A kind of test; `texts` are the clinic's approved result texts by key, `preparation` what to do before it."""

    __test__ = False  # pytest must not take a domain noun for a test class
    id: TestKindId
    name: LocalText
    sensitivity: Sensitivity
    texts: tuple[tuple[str, LocalText], ...] = ()
    preparation: LocalText | None = None
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineKind:
    """A medicine patients may ask about, by the name on its label."""

    id: MedicineKindId
    name: LocalText
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """A plan and the sites that take it; `note` is anything a patient must know about it."""

    id: InsurerId
    name: str
    site_ids: tuple[SiteId, ...]
    note: LocalText | None = None
    aliases: LocalTerms = NO_TERMS


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerTable:
    """Which plans are taken where, and the date the clinic last checked it."""

    as_of: date
    insurers: tuple[Insurer, ...]
