"""Which two dates said side by side name one date together, and which are alternatives."""

from __future__ import annotations

from dataclasses import replace

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

_WEEKDAYS = (Weekday, EachDay)
_CALENDAR_DAYS = (MonthDay, NumericDate, Holiday)
_SINGLE_DAYS = (MonthDay, NumericDate, Holiday, DayOffset, NthWeekday, LastDay, Beside)
_SPANS = (WeekSpan, Weekend, MonthSpan, YearSpan, WithinSpan, Between, Bounded, WeekOf, SpanAhead)
_NAMED_WEEKS = frozenset({Which.THIS, Which.NEXT, Which.COMING})
_OPENING = frozenset({Edge.AFTER, Edge.FROM})
_PERIODS = (WeekSpan, MonthSpan, YearSpan)


def joined_dates(left: DateNode, right: DateNode, *, apart: bool) -> Both | None:
    """One date for "Friday" "the 5th" or "Tuesday" "next week"; None for "Monday" "Tuesday".

    `apart` says a comma stood between, which lists as often as it joins.
    """
    if isinstance(left, Both):
        joins = _is_flat(left) and not apart and isinstance(right, (*_SPANS, *_WEEKDAYS, *_SINGLE_DAYS))
        joins = joins and any(_joins(part, right) for part in (left.left, left.right))
    elif apart:
        joins = _joins_over_comma(left, right) or _joins_over_comma(right, left)
    else:
        joins = _joins(left, right) or _joins(right, left)
    return Both(left=left, right=right) if joins else None


def is_single_day(node: DateNode) -> bool:
    """Whether a date names one day of the calendar."""
    return isinstance(node, (*_SINGLE_DAYS, Weekday))


def enclosed(left: DateNode, right: DateNode) -> Both | None:
    """Two bounds that face each other enclose a span: "after the 20th but before the 25th"."""
    if isinstance(left, Bounded) and isinstance(right, Bounded):
        faces = (left.edge in _OPENING) != (right.edge in _OPENING)
        return Both(left=left, right=right) if faces else None
    return None


def neighbours(left: DateNode, right: DateNode) -> Between | None:
    """One stretch of two days: "this Saturday and Sunday"."""
    if isinstance(left, Weekday) and isinstance(right, Weekday):
        follows = left.which in _NAMED_WEEKS and right.which is Which.BARE and right.day == left.day + 1
        return Between(first=left, last=right) if follows else None
    return None


def shared_period(date: DateNode, period: DateNode) -> DateNode:
    """A date listed before one that a period follows shares it: "Monday or Tuesday next week"."""
    if isinstance(date, _WEEKDAYS) and isinstance(period, _PERIODS):
        return Both(left=date, right=period)
    return date


def with_period_of(before: DateNode, date: DateNode) -> DateNode:
    """A date listed after one that followed a period shares it: "next week Monday or Tuesday"."""
    if isinstance(before, Both) and isinstance(before.left, _PERIODS) and isinstance(date, _WEEKDAYS):
        return Both(left=before.left, right=date)
    return date


def in_place_of(before: DateNode, date: DateNode) -> DateNode:
    """A date that corrects another stays near it: "next Tuesday, no, Thursday" is the Thursday of that week."""
    if isinstance(date, MonthDay) and date.month is None:
        named = next((part for part in _parts(before) if isinstance(part, MonthDay) and part.month is not None), None)
        return replace(date, month=named.month, year=named.year) if named else date
    if isinstance(date, Weekday) and date.which is Which.BARE:
        if any(isinstance(part, _CALENDAR_DAYS) or _is_ahead(part) for part in _parts(before)):
            return Both(left=date, right=WeekOf(base=before))
        period = next((part for part in _parts(before) if isinstance(part, WeekSpan)), None)
        return Both(left=date, right=period) if period else date
    return date


def refined(before: DateNode, date: DateNode) -> DateNode | None:
    """What two mentions of one date say together, or None when they are two dates: "Mondays ... this Monday"."""
    names = {day for part in (*_parts(before), *_parts(date)) for day in _weekdays_of(part)}
    if len(names) == 1 and all(any(_weekdays_of(part) for part in _parts(node)) for node in (before, date)):
        return before if isinstance(date, (Weekday, EachDay)) and isinstance(before, Both) else date
    return Both(left=before, right=date) if _names_day_of(before, date) else None


def _weekdays_of(node: DateNode) -> tuple[int, ...]:
    match node:
        case Weekday(day=day):
            return (day,)
        case EachDay(days=days):
            return days
        case _:
            return ()


def _names_day_of(period: DateNode, date: DateNode) -> bool:
    match period, date:
        case MonthSpan(), MonthDay(month=None):
            return True
        case WeekSpan(), Weekday(which=Which.BARE):
            return True
        case _:
            return False


def _parts(node: DateNode) -> tuple[DateNode, ...]:
    return (*_parts(node.left), *_parts(node.right)) if isinstance(node, Both) else (node,)


def _is_ahead(node: DateNode) -> bool:
    return isinstance(node, Weekday) and node.which in {Which.NEXT, Which.COMING, Which.AFTER_NEXT}


def _is_flat(both: Both) -> bool:
    return not isinstance(both.left, Both) and not isinstance(both.right, Both)


def _joins(left: DateNode, right: DateNode) -> bool:
    if isinstance(left, AnyDay):
        return not isinstance(right, AnyDay)
    if isinstance(left, _WEEKDAYS):
        return isinstance(right, (*_SPANS, *_SINGLE_DAYS))
    if isinstance(left, DayOffset):
        return isinstance(right, _CALENDAR_DAYS)
    if isinstance(left, Between):
        return isinstance(right, _PERIODS)
    return isinstance(left, _SINGLE_DAYS) and isinstance(right, _PERIODS)


def _joins_over_comma(left: DateNode, right: DateNode) -> bool:
    if isinstance(left, Weekday):
        return isinstance(right, (*_CALENDAR_DAYS, *_PERIODS, Weekend)) or _is_weeks_ahead(right)
    if isinstance(left, AnyDay):
        return isinstance(right, _SPANS)
    if isinstance(left, MonthDay) and left.month is None:
        return isinstance(right, MonthSpan)
    return isinstance(left, (DayOffset, EachDay)) and isinstance(right, (*_CALENDAR_DAYS, WeekSpan, MonthSpan))


def _is_weeks_ahead(node: DateNode) -> bool:
    return isinstance(node, SpanAhead) and node.unit is Unit.WEEK
