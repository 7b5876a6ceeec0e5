"""A provider's free starts on a day: working time, less leave, less what is taken, on the visit type's grid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.appointment import TimeSlot
from domain.clinic import Clinic, Provider, TimeRange, VisitType
from domain.clinic_hours import overlap
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.scheduling_hours import instant, span_of
from domain.scheduling_types import Diary

GRANULE = timedelta(minutes=5)
"""Starts and durations are multiples of this; a booked time is stored as cells of this length."""

_GRIDS = (60, 30, 20, 15, 10, 5)
Span = tuple[datetime, datetime]


def cells(slot: TimeSlot, *, buffer: timedelta = timedelta(0)) -> tuple[datetime, ...]:
    """The UTC starts of every GRANULE a slot (and the buffer after it) touches: with the provider, its unique key."""
    start = slot.starts_at.astimezone(UTC)
    first = start - timedelta(minutes=start.minute % 5, seconds=start.second, microseconds=start.microsecond)
    end = slot.ends_at.astimezone(UTC) + buffer
    return tuple(first + GRANULE * index for index in range(-((first - end) // GRANULE)))


def grid_step(visit_type: VisitType) -> int:
    """Minutes between possible starts: the longest even division of an hour that the visit and its buffer fill."""
    minutes = int((visit_type.duration + visit_type.buffer).total_seconds()) // 60
    return next((step for step in _GRIDS if minutes % step == 0), 5)


def grid(zone: ZoneInfo, day: date, hours: TimeRange, visit_type: VisitType) -> Iterator[datetime]:
    """UTC starts within wall-clock hours on a date such that the visit ends in time.

    The grid is counted from the opening, rounded up to a multiple of five minutes; times that never occur are left out.
    """
    opens, closes = span_of(zone, day, hours)
    first = -(-hours.start_minute // 5) * 5
    shift = timedelta(minutes=first - hours.start_minute)
    # Where wall time and elapsed time agree, counting on from the opening is the same and spares the conversions.
    even = closes - opens == timedelta(minutes=hours.end_minute - hours.start_minute)
    for minute in range(first, hours.end_minute, grid_step(visit_type)):
        start = opens + shift + timedelta(minutes=minute - first) if even else instant(zone, day, minute)
        if not even and _minute_of(start, zone) != minute:
            continue
        if opens <= start and start + visit_type.duration <= closes:
            yield start


def _minute_of(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def working(clinic: Clinic, provider: Provider, site_id: SiteId, day: date) -> tuple[TimeRange, ...]:
    """When a provider works at a site on a date: their hours within the site's, holidays considered."""
    own = provider.hours_at(site_id).on(day)
    return overlap(own, clinic.hours_on(site_id, day)) if own else ()


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of time in order, none overlapping another; answers whether a span is clear of all of them."""

    starts: tuple[datetime, ...]
    ends: tuple[datetime, ...]

    def clear(self, start: datetime, end: datetime) -> bool:
        """Whether [start, end) touches none of them."""
        before = bisect_right(self.starts, start) - 1
        if before >= 0 and self.ends[before] > start:
            return False
        return before + 1 >= len(self.starts) or self.starts[before + 1] >= end

    def covering(self, moment: datetime) -> datetime | None:
        """The end of the span a moment lies in, if any."""
        before = bisect_right(self.starts, moment) - 1
        return self.ends[before] if before >= 0 and self.ends[before] > moment else None

    def minutes_within(self, start: datetime, end: datetime) -> int:
        """How many minutes of [start, end) they cover."""
        low = max(bisect_right(self.starts, start) - 1, 0)
        covered = timedelta(0)
        for left, right in zip(self.starts[low:], self.ends[low:], strict=True):
            if left >= end:
                break
            covered += max(timedelta(0), min(right, end) - max(left, start))
        return int(covered.total_seconds()) // 60


def _merged(spans: Iterable[Span]) -> Spans:
    starts: list[datetime] = []
    ends: list[datetime] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return Spans(tuple(starts), tuple(ends))


@dataclass(frozen=True, slots=True)
class Agenda:
    """One provider's taken time, leave, and how many visits of each type they have on each local date."""

    taken: Spans
    leave: Spans
    visits: dict[tuple[VisitTypeId, date], int]


def agendas(clinic: Clinic, diary: Diary, providers: Sequence[Provider]) -> dict[ProviderId, Agenda]:
    """The agendas of some providers, from what is booked, busy and on leave."""
    taken: dict[ProviderId, list[Span]] = {provider.id: [] for provider in providers}
    away: dict[ProviderId, list[Span]] = {
        provider.id: [(entry.starts_at, entry.ends_at) for entry in provider.leave] for provider in providers
    }
    buffers = {kind.id: kind.buffer for kind in clinic.visit_types}
    visits: dict[ProviderId, dict[tuple[VisitTypeId, date], int]] = {provider.id: {} for provider in providers}
    for slot in diary.booked:
        if slot.provider_id in taken:
            # A visit outlives its kind: one the clinic no longer offers still takes its time.
            buffer = buffers.get(slot.visit_type_id, timedelta(0))
            taken[slot.provider_id].append((slot.starts_at, slot.ends_at + buffer))
            key = (slot.visit_type_id, slot.starts_at.astimezone(clinic.zone).date())
            counts = visits[slot.provider_id]
            counts[key] = counts.get(key, 0) + 1
    for span in diary.busy:
        if span.provider_id in taken:
            taken[span.provider_id].append((span.starts_at, span.ends_at))
    for leave in diary.leave:
        if leave.provider_id in away:
            away[leave.provider_id].append((leave.starts_at, leave.ends_at))
    return {key: Agenda(taken=_merged(taken[key]), leave=_merged(away[key]), visits=visits[key]) for key in taken}


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One provider's day for one visit type; starts are (instant, site), in order of time."""

    worked: tuple[tuple[datetime, SiteId], ...]
    present: tuple[tuple[datetime, SiteId], ...]
    """Those of `worked` that no leave touches."""
    free: tuple[tuple[datetime, SiteId], ...]
    """Those of `present` that may be sold today: nothing taken, cap not reached, reserve kept."""


def day_of(clinic: Clinic, provider: Provider, agenda: Agenda, visit_type: VisitType, day: date, *, today: date) -> Day:
    """What a provider's date holds for a visit type, at all their sites, whatever the patient wished."""
    worked = sorted(
        (start, site_id)
        for site_id in provider.site_ids
        for hours in working(clinic, provider, site_id, day)
        for start in grid(clinic.zone, day, hours, visit_type)
    )
    present = [(start, site_id) for start, site_id in worked if agenda.leave.clear(start, start + visit_type.duration)]
    occupied = visit_type.duration + visit_type.buffer
    free = [(start, site_id) for start, site_id in present if agenda.taken.clear(start, start + occupied)]
    if visit_type.daily_cap is not None and agenda.visits.get((visit_type.id, day), 0) >= visit_type.daily_cap:
        free = []
    if free and day > today:
        free = _beyond_reserve(free, present, visit_type)
    return Day(worked=tuple(worked), present=tuple(present), free=tuple(free))


def _beyond_reserve(
    free: list[tuple[datetime, SiteId]], present: list[tuple[datetime, SiteId]], visit_type: VisitType
) -> list[tuple[datetime, SiteId]]:
    reserve, occupied = visit_type.reserve, visit_type.duration + visit_type.buffer
    if not (reserve.count or reserve.percent):
        return free
    kept = reserve.places(_places((start for start, _ in present), occupied))
    starts = [start for start, _ in free]
    return [
        (start, site_id)
        for start, site_id in free
        if _places((other for other in starts if abs(other - start) >= occupied), occupied) >= kept
    ]


def _places(starts: Iterable[datetime], occupied: timedelta) -> int:
    """How many visits fit, one after another, on these starts (earliest first is as many as any order can place)."""
    count, until = 0, None
    for start in starts:
        if until is None or start >= until:
            count, until = count + 1, start + occupied
    return count
