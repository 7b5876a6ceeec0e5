"""Working time: is it open, when does it open next, when does a span of open hours end.

Wall-clock hours become instants here and nowhere else, so that days with a clock change come out right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.clinic import Clinic, Holiday, OpeningHours, Queue, TimeRange
from domain.clinic_hours import overlap
from domain.errors import WellspokenError
from domain.when import When

HORIZON_DAYS = 400
"""How far ahead an opening is looked for."""


CALLS_AHEAD = timedelta(days=31)
"""How far ahead a call may be asked for."""


class NeverOpenError(WellspokenError):
    """The hours have no opening in over a year. Remedy: give the queue or site opening hours in clinic.yml."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(f"found no opening within {HORIZON_DAYS} days; expected hours on at least one weekday")


def instant(zone: ZoneInfo, day: date, minute: int, *, fold: int = 0) -> datetime:
    """The UTC instant of a wall-clock time, in minutes after midnight of a date (1440: the next midnight).

    A time that occurs twice is its first occurrence, or its second with fold=1; one that never occurs is moved on.
    """
    wall = datetime.combine(day, time(0)) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def span_of(zone: ZoneInfo, day: date, hours: TimeRange) -> tuple[datetime, datetime]:
    """The UTC instants between which a range of wall-clock hours lies on a date."""
    return instant(zone, day, hours.start_minute), instant(zone, day, hours.end_minute, fold=1)


def open_spans(
    hours: OpeningHours, holidays: Iterable[Holiday], zone: ZoneInfo, from_: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Open spans that end after an instant, in order, as UTC pairs; a holiday's own hours limit the weekday's."""
    special = {holiday.on: holiday.hours for holiday in holidays}
    # A span that began yesterday may still be open where the clock was set back over midnight.
    first = from_.astimezone(zone).date() - timedelta(days=1)
    for offset in range(HORIZON_DAYS):
        day = first + timedelta(days=offset)
        ranges = overlap(hours.on(day), special[day]) if day in special else hours.on(day)
        for entry in ranges:
            start, end = span_of(zone, day, entry)
            if start < end and end > from_:
                yield start, end


def is_open(hours: OpeningHours, holidays: Iterable[Holiday], zone: ZoneInfo, at: datetime) -> bool:
    """Whether an instant lies in open hours."""
    coming = next(open_spans(hours, holidays, zone, at), None)
    return coming is not None and coming[0] <= at


def next_opening(hours: OpeningHours, holidays: Iterable[Holiday], zone: ZoneInfo, from_: datetime) -> datetime:
    """The first open instant at or after a moment (UTC). Raises NeverOpenError."""
    coming = next(open_spans(hours, holidays, zone, from_), None)
    if coming is None:
        raise NeverOpenError
    return max(coming[0], from_.astimezone(UTC))


def due_at(
    hours: OpeningHours, holidays: Iterable[Holiday], zone: ZoneInfo, from_: datetime, span: timedelta
) -> datetime:
    """The instant by which a span of open time has passed since a moment (UTC); a closing time counts as in time.

    Raises NeverOpenError.
    """
    left, moment = span, from_.astimezone(UTC)
    for start, end in open_spans(hours, holidays, zone, from_):
        begin = max(start, moment)
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise NeverOpenError


def response_due(clinic: Clinic, queue: Queue, now: datetime) -> datetime:
    """When a queue owes its first answer to something that reaches it now (UTC)."""
    return due_at(queue.hours, _holidays_of(clinic, queue), clinic.zone, now, queue.respond_within)


def queue_is_open(clinic: Clinic, queue: Queue, now: datetime) -> bool:
    """Whether someone works a queue now."""
    return is_open(queue.hours, _holidays_of(clinic, queue), clinic.zone, now)


def queue_opens(clinic: Clinic, queue: Queue, now: datetime) -> datetime:
    """When a queue is next worked (UTC; now, if it is open)."""
    return next_opening(queue.hours, _holidays_of(clinic, queue), clinic.zone, now)


def _holidays_of(clinic: Clinic, queue: Queue) -> tuple[Holiday, ...]:
    # A queue serves every site, so a holiday of some sites only does not close it.
    return tuple(entry for entry in clinic.holidays if not entry.site_ids) if queue.keeps_holidays else ()


def call_window(clinic: Clinic, queue: Queue, when: When, now: datetime) -> tuple[datetime, datetime] | None:
    """The first stretch of a day in which a queue is worked and the wish allows a call (UTC); None in the next month.

    A wish for no certain hour takes the rest of its day.
    """
    found: tuple[datetime, datetime] | None = None
    for start, end in open_spans(queue.hours, _holidays_of(clinic, queue), clinic.zone, now):
        if start - now > CALLS_AHEAD or (found and start.astimezone(clinic.zone).date() != _day(found[0], clinic)):
            break
        for window in when.windows:
            first = max(filter(None, (start, now, window.start)))
            last = min(filter(None, (end, window.end)))
            if first < last:
                found = (found[0] if found else first, last)
    return (found[0].astimezone(UTC), found[1].astimezone(UTC)) if found else None


def _day(moment: datetime, clinic: Clinic) -> date:
    return moment.astimezone(clinic.zone).date()
