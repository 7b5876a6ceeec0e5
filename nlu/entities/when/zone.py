"""Local clock readings as instants: times the clocks skip, and times they show twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.when import Interval
from nlu.entities.when.parts import DAY

_SECOND = timedelta(seconds=1)


def local_moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The aware local time `minute` minutes into a day (1440 is the next midnight).

    A time shown twice is its first showing; a time the clocks skip becomes the first moment after the gap.
    """
    days, rest = divmod(minute, DAY)
    naive = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    moment = naive.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    return _end_of_gap(moment, zone)


def span(start: datetime | None, end: datetime | None) -> Interval | None:
    """The interval between two moments, or None when nothing lies between them (a span inside a gap)."""
    if start is not None and end is not None and start.astimezone(UTC) >= end.astimezone(UTC):
        return None
    return Interval(start=start, end=end)


def _end_of_gap(skipped: datetime, zone: ZoneInfo) -> datetime:
    """Halve the stretch of real time the gap's change falls into until the change is found."""
    naive = skipped.replace(tzinfo=UTC)
    before = naive - (skipped.replace(fold=1).utcoffset() or timedelta())
    after = naive - (skipped.replace(fold=0).utcoffset() or timedelta())
    offset_after = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == offset_after:
            after = middle
        else:
            before = middle
    return after.astimezone(zone)
