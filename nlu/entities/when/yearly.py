"""Days that come round each year or month: holidays, the nth weekday of a month, its last day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from nlu.entities.when.nodes import Holiday

_WEEK = 7


def holiday_from(node: Holiday, today: date) -> date | None:
    """The next such day, today included; None when no year has it."""
    for year in (today.year, today.year + 1):
        found = _holiday_in(node, year)
        if found and found >= today:
            return found
    return None


def nth_weekday(nth: int, weekday: int, first: date) -> date | None:
    """The nth day of a name in the month that begins on `first`, -1 for the last; None when it has no such day."""
    if nth < 0:
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % _WEEK)
    day = first + timedelta(days=(weekday - first.weekday()) % _WEEK + _WEEK * (nth - 1))
    return day if nth >= 1 and day.month == first.month else None


def day_in(year: int, month: int, day: int) -> date | None:
    """A calendar day, or None when there is none such."""
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return date(year, month, day)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the ecclesiastical full moon."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, left = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon_shift + 15) % 30
    quads, odd = divmod(rest, 4)
    to_sunday = (32 + 2 * left + 2 * quads - epact - odd) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _holiday_in(node: Holiday, year: int) -> date | None:
    if node.from_easter is not None:
        return easter(year) + timedelta(days=node.from_easter)
    if node.day is not None:
        return day_in(year, node.month, node.day)
    return nth_weekday(node.nth or 1, node.weekday or 0, date(year, node.month, 1))
