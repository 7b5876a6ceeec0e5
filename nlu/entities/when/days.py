"""Dates placed on a calendar: every meaning of a date is a reading, and two readings mean asking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from nlu.entities.when.nodes import (
    AnyDay,
    Beside,
    Between,
    Both,
    Bounded,
    DateNode,
    DayOffset,
    EachDay,
    Edge,
    Holiday,
    LastDay,
    MonthDay,
    MonthSpan,
    NthWeekday,
    NumericDate,
    Shifted,
    SpanAhead,
    Unit,
    Weekday,
    Weekend,
    WeekOf,
    WeekSpan,
    Which,
    WithinSpan,
    YearSpan,
)
from nlu.entities.when.parts import minutes_of
from nlu.entities.when.spans import Days, add_units, month_portion, one_day, week_portion
from nlu.entities.when.yearly import day_in, holiday_from, nth_weekday

HORIZON = timedelta(days=14)
"""How far "any weekday" and "Mondays" reach when nothing else limits them."""

Reading = tuple[Days, ...]

_FRIDAY, _SATURDAY = 4, 5
_WEEK = timedelta(days=7)
_MONTHS_TO_TRY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What dates are read against: today in the patient's zone, and which number of "5/6" is the month there."""

    today: date
    month_first: bool


def readings_of(node: DateNode, on: Calendar) -> tuple[Reading, ...]:
    """Every meaning of a date, likeliest first; none when there is no such date."""
    match node:
        case DayOffset() | SpanAhead() | WithinSpan() | AnyDay() | EachDay() | YearSpan():
            return (_plain(node, on),)
        case Weekday():
            return tuple((one_day(day),) for day in _weekday(node, on.today))
        case MonthDay() | Holiday() | NthWeekday() | LastDay():
            day = _single_day(node, on.today)
            return ((one_day(day),),) if day else ()
        case NumericDate():
            return _numeric(node, on)
        case WeekSpan() | MonthSpan():
            return ((_week(node, on.today) if isinstance(node, WeekSpan) else _month(node, on.today),),)
        case Weekend():
            return tuple((Days(start=day, end=day + timedelta(days=2)),) for day in _weekend(node, on.today))
        case Shifted() | WeekOf() | Bounded():
            moved = [[_moved(days, node) for days in reading] for reading in readings_of(node.base, on)]
            return tuple(tuple(days for days in reading if days) for reading in moved if any(reading))
        case Beside():
            beside = [_beside(reading[0], node) for reading in readings_of(node.base, on)]
            return tuple((Days(start=day, end=day + timedelta(days=node.days)),) for day in beside if day)
        case Between():
            return _between(node, on)
        case Both():
            return _both(node, on)
        case _:
            assert_never(node)


def _plain(node: DayOffset | SpanAhead | WithinSpan | AnyDay | EachDay | YearSpan, on: Calendar) -> Reading:
    today = on.today
    match node:
        case DayOffset():
            return (one_day(today + timedelta(days=node.days)),)
        case SpanAhead() if node.vague:
            return (Days(start=add_units(today, 2, node.unit), end=add_units(today, 5, node.unit)),)
        case SpanAhead():
            return (one_day(add_units(today, node.count, node.unit)),)
        case WithinSpan():
            return (Days(start=today, end=add_units(today, node.count, node.unit) + timedelta(days=1)),)
        case AnyDay():
            return (Days(start=today, end=None),)
        case EachDay():
            return matching_days(node.days, today, today + HORIZON)
        case YearSpan():
            year = today.year + {Which.NEXT: 1, Which.COMING: 1, Which.AFTER_NEXT: 2, Which.LAST: -1}.get(node.which, 0)
            return (Days(start=date(year, 1, 1), end=date(year + 1, 1, 1)),)
        case _:
            assert_never(node)


def matching_days(weekdays: tuple[int, ...], start: date, end: date) -> Reading:
    """The days of some weekdays in [start, end), neighbours joined."""
    found: list[Days] = []
    day = start
    while day < end:
        if day.weekday() in weekdays:
            if found and found[-1].end == day:
                found[-1] = replace(found[-1], end=day + timedelta(days=1))
            else:
                found.append(one_day(day))
        day += timedelta(days=1)
    return tuple(found)


def _weekday(node: Weekday, today: date) -> tuple[date, ...]:
    ahead = (node.day - today.weekday()) % 7
    coming = today + timedelta(days=ahead or 7)
    of_next_week = today - timedelta(days=today.weekday()) + _WEEK + timedelta(days=node.day)
    match node.which:
        case Which.BARE | Which.THIS:
            return (coming,) if ahead else (today, coming)
        case Which.COMING:
            return (coming,)
        case Which.VERY:
            return (coming,) if ahead else (today,)
        case Which.OTHER:
            return (coming, coming + _WEEK)
        case Which.NEXT:
            return tuple(dict.fromkeys((coming, of_next_week)))
        case Which.AFTER_NEXT:
            return tuple(dict.fromkeys((coming + _WEEK, of_next_week + _WEEK)))
        case Which.LAST:
            return (coming - _WEEK if ahead else today - _WEEK,)


def _single_day(node: MonthDay | Holiday | NthWeekday | LastDay, today: date) -> date | None:
    match node:
        case MonthDay():
            return _month_day(node, today)
        case Holiday():
            return holiday_from(node, today)
        case NthWeekday():
            return _nth_weekday(node, today)
        case LastDay():
            end = _month(node.month, today).end
            last = end - timedelta(days=1) if end else None
            return last - timedelta(days=max(last.weekday() - _FRIDAY, 0)) if last and node.working else last


def _beside(days: Days, node: Beside) -> date | None:
    if days.start is None or days.end is None:
        return None
    if node.before:
        return days.start - timedelta(days=(days.start.weekday() - node.weekday - 1) % 7 + 1)
    return days.end + timedelta(days=(node.weekday - days.end.weekday()) % 7)


def _month_day(node: MonthDay, today: date) -> date | None:
    if node.year is not None and node.month is not None:
        return day_in(node.year, node.month, node.day)
    if node.month is not None:
        is_past = (node.month, node.day) < (today.month, today.day)
        return day_in(today.year + is_past, node.month, node.day)
    for ahead in range(_MONTHS_TO_TRY):
        first = add_units(today.replace(day=1), ahead, Unit.MONTH)
        found = day_in(first.year, first.month, node.day)
        if found and found >= today:
            return found
    return None


def _numeric(node: NumericDate, on: Calendar) -> tuple[Reading, ...]:
    month_first = MonthDay(month=node.first, day=node.second, year=node.year)
    day_first = MonthDay(month=node.second, day=node.first, year=node.year)
    order = (month_first, day_first) if on.month_first else (day_first, month_first)
    found = (_month_day(one, on.today) for one in order)
    return tuple((one_day(day),) for day in dict.fromkeys(found) if day)


def _week(node: WeekSpan, today: date) -> Days:
    monday = today - timedelta(days=today.weekday())
    weeks = {Which.NEXT: 1, Which.COMING: 1, Which.AFTER_NEXT: 2, Which.LAST: -1}.get(node.which, 0)
    found = week_portion(monday + weeks * _WEEK, node.portion)
    over = found.end is not None and found.end <= today
    return week_portion(monday + _WEEK, node.portion) if over and weeks == 0 else found


def _weekend(node: Weekend, today: date) -> tuple[date, ...]:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=_SATURDAY)
    has_begun = today >= saturday
    coming = saturday + _WEEK if has_begun else saturday
    of_next_week = saturday + _WEEK
    match node.which:
        case Which.BARE | Which.THIS | Which.VERY:
            return (saturday,)
        case Which.COMING:
            return (coming,)
        case Which.NEXT | Which.OTHER:
            return tuple(dict.fromkeys((coming, of_next_week)))
        case Which.AFTER_NEXT:
            return tuple(dict.fromkeys((coming + _WEEK, of_next_week + _WEEK)))
        case Which.LAST:
            return (saturday - _WEEK,)


def _month(node: MonthSpan, today: date) -> Days:
    if node.month is None:
        months = {Which.NEXT: 1, Which.COMING: 1, Which.AFTER_NEXT: 2, Which.LAST: -1}.get(node.which, 0)
        first = add_units(today.replace(day=1), months, Unit.MONTH)
    elif node.year is not None:
        first = date(node.year, node.month, 1)
    else:
        past = node.month < today.month or (node.month == today.month and node.which is Which.NEXT)
        year = today.year + past
        if node.which is Which.LAST:
            year = today.year - (node.month >= today.month)
        first = date(year, node.month, 1)
    return month_portion(first, node.portion)


def _nth_weekday(node: NthWeekday, today: date) -> date | None:
    first = _month(node.month, today).start
    found = nth_weekday(node.nth, node.weekday, first) if first else None
    if found is None or found >= today or node.month.year is not None:
        return found
    if node.month.month is not None:
        return nth_weekday(node.nth, node.weekday, date(found.year + 1, node.month.month, 1))
    if node.month.which is Which.BARE:
        return nth_weekday(node.nth, node.weekday, add_units(found.replace(day=1), 1, Unit.MONTH))
    return found


def _moved(days: Days, node: Shifted | WeekOf | Bounded) -> Days | None:
    if days.start is None or days.end is None:
        return None
    match node:
        case Shifted():
            start = add_units(days.start, node.count, node.unit)
            return Days(start=start, end=start + (days.end - days.start))
        case WeekOf():
            monday = days.start - timedelta(days=days.start.weekday())
            return Days(start=monday, end=monday + _WEEK)
        case Bounded(clock=None):
            match node.edge:
                case Edge.AFTER:
                    return Days(start=days.end, end=None)
                case Edge.FROM:
                    return Days(start=days.start, end=None)
                case Edge.BEFORE:
                    return Days(start=None, end=days.start)
                case Edge.UNTIL:
                    return Days(start=None, end=days.end)
        case Bounded(clock=clock):
            minutes = minutes_of(clock) if clock else None
            if minutes is None:
                return None
            if node.edge in {Edge.AFTER, Edge.FROM}:
                return Days(start=days.start, start_minute=minutes.start, end=None)
            return Days(start=None, end=days.start, end_minute=minutes.start)


def _between(node: Between, on: Calendar) -> tuple[Reading, ...]:
    first, last = node.first, node.last
    if isinstance(first, EachDay) and isinstance(last, EachDay):
        count = (last.days[0] - first.days[0]) % 7 + 1
        return readings_of(EachDay(days=tuple((first.days[0] + step) % 7 for step in range(count))), on)
    found: list[Reading] = []
    for first_days in readings_of(first, on):
        start = first_days[0].start
        if start is None:
            continue
        follows = isinstance(last, (Weekday, MonthDay, NumericDate, MonthSpan, Holiday))
        seen_from = replace(on, today=start) if follows else on
        ends = [reading[-1].end for reading in readings_of(last, seen_from)]
        later = [end for end in ends if end is not None and end - timedelta(days=1) > start]
        found.extend((Days(start=start, end=end),) for end in later[:1])
    return tuple(found)


def _both(node: Both, on: Calendar) -> tuple[Reading, ...]:
    left, right = node.left, node.right
    match left, right:
        case (Between(first=Weekday() as first, last=Weekday() as last), WeekSpan() as week):
            return _between(Between(first=Both(left=first, right=week), last=Both(left=last, right=week)), on)
        case (AnyDay(), other) | (other, AnyDay()):
            return readings_of(other, on)
        case (MonthDay(month=None) as day, MonthSpan() as month) | (MonthSpan() as month, MonthDay(month=None) as day):
            begins = _month(month, on.today).start or on.today
            return readings_of(MonthDay(day=day.day, month=begins.month, year=begins.year), on)
        case (Weekday() | EachDay() as named, SpanAhead() as ahead) | (
            SpanAhead() as ahead,
            Weekday() | EachDay() as named,
        ):
            return _both(Both(left=named, right=WeekOf(base=ahead)), on)
        case (Weekday() | EachDay() as named, other) | (other, Weekday() | EachDay() as named):
            return _weekday_within(named, other, on)
        case _:
            return _shared(readings_of(left, on), readings_of(right, on))


def _weekday_within(named: Weekday | EachDay, other: DateNode, on: Calendar) -> tuple[Reading, ...]:
    """A weekday beside another date: the days of that name in it; where there is none, both stand to be asked about."""
    weekdays = (named.day,) if isinstance(named, Weekday) else named.days
    candidates = readings_of(other, on)
    fitting = []
    for reading in candidates:
        inside: list[Days] = []
        for days in reading:
            start = days.start or on.today
            if days.end is None or days.end - start > timedelta(days=1):
                start = max(start, on.today) if days.end is None or days.end > on.today else start
            inside.extend(matching_days(weekdays, start, days.end or start + HORIZON))
        if inside:
            fitting.append(tuple(inside))
    if fitting or not candidates:
        return tuple(fitting)
    return (*candidates, *readings_of(named, on))


def _shared(left: tuple[Reading, ...], right: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """What two dates have in common, reading by reading; when they have nothing, both stand to be asked about."""
    if not left or not right:
        return ()
    shared = []
    for one in left:
        for other in right:
            meet = tuple(both for a in one for b in other if (both := a.meet(b)))
            if meet:
                shared.append(meet)
    return tuple(shared) or (*left, *right)
