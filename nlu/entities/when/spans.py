"""Spans of days and calendar arithmetic on them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from nlu.entities.when.nodes import Portion, Unit

_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 2, 9998
_EARLY_DAYS, _MID_DAYS = 10, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days from `start` up to but not including `end`; None is open. The minutes move an end into its day."""

    start: date | None
    end: date | None
    start_minute: int = 0
    end_minute: int = 0

    def meet(self, other: Days) -> Days | None:
        """The days in both, or None."""
        starts = [day for day in (self.start, other.start) if day]
        ends = [day for day in (self.end, other.end) if day]
        start, end = max(starts, default=None), min(ends, default=None)
        if start and end and start >= end:
            return None
        return Days(start=start, end=end)


def one_day(day: date) -> Days:
    """A single day."""
    return Days(start=day, end=day + _DAY)


def add_units(day: date, count: int, unit: Unit) -> date:
    """A day moved by units; the 31st moved by a month is the last day of a shorter one."""
    match unit:
        case Unit.MINUTE | Unit.HOUR:
            return day
        case Unit.DAY:
            return day + timedelta(days=count)
        case Unit.WEEK:
            return day + timedelta(weeks=count)
        case Unit.MONTH | Unit.YEAR:
            months = day.year * 12 + day.month - 1 + count * (12 if unit is Unit.YEAR else 1)
            year, month = divmod(months, 12)
            year = min(max(year, _FIRST_YEAR), _LAST_YEAR)
            return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def week_portion(monday: date, portion: Portion) -> Days:
    """A week, or its Monday and Tuesday, its Tuesday to Thursday, its Thursday and Friday."""
    first, last = {
        Portion.WHOLE: (0, 7),
        Portion.EARLY: (0, 2),
        Portion.MID: (1, 4),
        Portion.LATE: (3, 5),
    }[portion]
    return Days(start=monday + timedelta(days=first), end=monday + timedelta(days=last))


def month_portion(first: date, portion: Portion) -> Days:
    """A month, or its first ten days, its second ten, the rest."""
    following = add_units(first, 1, Unit.MONTH)
    match portion:
        case Portion.WHOLE:
            return Days(start=first, end=following)
        case Portion.EARLY:
            return Days(start=first, end=first + timedelta(days=_EARLY_DAYS))
        case Portion.MID:
            return Days(start=first + timedelta(days=_EARLY_DAYS), end=first + timedelta(days=_MID_DAYS))
        case Portion.LATE:
            return Days(start=first + timedelta(days=_MID_DAYS), end=following)
