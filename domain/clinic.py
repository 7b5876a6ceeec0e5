"""The clinic's facts as one frozen value with indexed lookups. Loaded as a release; swapped between turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.clinic_directory import (
    BookingMode,
    Gender,
    Insurer,
    InsurerId,
    InsurerTable,
    MedicineKind,
    MedicineKindId,
    Provider,
    SameDayReserve,
    Sensitivity,
    Site,
    SiteHours,
    Specialty,
    SpecialtyId,
    TestKind,
    TestKindId,
    VisitType,
)
from domain.clinic_hours import ALWAYS_OPEN, CLOSED, Holiday, Leave, OpeningHours, TimeRange
from domain.clinic_settings import NOTHING_RELEASED, USUAL_SPANS, Queue, QueueId, ReleasePolicy, Spans, Topic
from domain.clinic_text import NO_TERMS, LocalTerms, LocalText
from domain.errors import WellspokenError
from domain.ids import ProviderId, SiteId, VisitTypeId

__all__ = [
    "ALWAYS_OPEN", "CLOSED", "NOTHING_RELEASED", "NO_TERMS", "USUAL_SPANS", "BookingMode", "Clinic", "Gender",
    "Holiday", "Insurer", "InsurerId", "InsurerTable", "Leave", "LocalTerms", "LocalText", "MedicineKind",
    "MedicineKindId", "OpeningHours", "Provider", "Queue", "QueueId", "ReleasePolicy", "SameDayReserve",
    "Sensitivity", "Site", "SiteHours", "Spans", "Specialty", "SpecialtyId", "TestKind", "TestKindId",
    "TimeRange", "Topic", "UnknownFactError", "VisitType",
]  # fmt: skip

_Id = TypeVar("_Id", bound=str)
_Fact = TypeVar("_Fact")


class UnknownFactError(WellspokenError):
    """The clinic's facts name no such thing. Remedy: ask for one it has, or add it to clinic.yml."""

    def __init__(self, kind: str, wanted: str) -> None:
        """Keep the kind of fact ("provider") and the id asked for."""
        self.kind, self.wanted = kind, wanted
        super().__init__(f"the clinic's facts name no {kind} {wanted!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    sites: Mapping[SiteId, Site]
    specialties: Mapping[SpecialtyId, Specialty]
    providers: Mapping[ProviderId, Provider]
    visit_types: Mapping[VisitTypeId, VisitType]
    tests: Mapping[TestKindId, TestKind]
    medicines: Mapping[MedicineKindId, MedicineKind]
    insurers: Mapping[InsurerId, Insurer]
    queues: Mapping[QueueId, Queue]
    routes: Mapping[str, QueueId]
    holidays: Mapping[date, tuple[Holiday, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """Everything the clinic says about itself. `alias` is the name a discreet patient sees.

    `routes` sends a reason for a handoff to a queue; every other reason goes to `default_queue_id`.
    """

    name: LocalText
    alias: LocalText
    country: str
    zone: ZoneInfo
    languages: tuple[str, ...]
    default_language: str
    sites: tuple[Site, ...]
    specialties: tuple[Specialty, ...]
    providers: tuple[Provider, ...]
    visit_types: tuple[VisitType, ...]
    insurance: InsurerTable
    queues: tuple[Queue, ...]
    default_queue_id: QueueId
    routes: tuple[tuple[str, QueueId], ...] = ()
    holidays: tuple[Holiday, ...] = ()
    tests: tuple[TestKind, ...] = ()
    medicines: tuple[MedicineKind, ...] = ()
    spans: Spans = USUAL_SPANS
    release: ReleasePolicy = NOTHING_RELEASED
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the lookups once; the value stays frozen to everyone else."""
        by_day: dict[date, tuple[Holiday, ...]] = {}
        for holiday in self.holidays:
            by_day[holiday.on] = (*by_day.get(holiday.on, ()), holiday)
        index = _Index(
            sites=MappingProxyType({fact.id: fact for fact in self.sites}),
            specialties=MappingProxyType({fact.id: fact for fact in self.specialties}),
            providers=MappingProxyType({fact.id: fact for fact in self.providers}),
            visit_types=MappingProxyType({fact.id: fact for fact in self.visit_types}),
            tests=MappingProxyType({fact.id: fact for fact in self.tests}),
            medicines=MappingProxyType({fact.id: fact for fact in self.medicines}),
            insurers=MappingProxyType({fact.id: fact for fact in self.insurance.insurers}),
            queues=MappingProxyType({fact.id: fact for fact in self.queues}),
            routes=MappingProxyType(dict(self.routes)),
            holidays=MappingProxyType(by_day),
        )
        object.__setattr__(self, "_index", index)

    def site(self, site_id: SiteId) -> Site:
        """The site; UnknownFactError when there is none."""
        return _found(self._index.sites, site_id, "site")

    def specialty(self, specialty_id: SpecialtyId) -> Specialty:
        """The specialty; UnknownFactError when there is none."""
        return _found(self._index.specialties, specialty_id, "specialty")

    def provider(self, provider_id: ProviderId) -> Provider:
        """The provider; UnknownFactError when there is none."""
        return _found(self._index.providers, provider_id, "provider")

    def visit_type(self, visit_type_id: VisitTypeId) -> VisitType:
        """The visit type; UnknownFactError when there is none."""
        return _found(self._index.visit_types, visit_type_id, "visit type")

    def test(self, test_id: TestKindId) -> TestKind:
        """The test kind; UnknownFactError when there is none."""
        return _found(self._index.tests, test_id, "test")

    def medicine(self, medicine_id: MedicineKindId) -> MedicineKind:
        """The medicine; UnknownFactError when there is none."""
        return _found(self._index.medicines, medicine_id, "medicine")

    def insurer(self, insurer_id: InsurerId) -> Insurer:
        """The insurer; UnknownFactError when there is none."""
        return _found(self._index.insurers, insurer_id, "insurer")

    def queue(self, queue_id: QueueId) -> Queue:
        """The queue; UnknownFactError when there is none."""
        return _found(self._index.queues, queue_id, "queue")

    def queue_for(self, reason: str) -> Queue:
        """The queue a handoff for this reason goes to; the default queue when the clinic routes it nowhere else."""
        return self.queue(self._index.routes.get(reason, self.default_queue_id))

    def providers_for(self, visit_type_id: VisitTypeId) -> tuple[Provider, ...]:
        """Everyone who does a visit type, in the clinic's order."""
        return tuple(provider for provider in self.providers if visit_type_id in provider.visit_type_ids)

    def find_providers(
        self,
        *,
        specialty_id: SpecialtyId | None = None,
        language: str | None = None,
        gender: Gender | None = None,
        site_id: SiteId | None = None,
    ) -> tuple[Provider, ...]:
        """Providers who meet every condition given, in the clinic's order."""
        return tuple(
            provider
            for provider in self.providers
            if (specialty_id is None or specialty_id in provider.specialty_ids)
            and (language is None or language in provider.languages)
            and (gender is None or gender is provider.gender)
            and (site_id is None or site_id in provider.site_ids)
        )

    def holiday(self, day: date, site_id: SiteId | None = None) -> Holiday | None:
        """The holiday on a date at a site (None: the organisation as a whole), if any."""
        return next((entry for entry in self._index.holidays.get(day, ()) if entry.touches(site_id)), None)

    def holidays_from(self, today: date, *, days: int = 60) -> tuple[Holiday, ...]:
        """Holidays from today on within some days, in order of date."""
        last = today + timedelta(days=days)
        return tuple(sorted((day for day in self.holidays if today <= day.on <= last), key=lambda day: day.on))

    def hours_on(self, site_id: SiteId, day: date) -> tuple[TimeRange, ...]:
        """A site's open spans on a date, holidays considered; none when it is closed."""
        holiday = self.holiday(day, site_id)
        return self.site(site_id).hours.on(day) if holiday is None else holiday.hours

    def specialties_at(self, site_id: SiteId) -> tuple[Specialty, ...]:
        """The kinds of care a site offers: those of the providers who work there, in the clinic's order."""
        offered = {specialty for entry in self.find_providers(site_id=site_id) for specialty in entry.specialty_ids}
        return tuple(specialty for specialty in self.specialties if specialty.id in offered)

    def insured_at(self, insurer_id: InsurerId, site_ids: Iterable[SiteId] = ()) -> tuple[Site, ...]:
        """The sites (of those named, or of all) that take a plan, in the clinic's order."""
        taken, asked = self.insurer(insurer_id).site_ids, tuple(site_ids)
        return tuple(site for site in self.sites if site.id in taken and (not asked or site.id in asked))


def _found(index: Mapping[_Id, _Fact], wanted: _Id, kind: str) -> _Fact:
    fact = index.get(wanted)
    if fact is None:
        raise UnknownFactError(kind, wanted)
    return fact
