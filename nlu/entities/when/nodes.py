"""What a phrase about time means before it is placed on a calendar: no language, no reference instant, no zone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Which(StrEnum):
    """Which of the weeks, weekends or weekdays of a name is meant."""

    BARE = "bare"
    THIS = "this"
    COMING = "coming"
    NEXT = "next"
    AFTER_NEXT = "after_next"
    VERY = "very"
    OTHER = "other"
    LAST = "last"


class Unit(StrEnum):
    """Units people count time in."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Portion(StrEnum):
    """A part of a week or month."""

    WHOLE = "whole"
    EARLY = "early"
    MID = "mid"
    LATE = "late"


class Edge(StrEnum):
    """How a bound limits: after and before leave the named time out, from and until keep it in."""

    AFTER = "after"
    FROM = "from"
    BEFORE = "before"
    UNTIL = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOffset:
    """Today (0), tomorrow (1), yesterday (-1) and so on."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanAhead:
    """A count of units from now: "in two weeks". A vague count ("a few") covers several."""

    count: int
    unit: Unit
    vague: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinSpan:
    """Any time from now until a count of units has passed: "within two weeks"."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekday:
    """A named day, 0 for Monday."""

    day: int
    which: Which = Which.BARE


@dataclass(frozen=True, slots=True, kw_only=True)
class EachDay:
    """Every one of some weekdays: "Mondays", "any weekday"."""

    days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyDay:
    """No preference about the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """A day of a month; the month or year may be left to be found."""

    day: int
    month: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericDate:
    """Two numbers that are a day and a month in one order or the other."""

    first: int
    second: int
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSpan:
    """A calendar week, Monday to Sunday, or a part of it."""

    which: Which
    portion: Portion = Portion.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekend:
    """Saturday and Sunday."""

    which: Which = Which.BARE


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSpan:
    """A month said by name, or by its place relative to this one, or a part of it."""

    month: int | None = None
    year: int | None = None
    which: Which = Which.BARE
    portion: Portion = Portion.WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class YearSpan:
    """A calendar year relative to this one."""

    which: Which


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """A day fixed by law or custom: a date, the nth weekday of a month (-1 the last), or days from Easter Sunday."""

    month: int = 0
    day: int | None = None
    weekday: int | None = None
    nth: int | None = None
    from_easter: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NthWeekday:
    """The nth named day within a month; -1 is the last."""

    nth: int
    weekday: int
    month: MonthSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """The last day of a month, or its last from Monday to Friday."""

    month: MonthSpan
    working: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The nearest day of a name strictly before or after another date: "the Friday before Christmas".

    `days` is two for a weekend, which begins on its Saturday.
    """

    weekday: int
    base: DateNode
    before: bool
    days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifted:
    """A count of units after (or, negative, before) another date: "a week from Friday"."""

    base: DateNode
    count: int
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOf:
    """The calendar week that holds a date."""

    base: DateNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """Days on one side of a date, to the minute when a clock time came with it."""

    edge: Edge
    base: DateNode
    clock: Clock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """From one date to another, both included."""

    first: DateNode
    last: DateNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """Two ways of naming one date, said together: "Friday the 5th", "Tuesday next week"."""

    left: DateNode
    right: DateNode


DateNode = (
    DayOffset
    | SpanAhead
    | WithinSpan
    | Weekday
    | EachDay
    | AnyDay
    | MonthDay
    | NumericDate
    | WeekSpan
    | Weekend
    | MonthSpan
    | YearSpan
    | Holiday
    | NthWeekday
    | LastDay
    | Beside
    | Shifted
    | WeekOf
    | Bounded
    | Between
    | Both
)


class Meridiem(StrEnum):
    """Before or after noon."""

    AM = "am"
    PM = "pm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day as said. `loose` hours take the half of the day a clinic would mean; `exact` ones fix a minute."""

    hour: int
    minute: int = 0
    meridiem: Meridiem | None = None
    loose: bool = False
    exact: bool = True
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One or more names of parts of the day; what they share is meant."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRange:
    """Times of day between two ends; None is the edge of the day. A part of the day narrows it."""

    start: Clock | Part | None
    end: Clock | Part | None
    after: bool = False
    part: str | None = None


TimeNode = Clock | Part | ClockRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Words about time that express no wish: a past duration, a greeting."""


Node = DateNode | TimeNode | Gone
