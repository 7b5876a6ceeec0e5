"""The demo's diary around today: a full Monday, a gap this afternoon, a provider on leave, and the days before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from bot.demo.people import Population
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.clinic import BookingMode, Clinic, Leave, Provider, VisitType
from domain.ids import AppointmentId, PatientId, ProviderId, SiteId, VisitTypeId
from domain.patient import Patient
from domain.scheduling import GRANULE
from domain.scheduling_free import working
from domain.scheduling_hours import instant, span_of

LEAVE_DAYS = 10
PAST_DAYS, COMING_DAYS = 7, 15
ON_LEAVE = ProviderId("okafor_maya")
QUIET_FROM = 15
"""From this hour the demo's script needs the Lees free on Tuesdays and Thursdays."""
GAP = (14, 16)
"""Hours of an afternoon that stay free: of today's, or of the next that can still be had."""
LEAST_LEFT = timedelta(hours=3)
"""From now to the end of the gap, for it to be today's: most visits want two hours' notice."""
BETWEEN = timedelta(minutes=30)
"""A patient's way from one visit to the next."""

_WOMEN_ONLY = {VisitTypeId("womens_exam"), VisitTypeId("contraception"), VisitTypeId("prenatal")}
_CHILDBEARING = range(18, 45)
_LEES = {ProviderId("lee_grace"), ProviderId("lee_daniel")}


def demo_leave(clinic: Clinic, today: date) -> tuple[Leave, ...]:
    """One provider is away from today on."""
    start = instant(clinic.zone, today, 0)
    end = instant(clinic.zone, today + timedelta(days=LEAVE_DAYS), 0)
    return tuple(
        Leave(provider_id=provider.id, starts_at=start, ends_at=end)
        for provider in clinic.providers
        if provider.id == ON_LEAVE
    )


def full_monday(clinic: Clinic, today: date) -> date:
    """The coming Monday that is no holiday, on which nothing is left."""
    day = today + timedelta(days=7 - today.weekday())
    while clinic.holiday(day) is not None:
        day += timedelta(days=7)
    return day


def gap_day(clinic: Clinic, today: date, now: datetime) -> date:
    """The day with a free afternoon: today while there is time left in it, else the next that is open and not full."""
    for offset in range(COMING_DAYS):
        day = today + timedelta(days=offset)
        opens, closes = (instant(clinic.zone, day, hour * 60) for hour in GAP)
        open_then = is_open_at(clinic, opens, closes)
        if open_then and now + LEAST_LEFT <= closes and day != full_monday(clinic, today):
            return day
    return today


def is_open_at(clinic: Clinic, start: datetime, end: datetime) -> bool:
    """Whether the main site is open all of the time between."""
    day = start.astimezone(clinic.zone).date()
    spans = (span_of(clinic.zone, day, hours) for hours in clinic.hours_on(clinic.sites[0].id, day))
    return any(opens <= start and end <= closes for opens, closes in spans)


@dataclass(slots=True)
class DiaryWriter:
    """Fills providers' days around the visits already placed; nobody is in two places at once."""

    clinic: Clinic
    people: Population
    rng: Random
    today: date
    now: datetime
    new_id: Callable[[], str]
    placed: tuple[Appointment, ...] = ()
    gap: date = date.min
    visits: list[Appointment] = field(default_factory=list)
    attending: dict[PatientId, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def write(self, leave: tuple[Leave, ...]) -> tuple[Appointment, ...]:
        """Every provider's days from some before today to some after, those placed included, in order of start."""
        away = {entry.provider_id for entry in leave}
        self.gap = gap_day(self.clinic, self.today, self.now)
        for offset in range(-PAST_DAYS, COMING_DAYS + 1):
            day = self.today + timedelta(days=offset)
            for provider in self.clinic.providers:
                if provider.id in away and 0 <= offset < LEAVE_DAYS:
                    continue
                self._fill(provider, day)
        every = (*self.placed, *self.visits)
        return tuple(sorted(every, key=lambda visit: (visit.slot.starts_at, visit.slot.provider_id)))

    def _fill(self, provider: Provider, day: date) -> None:
        share = self._share(day)
        for site_id in provider.site_ids:
            for hours in working(self.clinic, provider, site_id, day):
                start, end = span_of(self.clinic.zone, day, hours)
                for visit in self._placed_between(provider, start, end):
                    self._fill_gap(provider, site_id, start, visit.starts_at, share)
                    start = visit.ends_at + self.clinic.visit_type(visit.visit_type_id).buffer
                self._fill_gap(provider, site_id, start, end, share)

    def _placed_between(self, provider: Provider, start: datetime, end: datetime) -> list[TimeSlot]:
        slots = [visit.slot for visit in self.placed if visit.slot.provider_id == provider.id]
        return sorted((slot for slot in slots if start <= slot.starts_at < end), key=lambda slot: slot.starts_at)

    def _fill_gap(self, provider: Provider, site_id: SiteId, start: datetime, end: datetime, share: float) -> None:
        while start < end:
            start = self._next(provider, site_id, start, end, share)

    def _next(self, provider: Provider, site_id: SiteId, start: datetime, end: datetime, share: float) -> datetime:
        """Book the time at `start`, or leave it; answers where to go on."""
        kinds = [self.clinic.visit_type(one) for one in provider.visit_type_ids]
        fitting = [kind for kind in kinds if kind.bookable and start + kind.duration + kind.buffer <= end]
        if not fitting:
            return end
        local = start.astimezone(self.clinic.zone)
        if share < 1 and (self._kept_free(provider, local) or self.rng.random() >= share):
            return start + timedelta(minutes=20)
        visit_type = self.rng.choice(fitting)
        patient = self._patient(visit_type, start)
        if patient is None:
            return start + GRANULE
        self._book(patient, provider, visit_type, site_id, start)
        return start + visit_type.duration + visit_type.buffer

    def _share(self, day: date) -> float:
        if day == full_monday(self.clinic, self.today):
            return 1.0
        if day == self.today:
            return 0.6
        return 0.12 if day < self.today else 0.25

    def _kept_free(self, provider: Provider, local: datetime) -> bool:
        if local.date() == self.gap and GAP[0] <= local.hour < GAP[1]:
            return True
        script = provider.id in _LEES and local.weekday() in {1, 3}
        return script and local.date() > self.today and local.hour >= QUIET_FROM - 1

    def _patient(self, visit_type: VisitType, start: datetime) -> Patient | None:
        # The cast's visits are placed by name; among the rest, draw until one fits the visit's rules and is free.
        pool = self.people.patients[len(self.people.cast.everyone) :]
        day, end = start.astimezone(self.clinic.zone).date(), start + visit_type.duration
        for _ in range(80):
            patient = self.rng.choice(pool)
            if self._is_free(patient.id, start, end) and _suits(patient, visit_type, day, self.people.women):
                self.attending.setdefault(patient.id, []).append((start, end))
                return patient
        return None

    def _is_free(self, patient_id: PatientId, start: datetime, end: datetime) -> bool:
        spans = self.attending.get(patient_id, ())
        return all(end + BETWEEN <= other or until + BETWEEN <= start for other, until in spans)

    def _book(
        self, patient: Patient, provider: Provider, visit_type: VisitType, site_id: SiteId, start: datetime
    ) -> None:
        slot = TimeSlot(
            provider_id=provider.id,
            site_id=site_id,
            visit_type_id=visit_type.id,
            starts_at=start,
            ends_at=start + visit_type.duration,
            modality=self.rng.choice(visit_type.modalities),
        )
        made = min(start, self.now) - timedelta(days=self.rng.randint(1, 20), minutes=self.rng.randint(0, 600))
        self.visits.append(
            Appointment(
                id=AppointmentId(self.new_id()),
                subject_id=patient.subject_id,
                patient_id=patient.id,
                slot=slot,
                status=self._status(slot, visit_type),
                version=1,
                created_at=made,
            )
        )

    def _status(self, slot: TimeSlot, visit_type: VisitType) -> AppointmentStatus:
        if slot.ends_at <= self.now:
            weights = {AppointmentStatus.COMPLETED: 90, AppointmentStatus.NO_SHOW: 10}
        elif slot.starts_at <= self.now:
            return AppointmentStatus.ARRIVED
        elif visit_type.mode is BookingMode.REQUEST:
            weights = {AppointmentStatus.REQUESTED: 40, AppointmentStatus.BOOKED: 60}
        else:
            weights = {AppointmentStatus.BOOKED: 70, AppointmentStatus.CONFIRMED: 30}
        return self.rng.choices(list(weights), weights=list(weights.values()))[0]


def _suits(patient: Patient, visit_type: VisitType, day: date, women: frozenset[PatientId]) -> bool:
    age = patient.age_on(day)
    low, high = visit_type.min_age or 0, visit_type.max_age if visit_type.max_age is not None else 130
    if not low <= age <= high:
        return False
    if visit_type.id in _WOMEN_ONLY and patient.id not in women:
        return False
    adults_only = visit_type.max_age is None and visit_type.min_age is None and age < 13
    return not adults_only and (visit_type.id != VisitTypeId("prenatal") or age in _CHILDBEARING)
