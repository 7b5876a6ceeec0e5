"""A calendar and patient records in memory: the ports actions look things up in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.appointment import Appointment, AppointmentStatus, Busy
from domain.clinic_hours import Leave
from domain.ids import AppointmentId, HoldId, PatientId, ProviderId
from domain.patient import Patient
from domain.results import TestResult


@dataclass(slots=True)
class FakeCalendar:
    """Visits, holds of others and leave; `held` are busy spans that are holds, by the hold's id."""

    visits: list[Appointment] = field(default_factory=list)
    taken: list[Busy] = field(default_factory=list)
    held: dict[HoldId, Busy] = field(default_factory=dict)
    away: list[Leave] = field(default_factory=list)

    async def busy(self, start: datetime, end: datetime, *, apart_from: HoldId | None = None) -> tuple[Busy, ...]:
        booked = [
            Busy(provider_id=item.slot.provider_id, starts_at=item.slot.starts_at, ends_at=item.slot.ends_at)
            for item in self.visits
            if item.status.is_live
        ]
        holds = [span for name, span in self.held.items() if name != apart_from]
        spans = (*booked, *self.taken, *holds)
        return tuple(span for span in spans if span.starts_at < end and start < span.ends_at)

    async def appointment(self, appointment_id: AppointmentId) -> Appointment | None:
        return next((item for item in self.visits if item.id == appointment_id), None)

    async def known(self, appointment_ids: Sequence[AppointmentId]) -> frozenset[AppointmentId]:
        return frozenset(item.id for item in self.visits if item.id in appointment_ids)

    async def day(self, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        found = [item for item in self.visits if item.status.is_live and start <= item.slot.starts_at < end]
        return tuple(sorted(found, key=lambda item: item.slot.starts_at))

    async def requested(self, now: datetime, *, limit: int = 200) -> tuple[Appointment, ...]:
        waiting = [item for item in self.visits if item.status is AppointmentStatus.REQUESTED]
        return tuple(
            sorted((item for item in waiting if item.slot.starts_at > now), key=lambda item: item.slot.starts_at)
        )[:limit]

    async def of_patient(self, patient_id: PatientId) -> tuple[Appointment, ...]:
        return tuple(item for item in self.visits if item.patient_id == patient_id)

    async def of_provider(self, provider_id: ProviderId, start: datetime, end: datetime) -> tuple[Appointment, ...]:
        return tuple(item for item in await self.day(start, end) if item.slot.provider_id == provider_id)

    async def leave(self, start: datetime, end: datetime) -> tuple[Leave, ...]:
        return tuple(item for item in self.away if item.starts_at < end and start < item.ends_at)


@dataclass(slots=True)
class FakePatients:
    """Records by what they are looked up by."""

    records: Sequence[Patient] = ()
    results_of: Mapping[PatientId, tuple[TestResult, ...]] = field(default_factory=dict)

    async def get(self, patient_id: PatientId) -> Patient | None:
        return next((item for item in self.records if item.id == patient_id), None)

    async def matching(self, *, family_name: str, birth_date: date) -> tuple[Patient, ...]:
        wanted = family_name.casefold()
        return tuple(
            item
            for item in self.records
            if item.family_name.casefold() == wanted and item.birth_date == birth_date and not item.declined
        )

    async def results(self, patient_id: PatientId) -> tuple[TestResult, ...]:
        return self.results_of.get(patient_id, ())

    async def with_phone(self, phone: str) -> tuple[Patient, ...]:
        return tuple(item for item in self.records if phone in item.phones)

    async def pending(self, *, limit: int = 200) -> tuple[Patient, ...]:
        return tuple(item for item in self.records if item.pending and not item.declined)[:limit]

    async def with_mrn(self, mrn: str) -> Patient | None:
        return next((item for item in self.records if item.mrn == mrn), None)

    async def with_mrns(self, mrns: Sequence[str]) -> Mapping[str, Patient]:
        return {mrn: found for mrn in mrns if (found := await self.with_mrn(mrn)) is not None}
