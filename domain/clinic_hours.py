"""Weekly hours with split shifts, holidays and leave: what is written on the clinic's door and in its rota."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from domain.clinic_text import LocalText
from domain.ids import ProviderId, SiteId

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TimeRange:
    """A half-open span of one day in wall-clock time; closing at 00:00 means the midnight that ends the day."""

    opens: time
    closes: time

    @property
    def start_minute(self) -> int:
        """Minutes from midnight to the opening."""
        return self.opens.hour * 60 + self.opens.minute

    @property
    def end_minute(self) -> int:
        """Minutes from midnight to the closing, 1..1440."""
        return self.closes.hour * 60 + self.closes.minute or MINUTES_A_DAY


def time_range(start_minute: int, end_minute: int) -> TimeRange:
    """A range from minutes after midnight (0 <= start < end <= 1440)."""
    opens, closes = divmod(start_minute, 60), divmod(end_minute % MINUTES_A_DAY, 60)
    return TimeRange(opens=time(*opens), closes=time(*closes))


def overlap(left: Iterable[TimeRange], right: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """The spans both lists of ranges cover, in order."""
    others = tuple(right)
    shared: list[TimeRange] = []
    for one in left:
        for other in others:
            start, end = max(one.start_minute, other.start_minute), min(one.end_minute, other.end_minute)
            if start < end:
                shared.append(time_range(start, end))
    return tuple(sorted(shared))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Open spans for each weekday, Monday first: always seven entries, each in order and without overlaps."""

    days: tuple[tuple[TimeRange, ...], ...]

    def on(self, day: date) -> tuple[TimeRange, ...]:
        """The spans of a date's weekday, holidays not considered; none when closed."""
        return self.days[day.weekday()]


CLOSED = OpeningHours(days=((),) * 7)
ALWAYS_OPEN = OpeningHours(days=((TimeRange(opens=time(0), closes=time(0)),),) * 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A date with other hours than its weekday's: closed when `hours` is empty; at every site when `site_ids` is."""

    on: date
    name: LocalText
    hours: tuple[TimeRange, ...] = ()
    site_ids: tuple[SiteId, ...] = ()

    def touches(self, site_id: SiteId | None) -> bool:
        """Whether it applies at a site (None: the organisation as a whole)."""
        return not self.site_ids or (site_id is not None and site_id in self.site_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A span in which a provider sees nobody (aware UTC, half-open); why is nobody's business here."""

    provider_id: ProviderId
    starts_at: datetime
    ends_at: datetime
