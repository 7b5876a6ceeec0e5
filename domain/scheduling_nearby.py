"""What comes nearest to a wish that cannot be met: another time, day, provider or site; only then several at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from domain.appointment import TimeSlot
from domain.clinic import Provider
from domain.ids import SiteId
from domain.scheduling_search import Admits, Search
from domain.scheduling_types import Alternative, Relaxation
from domain.when import Interval

NEARBY_DAYS = 28
"""How far from the wished day another day still counts as near."""
WISHED_DAYS = 7
"""How many of the wished days are searched with another time, provider or site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    days: Sequence[date]
    providers: Sequence[Provider]
    site_ids: Sequence[SiteId]
    admits: Admits
    a_day: int
    """Most times to take of one date."""


def nearest(search: Search, now: datetime, limit: int) -> tuple[Alternative, ...]:
    """At most `limit` times: those that differ from the wish in one thing, in turn; without any, in several things."""
    target = _target(search, now)
    single, several = _scopes(search, target)
    lists = [list(islice(_times(search, scope, target), limit)) for scope in single]
    found = list(islice(_in_turn(lists), limit))
    for scope in several:
        found = found or list(islice(_times(search, scope, target), limit))
    return tuple(Alternative(slot=slot, relaxed=_relaxed(search, slot)) for slot in found)


def _target(search: Search, now: datetime) -> datetime:
    starts = [window.start for window in search.wish.when.windows if window.start is not None]
    return max(min(starts, default=now), now).astimezone(search.clinic.zone)


def _scopes(search: Search, target: datetime) -> tuple[tuple[_Scope, ...], tuple[_Scope, ...]]:
    wish = search.wish
    everyone = tuple(
        provider
        for provider in search.clinic.providers_for(wish.visit_type_id)
        if provider.new_patients or not wish.visitor.is_new
    )
    named = tuple(provider for provider in everyone if not wish.provider_ids or provider.id in wish.provider_ids)
    others = tuple(provider for provider in everyone if provider not in named)
    here, all_sites = search.site_ids(), tuple(site.id for site in search.clinic.sites)
    elsewhere = tuple(site_id for site_id in all_sites if site_id not in here)
    every_wished = tuple(search.wished_days())
    wished = every_wished[:WISHED_DAYS]
    around = tuple(_around(search, target.date()))
    near = tuple(day for day in around if day not in every_wished)[:NEARBY_DAYS]
    spoken = wish.when.admits

    def possible(moment: datetime) -> bool:
        return not any(gap.holds(moment) for gap in wish.when.excluded)

    def same_time(moment: datetime) -> bool:
        return possible(moment) and _time_fits(search, moment)

    single = (
        # Only a modality nobody offers leaves times inside the wish itself to be found here.
        _Scope(days=wished, providers=named, site_ids=here, admits=spoken, a_day=2),
        _Scope(days=wished, providers=named, site_ids=here, admits=possible, a_day=2),
        _Scope(days=near, providers=named, site_ids=here, admits=same_time, a_day=1),
        _Scope(days=wished, providers=others, site_ids=here, admits=spoken, a_day=2),
        _Scope(days=wished, providers=named, site_ids=elsewhere, admits=spoken, a_day=2),
    )
    several = (
        _Scope(days=around, providers=named, site_ids=here, admits=possible, a_day=1),
        _Scope(days=around, providers=everyone, site_ids=all_sites, admits=possible, a_day=1),
    )
    return single, several


def _around(search: Search, day: date) -> Iterator[date]:
    """Every bookable date, nearest to a day first; of two equally near the later."""
    first, last = search.bounds.today, search.bounds.last_day
    middle = min(max(day, first), last)
    yield middle
    for distance in range(1, (last - first).days + 1):
        for near in (middle + timedelta(days=distance), middle - timedelta(days=distance)):
            if first <= near <= last:
                yield near


def _times(search: Search, scope: _Scope, target: datetime) -> Iterator[TimeSlot]:
    """Free times of a scope: its days in order, within a day those nearest to the wished time of day first."""
    if not scope.providers or not scope.site_ids:
        return
    zone, wanted = search.clinic.zone, _minute(target)
    for day in scope.days:
        slots = search.on(day, scope.providers, scope.site_ids, scope.admits)
        if not search.wish.when.time_given:
            yield from slots[: scope.a_day]
            continue
        near = sorted(slots, key=lambda slot: abs(_minute(slot.starts_at.astimezone(zone)) - wanted))
        yield from near[: scope.a_day]


def _in_turn(lists: Sequence[Sequence[TimeSlot]]) -> Iterator[TimeSlot]:
    for index in range(max((len(entry) for entry in lists), default=0)):
        for entry in lists:
            if index < len(entry):
                yield entry[index]


def _relaxed(search: Search, slot: TimeSlot) -> tuple[Relaxation, ...]:
    wish = search.wish
    on = slot.starts_at.astimezone(search.clinic.zone).date()
    another_day = bool(wish.when.windows) and not any(search.touches(window, on) for window in wish.when.windows)
    another_time = not (_time_fits(search, slot.starts_at) if another_day else wish.when.admits(slot.starts_at))
    differs = {
        Relaxation.TIME: another_time,
        Relaxation.DAY: another_day,
        Relaxation.PROVIDER: bool(wish.provider_ids) and slot.provider_id not in wish.provider_ids,
        Relaxation.SITE: wish.site_id is not None and slot.site_id != wish.site_id,
        Relaxation.MODALITY: wish.modality is not None and slot.modality is not wish.modality,
    }
    return tuple(relaxation for relaxation, applies in differs.items() if applies)


def _time_fits(search: Search, moment: datetime) -> bool:
    """Whether a moment's time of day is one the wish names for some day; any is, where it names none."""
    spans = [_day_span(search, window) for window in search.wish.when.windows]
    minute = _minute(moment.astimezone(search.clinic.zone))
    return not spans or any(span is None or span[0] <= minute < span[1] for span in spans)


def _day_span(search: Search, window: Interval) -> tuple[int, int] | None:
    if window.start is None or window.end is None or window.end - window.start >= timedelta(hours=23):
        return None
    zone = search.clinic.zone
    start, end = _minute(window.start.astimezone(zone)), _minute(window.end.astimezone(zone))
    return start, end if end > start else end + 24 * 60


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute
