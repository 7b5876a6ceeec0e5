"""A request placed against the reference instant: windows, exceptions, and readings to ask about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.when import Interval, When, WhenStatus
from nlu.entities.when.clauses import Clause, Request
from nlu.entities.when.days import HORIZON, Calendar, matching_days, readings_of
from nlu.entities.when.grains import grain_of_request
from nlu.entities.when.nodes import (
    AnyDay,
    Bounded,
    DateNode,
    EachDay,
    MonthDay,
    NumericDate,
    SpanAhead,
    TimeNode,
    Unit,
    Weekday,
    Which,
    WithinSpan,
)
from nlu.entities.when.parts import DAY, Minutes, is_point, minutes_of
from nlu.entities.when.spans import Days
from nlu.entities.when.zone import local_moment, span

_MOST_DAYS = 62
_DAY = timedelta(days=1)
_REAL_TIME = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The instant, in the patient's zone, that a message is read against."""

    now: datetime
    zone: ZoneInfo
    calendar: Calendar

    @property
    def today(self) -> date:
        """The patient's day."""
        return self.calendar.today


def place_at(reference: datetime, zone: ZoneInfo, *, month_first: bool) -> Place:
    """The place of an aware instant in a zone."""
    now = reference.astimezone(zone).replace(second=0, microsecond=0)
    return Place(now=now, zone=zone, calendar=Calendar(today=now.date(), month_first=month_first))


def resolve(request: Request, place: Place, text: str) -> When:
    """Windows and exceptions for a request that is not empty; `text` is the part of the message it came from."""
    per_date = [readings for clause in request.wanted for readings in _clause_readings(clause, place)]
    status, windows, readings = _settled(per_date)
    is_open = request.doubtful or (request.unjoined and len(windows) > 1)
    if is_open and status is WhenStatus.OK and windows:
        status, windows, readings = WhenStatus.ASK, (), windows
    excluded: tuple[Interval, ...] = ()
    if status is WhenStatus.OK:
        excluded = _excluded(request, windows, place)
        said_windows = bool(windows)
        windows = tuple(window for window in windows if not _is_covered(window, excluded))
        if said_windows and not windows:
            status = WhenStatus.ASK
        if not windows and status is WhenStatus.OK and (request.any_time or request.as_soon_as_possible):
            windows = (Interval(start=place.now, end=None),)
        if not windows and not excluded:  # all that was said is that an impossible date will not do
            status = WhenStatus.ASK
    first = windows[0] if windows else None
    clauses = (*request.wanted, *request.refused)
    return When(
        status=status,
        start=first.start if first else None,
        end=first.end if first else None,
        grain=grain_of_request(request),
        windows=windows,
        excluded=excluded,
        readings=readings,
        date_given=any(clause.dates for clause in clauses),
        time_given=any(clause.times or any(map(_has_clock, clause.dates)) for clause in clauses),
        text=text,
    )


def _has_clock(node: DateNode) -> bool:
    match node:
        case Bounded(clock=clock):
            return clock is not None
        case SpanAhead(unit=unit) | WithinSpan(unit=unit):
            return unit in _REAL_TIME
        case _:
            return False


Readings = list[tuple[Interval, ...]]


def _settled(per_date: list[Readings]) -> tuple[WhenStatus, tuple[Interval, ...], tuple[Interval, ...]]:
    """Status, windows and readings: impossible when a date has no reading left, to be asked when it has several."""
    ahead = [list(dict.fromkeys(reading for reading in readings if reading)) for readings in per_date]
    if any(not readings for readings in ahead):
        return WhenStatus.ASK, (), ()
    intervals = _distinct(interval for readings in ahead for reading in readings for interval in reading)
    if any(len(readings) > 1 for readings in ahead):
        return WhenStatus.ASK, (), intervals
    return WhenStatus.OK, tuple(sorted(intervals, key=_by_start)), ()


def _still_ahead(readings: Readings, place: Place) -> Readings:
    """Readings that are over are dropped when another is not."""
    ahead = [reading for reading in readings if any(not _is_over(interval, place) for interval in reading)]
    return ahead or readings


def _is_over(interval: Interval, place: Place) -> bool:
    return interval.end is not None and interval.end <= place.now


def _by_start(interval: Interval) -> datetime:
    return interval.start.astimezone(UTC) if interval.start else datetime.min.replace(tzinfo=UTC)


def _distinct(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    return tuple(dict.fromkeys(intervals))


def _clause_readings(clause: Clause, place: Place) -> Iterator[Readings]:
    """For each date of a clause (or none) the intervals of each of its readings."""
    minutes = [minutes_of(time) for time in clause.times]
    covered = [each for each in minutes if each is not None]
    if len(covered) < len(minutes):
        yield []
        return
    if not clause.dates:
        yield [tuple(_next_time(time, each, place) for time, each in zip(clause.times, covered, strict=True))]
    for node in _dates_in_list(clause.dates):
        exact = _real_time(node, place)
        if exact is not None:
            yield [(exact,)]
        else:
            found = [tuple(_intervals(reading, covered, place)) for reading in readings_of(node, place.calendar)]
            # A numeric date keeps its past reading: which number is the month is not for the calendar to settle.
            yield found if isinstance(node, NumericDate) else _still_ahead(found, place)


def _dates_in_list(dates: tuple[DateNode, ...]) -> tuple[DateNode, ...]:
    """In a list of days today's name means a week on: "wed or thurs", said on a Thursday, names the next ones."""
    if len(dates) == 1:
        return dates
    return tuple(
        replace(node, which=Which.COMING) if isinstance(node, Weekday) and node.which is Which.BARE else node
        for node in dates
    )


def _next_time(time: TimeNode, minutes: Minutes, place: Place) -> Interval:
    """A time of day without a date: today while it lies ahead, else tomorrow."""
    today = _day_interval(place.today, minutes, place)
    if today is not None:
        passed = today.start is not None and today.start <= place.now if is_point(time) else _is_over(today, place)
        if not passed:
            return today
    return _day_interval(place.today + _DAY, minutes, place) or Interval(start=place.now, end=None)


def _real_time(node: DateNode, place: Place) -> Interval | None:
    """Spans counted from this very instant ("in 3 hours") are real time, not a reading of clocks."""
    match node:
        case SpanAhead(count=count, unit=unit) if unit in _REAL_TIME:
            start = _later(place, _REAL_TIME[unit] * count)
            return Interval(start=start, end=_later(place, _REAL_TIME[unit] * count + timedelta(minutes=1)))
        case WithinSpan(count=count, unit=unit) if unit in _REAL_TIME:
            return Interval(start=place.now, end=_later(place, _REAL_TIME[unit] * count))
        case _:
            return None


def _later(place: Place, by: timedelta) -> datetime:
    return (place.now.astimezone(UTC) + by).astimezone(place.zone)


def _intervals(reading: tuple[Days, ...], minutes: list[Minutes], place: Place) -> Iterator[Interval]:
    for days in reading:
        if minutes:
            for day in _each_day(days, place.today):
                for each in minutes:
                    if made := _day_interval(day, each, place):
                        yield made
        else:
            start = local_moment(days.start, days.start_minute, place.zone) if days.start else None
            end = local_moment(days.end, days.end_minute, place.zone) if days.end else None
            if made := span(start, end):
                yield made


def _each_day(days: Days, today: date) -> Iterator[date]:
    """The days of a span one by one; past ones are left out of longer spans, and open ends reach the horizon."""
    start = days.start or today
    is_single = days.end is not None and days.end - start <= _DAY
    if not is_single and (days.end is None or days.end > today):
        start = max(start, today)
    end = days.end or start + HORIZON
    end = min(end + (_DAY if days.end_minute else timedelta()), start + _MOST_DAYS * _DAY)
    while start < end:
        yield start
        start += _DAY


def _day_interval(day: date, minutes: Minutes, place: Place) -> Interval | None:
    return span(local_moment(day, minutes.start, place.zone), local_moment(day, minutes.end, place.zone))


def _excluded(request: Request, windows: tuple[Interval, ...], place: Place) -> tuple[Interval, ...]:
    """What was ruled out, on the days that are in question."""
    context = _context(windows, place)
    everywhere = bool(request.wanted or request.any_time)
    whole_day = [Minutes(start=0, end=DAY)]
    found: list[Interval] = []
    for clause in request.refused:
        minutes = [each for time in clause.times if (each := minutes_of(time))]
        if not clause.dates:
            found += _intervals((context,), minutes or whole_day, place)
        for node in clause.dates:
            for reading in _refused_readings(node, context, place, everywhere=everywhere):
                found += _intervals(reading, minutes, place)
    return tuple(sorted(_distinct(found), key=_by_start))


def _context(windows: tuple[Interval, ...], place: Place) -> Days:
    starts = [window.start.date() for window in windows if window.start]
    ends = [window.end for window in windows if window.end]
    if windows and len(starts) == len(windows) == len(ends):
        last = max(ends, key=lambda end: end.astimezone(UTC))
        return Days(start=min(starts), end=(last - timedelta(minutes=1)).date() + _DAY)
    start = max(min(starts, default=place.today), place.today)
    return Days(start=start, end=start + HORIZON)


def _refused_readings(node: DateNode, context: Days, place: Place, *, everywhere: bool) -> Iterator[tuple[Days, ...]]:
    """A refused weekday is every such day among those asked for; alone, it is the coming one."""
    match node:
        case Weekday(which=Which.THIS):
            yield from readings_of(replace(node, which=Which.VERY), place.calendar)
        case Weekday(day=day, which=Which.BARE) if everywhere and context.start and context.end:
            inside = matching_days((day,), context.start, context.end)
            is_all = len(inside) == 1 and inside[0] == context
            yield from (inside,) if inside and not is_all else readings_of(node, place.calendar)
        case MonthDay(month=None) if everywhere and context.start:
            yield from readings_of(node, replace(place.calendar, today=context.start))
        case EachDay(days=days) if context.start and context.end:
            yield matching_days(days, context.start, context.end)
        case AnyDay():
            yield (context,)
        case _:
            yield from readings_of(node, place.calendar)


def _is_covered(window: Interval, excluded: tuple[Interval, ...]) -> bool:
    if window.start is None or window.end is None:
        return False
    for gap in excluded:
        starts = gap.start is None or gap.start <= window.start
        if starts and (gap.end is None or window.end <= gap.end):
            return True
    return False
