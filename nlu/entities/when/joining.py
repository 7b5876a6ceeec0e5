"""Which two dates said side by side name one date together, and which are alternatives."""

from __future__ import annotations

from nlu.entities.when.nodes import (
    AnyDay,
    Between,
    Both,
    Bounded,
    DateNode,
    DayOffset,
    EachDay,
    Edge,
    Holiday,
    MonthDay,
    MonthSpan,
    NthWeekday,
    NumericDate,
    SpanAhead,
    Weekday,
    Weekend,
    WeekOf,
    WeekSpan,
    WithinSpan,
    YearSpan,
)

_WEEKDAYS = (Weekday, EachDay)
_CALENDAR_DAYS = (MonthDay, NumericDate, Holiday)
_SINGLE_DAYS = (MonthDay, NumericDate, Holiday, DayOffset, NthWeekday)
_SPANS = (WeekSpan, Weekend, MonthSpan, YearSpan, WithinSpan, Between, Bounded, WeekOf, SpanAhead)
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


def enclosed(left: DateNode, right: DateNode) -> Both | None:
    """Two bounds that face each other enclose a span: "after the 20th but before the 25th"."""
    if isinstance(left, Bounded) and isinstance(right, Bounded):
        faces = (left.edge in _OPENING) != (right.edge in _OPENING)
        return Both(left=left, right=right) if faces else None
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


def _is_flat(both: Both) -> bool:
    return not isinstance(both.left, Both) and not isinstance(both.right, Both)


def _joins(left: DateNode, right: DateNode) -> bool:
    if isinstance(left, AnyDay):
        return not isinstance(right, AnyDay)
    if isinstance(left, _WEEKDAYS):
        return isinstance(right, (*_SPANS, *_SINGLE_DAYS))
    if isinstance(left, DayOffset):
        return isinstance(right, _CALENDAR_DAYS)
    return isinstance(left, _SINGLE_DAYS) and isinstance(right, _PERIODS)


def _joins_over_comma(left: DateNode, right: DateNode) -> bool:
    if isinstance(left, Weekday):
        return isinstance(right, (*_CALENDAR_DAYS, *_PERIODS))
    return isinstance(left, (DayOffset, EachDay)) and isinstance(right, (*_CALENDAR_DAYS, WeekSpan, MonthSpan))
