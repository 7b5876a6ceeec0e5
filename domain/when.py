"""Dates and times as patients mean them: half-open windows, exceptions, and readings to choose between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A half-open span [start, end) of aware local times; None is an open end."""

    start: datetime | None
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies inside."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


class WhenStatus(StrEnum):
    """ok: one reading; ask: two or more, or impossible; none: nothing about time was said."""

    OK = "ok"
    ASK = "ask"
    NONE = "none"


class Grain(StrEnum):
    """How finely the patient spoke."""

    MINUTE = "minute"
    HOUR = "hour"
    PART_OF_DAY = "part_of_day"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a text says about time, read against a reference instant, a zone and a language.

    `windows` are where the patient can come, `excluded` where they said they cannot. `readings` are the possible
    meanings when `status` is ask (empty when what was said is impossible). `text` is the span of the message used.
    `date_given` and `time_given` tell what was said, so that nothing unsaid is invented.
    """

    status: WhenStatus
    start: datetime | None = None
    end: datetime | None = None
    grain: Grain | None = None
    windows: tuple[Interval, ...] = ()
    excluded: tuple[Interval, ...] = ()
    readings: tuple[Interval, ...] = ()
    date_given: bool = False
    time_given: bool = False
    text: str = ""

    def admits(self, moment: datetime) -> bool:
        """Whether a moment is inside a window (any moment, if there are none) and outside every exception."""
        wanted = not self.windows or any(window.holds(moment) for window in self.windows)
        return wanted and not any(gap.holds(moment) for gap in self.excluded)


NO_TIME = When(status=WhenStatus.NONE)


def at_same_time(wish: When, moment: datetime) -> When:
    """A wish for a day or a week, at a moment's weekday and clock time; both are local times of one zone."""
    if wish.time_given or wish.start is None or moment.tzinfo is None:
        return wish
    clock = moment.timetz()
    ends = wish.end or wish.start + timedelta(days=1)
    days = [wish.start.date() + timedelta(days=n) for n in range(max((ends.date() - wish.start.date()).days, 1))]
    same = [day for day in days if day.weekday() == moment.weekday()] or days
    starts = [datetime.combine(day, clock) for day in same]
    windows = tuple(Interval(start=start, end=start + timedelta(minutes=1)) for start in starts)
    return replace(wish, windows=windows, start=starts[0], end=windows[-1].end, date_given=True, time_given=True)


def week_later(wish: When) -> When:
    """The same wish seven days on ("the same time next week", said of a visit that is next week itself)."""
    week = timedelta(days=7)
    return replace(
        wish,
        start=wish.start + week if wish.start else None,
        end=wish.end + week if wish.end else None,
        windows=tuple(
            Interval(start=one.start + week if one.start else None, end=one.end + week if one.end else None)
            for one in wish.windows
        ),
    )
