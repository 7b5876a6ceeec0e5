"""Times of day in minutes since midnight: the clinic's parts of the day and what a bare hour means beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from domain.when import Grain
from nlu.entities.when.nodes import Clock, ClockRange, Meridiem, Part, TimeNode

DAY = 24 * 60
_NOON = 12
_HOUR = 60
_LAST_AFTERNOON_HOUR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """A half-open span of minutes of a day, 0..1440."""

    start: int
    end: int


def _span(start: float, end: float) -> Minutes:
    return Minutes(start=round(start * _HOUR), end=round(end * _HOUR))


PARTS: Mapping[str, Minutes] = MappingProxyType(
    {
        "before_lunch": _span(0, 11.5),
        "after_lunch": _span(13.5, 24),
        "dawn": _span(0, 6),
        "early_morning": _span(6, 9),
        "first_thing": _span(7, 9.5),
        "morning": _span(6, 12),
        "mid_morning": _span(9, 11),
        "late_morning": _span(10, 12),
        "midday": _span(11.5, 13.5),
        "early_afternoon": _span(12, 14.5),
        "afternoon": _span(12, 17),
        "mid_afternoon": _span(14, 16),
        "late_afternoon": _span(15, 17.5),
        "after_school": _span(15, 17.5),
        "early_evening": _span(17, 19),
        "evening": _span(17, 21),
        "mid_evening": _span(18, 20),
        "late_evening": _span(19, 21),
        "after_work": _span(17, 21),
    }
)


def merged(left: TimeNode, right: TimeNode) -> TimeNode | None:
    """Two times said side by side as one ("at 3" "in the afternoon"); None when each stands for itself."""
    match left, right:
        case Clock(part=None), Part(names=names):
            return replace(left, part=names[0])
        case Part(names=names), Clock(part=None):
            return replace(right, part=names[0])
        case Part(names=first), Part(names=second):
            both = Part(names=tuple(dict.fromkeys((*first, *second))))
            return both if _part_minutes(both) is not None else None
        case ClockRange(part=None), Part(names=names):
            return replace(left, part=names[0])
        case Part(names=names), ClockRange(part=None):
            return replace(right, part=names[0])
        case ClockRange(end=None), ClockRange(start=None):
            return replace(left, end=right.end)
        case ClockRange(start=None), ClockRange(end=None):
            return replace(left, start=right.start, after=right.after)
        case _:
            return None


def minutes_of(node: TimeNode) -> Minutes | None:
    """The minutes a time of day covers; None when there is no such time (25:00)."""
    match node:
        case Clock():
            start = _clock_minutes(node, node.part)
            return None if start is None else Minutes(start=start, end=start + (1 if node.exact else _HOUR))
        case Part():
            return _part_minutes(node)
        case ClockRange():
            return _range_minutes(node)


def edge_of(part: Part, *, late: bool) -> Clock | None:
    """The moment a part of the day begins or, late, ends."""
    span = _part_minutes(part)
    if span is None:
        return None
    hour, minute = divmod(span.end if late else span.start, _HOUR)
    return Clock(hour=hour, minute=minute, exact=False)


def grain_of(node: TimeNode) -> Grain:
    """How finely a time of day was said."""
    match node:
        case Clock():
            return Grain.MINUTE if node.exact else Grain.HOUR
        case Part():
            return Grain.PART_OF_DAY
        case ClockRange():
            grains = {grain_of(end) for end in (node.start, node.end) if end is not None}
            order = (Grain.MINUTE, Grain.HOUR, Grain.PART_OF_DAY)
            return next(grain for grain in order if grain in grains)


def is_point(node: TimeNode) -> bool:
    """Whether a single moment was named rather than a span."""
    return isinstance(node, Clock)


def _part_minutes(part: Part) -> Minutes | None:
    start = max(PARTS[name].start for name in part.names)
    end = min(PARTS[name].end for name in part.names)
    return Minutes(start=start, end=end) if start < end else None


def _clock_minutes(clock: Clock, part: str | None) -> int | None:
    hour, minute = clock.hour, clock.minute
    if minute >= _HOUR or hour > 2 * _NOON or (hour == 2 * _NOON and minute):
        return None
    match clock.meridiem:
        case Meridiem.AM:
            if hour > _NOON:
                return None
            hour %= _NOON
        case Meridiem.PM:
            if hour == 0:
                return None
            hour = hour if hour >= _NOON else hour + _NOON
        case None if clock.loose:
            hour = _loose_hour(hour, part)
        case None:
            pass
    return hour * _HOUR + minute


def _loose_hour(hour: int, part: str | None) -> int:
    """A bare hour 1..12: beside a part of the day its half, else 7-11 morning, 12 noon, 1-6 afternoon."""
    if part is not None and PARTS[part].start >= _NOON * _HOUR:
        late = PARTS[part].start >= PARTS["evening"].start
        return 2 * _NOON if hour == _NOON and late else hour % _NOON + _NOON
    if part is not None and PARTS[part].end <= _NOON * _HOUR:
        return 0 if hour == _NOON and part == "dawn" else hour
    return hour + _NOON if hour <= _LAST_AFTERNOON_HOUR else hour


def _range_minutes(node: ClockRange) -> Minutes | None:
    limits = PARTS.get(node.part or "", Minutes(start=0, end=DAY))
    start, end = _edge(node.start, node, limits.start), _edge(node.end, node, limits.end)
    if start is None or end is None:
        return None
    if isinstance(node.start, Clock) and isinstance(node.end, Clock):
        start, end = _ordered(node.start, node.end, start, end)
    return Minutes(start=start, end=end) if start < end else None


def _edge(end: Clock | Part | None, node: ClockRange, limit: int) -> int | None:
    match end:
        case None:
            return limit
        case Clock():
            return _clock_minutes(end, node.part)
        case Part():
            return _part_edge(end, node)


def _part_edge(part: Part, node: ClockRange) -> int | None:
    span = _part_minutes(part)
    if span is None:
        return None
    starts = part is node.start
    if node.after:
        return span.end if starts else span.start
    return span.start if starts else span.end


def _ordered(first: Clock, last: Clock, start: int, end: int) -> tuple[int, int]:
    """The ends of "2 to 4pm", "10 to 2": a half of the day said once counts for both where that keeps them in order."""
    half = _NOON * _HOUR
    if first.loose and last.meridiem is not None:
        same = _clock_minutes(replace(first, meridiem=last.meridiem), None)
        other = Meridiem.AM if last.meridiem is Meridiem.PM else Meridiem.PM
        if same is not None and same < end:
            return same, end
        return _clock_minutes(replace(first, meridiem=other), None) or 0, end
    if end <= start and last.loose and end + half <= DAY:
        return start, end + half
    if end <= start and first.loose and start >= half:
        return start - half, end
    return start, end
