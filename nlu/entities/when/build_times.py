"""Builders of times of day: from the named atoms of a matched rule to clock times, parts of the day and ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.nodes import Clock, ClockRange, Edge, Gone, Meridiem, Node, Part
from nlu.entities.when.rules import Builder, Captured

Built = tuple[Node, ...] | None

_WITH_PORTIONS = frozenset({"morning", "afternoon", "evening"})
_HALF, _QUARTER, _HOUR = 30, 15, 60
_TEN = 10
_NO_HOURS = range(25, 30)
_MORNING_HOURS = range(7, 12)
_LAST_LOOSE_HOUR, _LAST_HOUR, _FIRST_MORNING_HOUR = 12, 24, 7


def clock_of(atom: Atom, meridiem: Meridiem | None = None, *, minute: int | None = None) -> Clock | None:
    """The clock time an atom stands for, alone; None when it cannot be one. Bare hours are not exact."""
    match atom.kind:
        case Kind.TIME:
            return atom.node if isinstance(atom.node, Clock) else None
        case Kind.CLOCK | Kind.DOTTED | Kind.NUM4:
            hour, own_minute = divmod(atom.number, 100)
            exact = True
        case _:
            hour, own_minute, exact = atom.number, 0, minute is not None or meridiem is not None
            if hour > _LAST_HOUR:
                return None
    loose = meridiem is None and 1 <= hour <= _LAST_LOOSE_HOUR and not atom.name.startswith("0")
    return Clock(
        hour=hour,
        minute=own_minute if minute is None else minute,
        meridiem=meridiem,
        loose=loose,
        exact=exact or hour > _LAST_LOOSE_HOUR,
    )


def _meridiem(captured: Captured) -> Meridiem | None:
    return Meridiem(captured["mer"].name) if "mer" in captured else None


def _clock(captured: Captured) -> Built:
    clock = clock_of(captured["h"], _meridiem(captured))
    return (clock,) if clock else None


def _clock_exact(captured: Captured) -> Built:
    """An hour said to be one; "a las 25 horas" is none, and must be asked about rather than passed over."""
    hour = captured["h"]
    if hour.number in _NO_HOURS and "unit" in captured:
        return (Clock(hour=hour.number),)
    clock = clock_of(hour, _meridiem(captured))
    return (replace(clock, exact=True),) if clock else None


def _clock_about(captured: Captured) -> Built:
    clock = clock_of(captured["h"], _meridiem(captured))
    return (replace(clock, exact=False),) if clock else None


def _with_minute(captured: Captured, minute: int) -> Built:
    clock = clock_of(captured["h"], _meridiem(captured), minute=minute)
    return (clock,) if clock else None


def _before_hour(captured: Captured, minutes: int) -> Built:
    """Minutes to an hour, in the half of the day of the hour named: a quarter to seven is still morning."""
    clock = clock_of(captured["h"], _meridiem(captured), minute=_HOUR - minutes)
    if clock is None or not 0 < clock.hour <= _LAST_HOUR:
        return None
    twelve_hours = clock.loose or clock.meridiem is not None
    hour = clock.hour - 1 or (_LAST_LOOSE_HOUR if twelve_hours else 0)
    meridiem = clock.meridiem
    if clock.hour == _LAST_LOOSE_HOUR and meridiem is not None:
        meridiem = Meridiem.AM if meridiem is Meridiem.PM else Meridiem.PM
    return (replace(clock, hour=hour, meridiem=meridiem, loose=clock.loose and clock.hour != _FIRST_MORNING_HOUR),)


def _clock_half(captured: Captured) -> Built:
    return _with_minute(captured, _HALF)


def _clock_quarter_past(captured: Captured) -> Built:
    return _with_minute(captured, _QUARTER)


def _clock_quarter_to(captured: Captured) -> Built:
    return _before_hour(captured, _QUARTER)


def _clock_past(captured: Captured) -> Built:
    minute = captured["m"].number
    return _with_minute(captured, minute) if 1 <= minute < _HOUR else None


def _clock_to(captured: Captured) -> Built:
    minute = captured["m"].number
    return _before_hour(captured, minute) if minute in {5, 10, 20, 25} else None


def _clock_spoken(captured: Captured) -> Built:
    minute = captured["m"].number
    if not 10 <= minute < _HOUR or not 1 <= captured["h"].number < _LAST_HOUR:
        return None
    return _with_minute(captured, minute)


def _noon(captured: Captured) -> Built:
    return (Clock(hour=captured["n"].number),)


def _part(captured: Captured) -> Built:
    name = captured["p"].name
    if "por" in captured and name in _WITH_PORTIONS:
        name = f"{captured['por'].name}_{name}"
    return (Part(names=(name,)),)


def _part_from_meridiem(captured: Captured) -> Built:
    node = captured["d"].node
    if node is None:
        return None
    return (node, Part(names=("morning" if captured["mer"].name == "am" else "afternoon",)))


def _half_of_day(captured: Captured) -> Built:
    return (Part(names=("morning" if captured["mer"].name == Meridiem.AM else "afternoon",)),)


def _no_hour(captured: Captured) -> Built:
    """An hour just past the last one of a day is a slip, to be asked about."""
    hour = captured["h"].number
    return (Clock(hour=hour),) if hour in _NO_HOURS else None


def _end(atom: Atom) -> Clock | Part | None:
    if isinstance(atom.node, Part):
        return atom.node
    return clock_of(atom)


def _range(captured: Captured) -> ClockRange | None:
    start, end = _end(captured["a"]), _end(captured["b"])
    return ClockRange(start=start, end=end) if start and end else None


def _time_range(captured: Captured) -> Built:
    made = _range(captured)
    return (made,) if made else None


def _date_range_of_hours(captured: Captured) -> Built:
    made, date = _range(captured), captured["d"].node
    return (date, made) if made and date else None


def _bound(captured: Captured, edge: Edge) -> Built:
    end = _end(captured["x"])
    if end is None:
        return None
    match edge:
        case Edge.AFTER | Edge.FROM:
            return (ClockRange(start=end, end=None, after=edge is Edge.AFTER),)
        case Edge.BEFORE | Edge.UNTIL:
            return (ClockRange(start=None, end=end, after=edge is Edge.BEFORE),)


def _after_time(captured: Captured) -> Built:
    return _bound(captured, Edge.AFTER)


def _from_time(captured: Captured) -> Built:
    return _bound(captured, Edge.FROM)


def _before_time(captured: Captured) -> Built:
    return _bound(captured, Edge.BEFORE)


def _until_time(captured: Captured) -> Built:
    return _bound(captured, Edge.UNTIL)


def _date_hour(captured: Captured) -> Built:
    clock, date = clock_of(captured["h"]), captured["d"].node
    return (date, clock) if clock and date else None


def _moved_time(captured: Captured) -> Built:
    """Of "my 3pm to 4pm", what it is moved to."""
    node = captured["h"].node
    if node is None:
        return _clock(captured)
    return (node,) if isinstance(node, (Clock, Part, ClockRange)) else None


def _hours_date(captured: Captured) -> Built:
    first, second, date = clock_of(captured["a"]), clock_of(captured["b"]), captured["d"].node
    return (first, second, date) if first and second and date else None


def _clock_in_part(captured: Captured) -> Built:
    clock = clock_of(captured["h"])
    if clock is None or not clock.loose:
        return None
    return (replace(clock, exact=True, part=captured["p"].name),)


def _or_hour(captured: Captured) -> Built:
    said = captured["t"].node
    if not isinstance(said, Clock):
        return None
    clock = clock_of(captured["h"], said.meridiem)
    if clock is None:
        return None
    clock = replace(clock, exact=said.exact, part=said.part)
    return (said, clock) if captured["t"].start < captured["h"].start else (clock, said)


def _repaired_hour(captured: Captured) -> Built:
    """Of "3, I mean 4", the four, in the half of the day that was said."""
    said = captured["t"].node
    if not isinstance(said, Clock):
        return None
    clock = clock_of(captured["h"], said.meridiem)
    return (replace(clock, exact=said.exact, part=said.part),) if clock else None


def _hour_of_part(captured: Captured) -> Built:
    """An hour set after its part of the day: "Monday evening, after daycare, 6"."""
    said, clock = captured["t"].node, clock_of(captured["h"])
    if not isinstance(said, Part) or clock is None:
        return None
    return (replace(clock, exact=True, part=said.names[0]),)


def _clock_to_spoken(captured: Captured) -> Built:
    """Minutes that would make an odd range: "twenty to three", "five to nine", where "ten to four" is most of a day."""
    hour, minute = captured["h"], captured["m"]
    in_words = hour.kind is minute.kind is Kind.NUMW
    is_long = minute.number == _TEN and hour.number < _TEN
    is_odd = minute.number in {20, 25} or (hour.number in _MORNING_HOURS and (in_words or is_long))
    return _clock_to(captured) if is_odd else None


def _gone(captured: Captured) -> Built:
    del captured
    return (Gone(),)


TIME_BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "clock": _clock,
        "clock_exact": _clock_exact,
        "clock_about": _clock_about,
        "clock_half": _clock_half,
        "clock_quarter_past": _clock_quarter_past,
        "clock_quarter_to": _clock_quarter_to,
        "clock_past": _clock_past,
        "clock_to": _clock_to,
        "clock_spoken": _clock_spoken,
        "noon": _noon,
        "part": _part,
        "part_from_meridiem": _part_from_meridiem,
        "time_range": _time_range,
        "date_range_of_hours": _date_range_of_hours,
        "after_time": _after_time,
        "from_time": _from_time,
        "before_time": _before_time,
        "until_time": _until_time,
        "date_hour": _date_hour,
        "or_hour": _or_hour,
        "hours_date": _hours_date,
        "moved_time": _moved_time,
        "clock_in_part": _clock_in_part,
        "clock_to_spoken": _clock_to_spoken,
        "repaired_hour": _repaired_hour,
        "hour_of_part": _hour_of_part,
        "half_of_day": _half_of_day,
        "no_hour": _no_hour,
        "gone": _gone,
    }
)
