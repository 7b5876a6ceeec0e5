"""Builders of single days: of a month, by number, by name, and by what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from nlu.entities.when.atoms import Kind
from nlu.entities.when.build_dates import Built, date_of, which_of
from nlu.entities.when.joining import is_single_day, joined_dates
from nlu.entities.when.nodes import (
    Beside,
    Between,
    Both,
    DateNode,
    DayOffset,
    Gone,
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
    WeekSpan,
    Which,
)
from nlu.entities.when.rules import Builder, Captured

_NUMBERS = re.compile(r"\d+")
_CENTURY = 2000
_SATURDAY, _LAST_EVENING_HOUR = 5, 18
_OF_HOURS, _OF_DAYS = "la", "del"
"""Spanish articles: "la una" is an hour, "del 10 al 12" are days."""


def _full_date(captured: Captured) -> Built:
    numbers = [int(found) for found in _NUMBERS.findall(captured["f"].name)]
    first, second, third = numbers
    if first > 31:
        return (MonthDay(day=third, month=second, year=first),)
    return (NumericDate(first=first, second=second, year=third if third > 99 else _CENTURY + third),)


def _slash(captured: Captured) -> Built:
    first, second = (int(found) for found in _NUMBERS.findall(captured["s"].name))
    return (NumericDate(first=first, second=second),)


def _month_day(captured: Captured) -> Built:
    year = captured["y"].number if "y" in captured else None
    return (MonthDay(day=captured["d"].number, month=captured["m"].number, year=year),)


def _month_day_apart(captured: Captured) -> Built:
    """A day with "am" or "pm" behind it: written together, as in "december 3pm", the number is an hour."""
    return None if captured["d"].end == captured["mer"].start else _month_day(captured)


def _month_days(captured: Captured) -> Built:
    month = captured["m"].number
    return tuple(MonthDay(day=captured[name].number, month=month) for name in ("a", "b"))


def _month_range(captured: Captured) -> Built:
    month = captured["m"].number
    first, last = (MonthDay(day=captured[name].number, month=month) for name in ("a", "b"))
    return (Between(first=first, last=last),)


def _day_of_month(captured: Captured) -> Built:
    if "the" in captured and captured["the"].name == _OF_HOURS:
        return None
    day = captured["d"].number
    return (MonthDay(day=day),) if day > 0 else None


def _day_of_month_late(captured: Captured) -> Built:
    """Ordinals in words: "the second" is more often a choice than a date, so the first two are left alone."""
    day = captured["d"].number
    return (MonthDay(day=day),) if day > 2 else None


def _day_and_month(captured: Captured) -> Built:
    """A message of two numbers, "11-24", of which one is no hour of a clinic's day."""
    first, second = captured["a"].number, captured["b"].number
    return (NumericDate(first=first, second=second),) if max(first, second) > _LAST_EVENING_HOUR else None


def _days_of_month(captured: Captured) -> Built:
    if captured["of"].name != _OF_DAYS:
        return None
    first = MonthDay(day=captured["a"].number)
    return (Between(first=first, last=MonthDay(day=captured["b"].number)),) if "b" in captured else (first,)


def _weekdays_ahead(captured: Captured) -> Built:
    count, named = captured["n"].number, Weekday(day=captured["w"].number, which=Which.COMING)
    return (Shifted(base=named, count=count - 1, unit=Unit.WEEK),) if count else None


def _other_span(captured: Captured) -> Built:
    """The week called the other one is the next; of the other weekend there are two."""
    return (WeekSpan(which=Which.NEXT) if captured["u"].kind is Kind.WEEK_U else Weekend(which=Which.OTHER),)


def _day_of_month_spoken(captured: Captured) -> Built:
    """Ordinals in words from the thirteenth on, "the twenty first", name days more than anything else."""
    day = captured["d"].number
    return (MonthDay(day=day),) if day > 12 else None


def _weekday_number(captured: Captured) -> Built:
    """A number after a weekday that no clock shows in daily speech is the day of the month."""
    day = captured["d"].number
    return (Weekday(day=captured["w"].number), MonthDay(day=day)) if 12 < day <= 31 else None


def _weekday_day(captured: Captured) -> Built:
    day = captured["d"].number
    return (Weekday(day=captured["w"].number), MonthDay(day=day)) if 0 < day <= 31 else None


def _within_month(captured: Captured) -> MonthSpan:
    if "m" in captured:
        year = captured["y"].number if "y" in captured else None
        return MonthSpan(month=captured["m"].number, year=year)
    return MonthSpan(which=which_of(captured))


def _nth_weekday(captured: Captured) -> Built:
    nth = -1 if captured["n"].kind is Kind.LAST else captured["n"].number
    return (NthWeekday(nth=nth, weekday=captured["w"].number, month=_within_month(captured)),)


def _last_day(captured: Captured) -> Built:
    return (
        LastDay(month=_within_month(captured), working="unit" in captured and captured["unit"].kind is Kind.WORKDAY),
    )


def _beside(captured: Captured, *, before: bool) -> Built:
    named = captured["w"].node
    if isinstance(named, Weekend) and named.which is Which.BARE:
        return (Beside(weekday=_SATURDAY, base=date_of(captured["d"]), before=before, days=2),)
    if not isinstance(named, Weekday) or named.which is not Which.BARE:
        return None
    return (Beside(weekday=named.day, base=date_of(captured["d"]), before=before),)


def _weekday_before(captured: Captured) -> Built:
    return _beside(captured, before=True)


def _weekday_after(captured: Captured) -> Built:
    return _beside(captured, before=False)


def _named_again(captured: Captured) -> Built:
    """A day and, as its other name, the same day: "the 21st, which is Thursday"."""
    first, second = date_of(captured["a"]), date_of(captured["b"])
    if is_single_day(first) and is_single_day(second):
        joined: DateNode | None = Both(left=first, right=second)
    else:
        joined = joined_dates(first, second, apart=False)
    if joined is None:
        return None
    time = captured["t"].node if "t" in captured else None
    return (joined, time) if time else (joined,)


def _happened(captured: Captured) -> Built:
    """A day on which something was done is no wish; one that says itself that it is past stays."""
    node = date_of(captured["d"])
    if isinstance(node, (DayOffset, SpanAhead)) or getattr(node, "which", Which.BARE) is Which.LAST:
        return None
    return (Gone(),)


def _other_weekday(captured: Captured) -> Built:
    return (Weekday(day=captured["w"].number, which=Which.OTHER),)


DAY_BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "full_date": _full_date,
        "slash": _slash,
        "month_day": _month_day,
        "month_day_apart": _month_day_apart,
        "month_days": _month_days,
        "month_range": _month_range,
        "day_of_month": _day_of_month,
        "days_of_month": _days_of_month,
        "day_and_month": _day_and_month,
        "weekdays_ahead": _weekdays_ahead,
        "other_span": _other_span,
        "day_of_month_late": _day_of_month_late,
        "day_of_month_spoken": _day_of_month_spoken,
        "weekday_number": _weekday_number,
        "weekday_day": _weekday_day,
        "nth_weekday": _nth_weekday,
        "last_day": _last_day,
        "weekday_before": _weekday_before,
        "weekday_after": _weekday_after,
        "named_again": _named_again,
        "happened": _happened,
        "other_weekday": _other_weekday,
    }
)
