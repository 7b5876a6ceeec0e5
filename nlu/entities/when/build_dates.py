"""Builders of dates: from the named atoms of a matched rule to days, weeks, months and bounds on them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeGuard

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.nodes import (
    AnyDay,
    Between,
    Bounded,
    Clock,
    ClockRange,
    DateNode,
    DayOffset,
    EachDay,
    Edge,
    Gone,
    Holiday,
    MonthDay,
    MonthSpan,
    Node,
    Part,
    Portion,
    Shifted,
    SpanAhead,
    Unit,
    Weekday,
    Weekend,
    WeekOf,
    WeekSpan,
    Which,
    WithinSpan,
    YearSpan,
)
from nlu.entities.when.parts import edge_of
from nlu.entities.when.rules import Builder, Captured

Built = tuple[Node, ...] | None

_WORKDAYS = (0, 1, 2, 3, 4)
_EASTER = "easter"
_UNITS: Mapping[Kind, Unit] = MappingProxyType(
    {
        Kind.MINUTE_U: Unit.MINUTE,
        Kind.HOUR_U: Unit.HOUR,
        Kind.DAY_U: Unit.DAY,
        Kind.WEEK_U: Unit.WEEK,
        Kind.MONTH_U: Unit.MONTH,
        Kind.YEAR_U: Unit.YEAR,
    }
)
_WHICH: Mapping[Kind, Which] = MappingProxyType(
    {Kind.NEXT: Which.NEXT, Kind.THIS: Which.THIS, Kind.COMING: Which.COMING, Kind.LAST: Which.LAST}
)


def is_date(node: Node | None) -> TypeGuard[DateNode]:
    """Whether a meaning names days rather than times of day."""
    return node is not None and not isinstance(node, (Clock, Part, ClockRange, Gone))


def date_of(atom: Atom) -> DateNode:
    """The date a captured atom stands for."""
    if is_date(atom.node):
        return atom.node
    raise AssertionError("a rule captured an atom as a date that is none")


def which_of(captured: Captured) -> Which:
    """Which of its name a captured word such as "next" makes a date."""
    if "rel" not in captured:
        return Which.BARE
    said = captured["rel"]
    return Which.VERY if said.name == Which.VERY else _WHICH[said.kind]


def _unit_span(unit: Kind, which: Which, portion: Portion) -> DateNode | None:
    match unit:
        case Kind.WEEK_U:
            return WeekSpan(which=which, portion=portion)
        case Kind.WEEKEND:
            return Weekend(which=which)
        case Kind.MONTH_U:
            return MonthSpan(which=which, portion=portion)
        case Kind.YEAR_U:
            return YearSpan(which=which)
        case _:
            return None


def _rel_unit(captured: Captured) -> Built:
    portion = Portion(captured["por"].name) if "por" in captured else Portion.WHOLE
    which = which_of(captured)
    node = _unit_span(captured["u"].kind, Which.THIS if which is Which.BARE else which, portion)
    return (node,) if node else None


def _after_next(captured: Captured) -> Built:
    unit = captured["u"]
    if unit.kind is Kind.WEEKDAY:
        return (Weekday(day=unit.number, which=Which.AFTER_NEXT),)
    node = _unit_span(unit.kind, Which.AFTER_NEXT, Portion.WHOLE)
    return (node,) if node else None


def _month(captured: Captured) -> Built:
    year = captured["y"].number if "y" in captured else None
    portion = Portion(captured["por"].name) if "por" in captured else Portion.WHOLE
    return (MonthSpan(month=captured["m"].number, year=year, which=which_of(captured), portion=portion),)


def _weekday(captured: Captured) -> Built:
    return (Weekday(day=captured["w"].number, which=which_of(captured)),)


def _each_day(captured: Captured) -> Built:
    return (EachDay(days=(captured["w"].number,)),)


def _workdays(captured: Captured) -> Built:
    del captured
    return (EachDay(days=_WORKDAYS),)


def _weekend_days(captured: Captured) -> Built:
    del captured
    return (EachDay(days=(5, 6)),)


def _weekend(captured: Captured) -> Built:
    return (Weekend(which=which_of(captured)),)


def _any_day(captured: Captured) -> Built:
    del captured
    return (AnyDay(),)


def _day(captured: Captured) -> Built:
    return (DayOffset(days=captured["d"].number),)


def _day_part(captured: Captured) -> Built:
    if "p" in captured:
        return (DayOffset(days=-1 if which_of(captured) is Which.LAST else 0), Part(names=(captured["p"].name,)))
    days, name = captured["d"].name.split()
    return (DayOffset(days=int(days)), Part(names=(name,)))


def _count(captured: Captured) -> tuple[int, Unit]:
    """How many of which unit; days counted as a fortnight or a week arrive as one atom."""
    if "span" in captured:
        count, unit = captured["span"].name.split()
        return int(count), Unit(unit)
    number = captured["n"]
    return (1 if number.kind is Kind.A else number.number), _UNITS[captured["u"].kind]


def _span_ahead(captured: Captured) -> Built:
    count, unit = _count(captured)
    vague = "n" in captured and captured["n"].kind is Kind.FEW and count > 2
    return (SpanAhead(count=count, unit=unit, vague=vague),)


def _within_span(captured: Captured) -> Built:
    count, unit = _count(captured)
    return (WithinSpan(count=count, unit=unit),)


def _shifted(captured: Captured) -> Built:
    count, unit = _count(captured)
    if unit in {Unit.MINUTE, Unit.HOUR}:
        return None
    return (Shifted(base=date_of(captured["d"]), count=count, unit=unit),)


def _shifted_back(captured: Captured) -> Built:
    count, unit = _count(captured)
    if unit in {Unit.MINUTE, Unit.HOUR}:
        return None
    return (Shifted(base=date_of(captured["d"]), count=-count, unit=unit),)


def _day_after(captured: Captured) -> Built:
    return (Shifted(base=date_of(captured["d"]), count=1, unit=Unit.DAY),)


def _day_before(captured: Captured) -> Built:
    return (Shifted(base=date_of(captured["d"]), count=-1, unit=Unit.DAY),)


def _shifted_by(captured: Captured) -> Built:
    if "shift" not in captured and isinstance(captured["d"].node, Holiday):
        return (WeekOf(base=date_of(captured["d"])),)
    days = captured["shift"].number if "shift" in captured else 7
    return (Shifted(base=date_of(captured["d"]), count=days, unit=Unit.DAY),)


def _shift_ahead(captured: Captured) -> Built:
    return (SpanAhead(count=captured["shift"].number, unit=Unit.DAY),)


def _any_part(captured: Captured) -> Built:
    """Any morning; where one word is both tomorrow and morning, "any" can only mean the morning."""
    if "p" in captured:
        return (AnyDay(), Part(names=(captured["p"].name,)))
    return (AnyDay(), Part(names=("morning",))) if captured["d"].number == 1 else None


def _week_of(captured: Captured) -> Built:
    return (WeekOf(base=date_of(captured["d"])),)


def _week_after(captured: Captured) -> Built:
    return (Shifted(base=WeekOf(base=date_of(captured["d"])), count=1, unit=Unit.WEEK),)


def _week_before(captured: Captured) -> Built:
    return (Shifted(base=WeekOf(base=date_of(captured["d"])), count=-1, unit=Unit.WEEK),)


def _week_of_month(captured: Captured) -> Built:
    """Weeks of a month by number, the first holding its first day; the last holds the day every month has, the 28th."""
    month = captured["m"].number
    number = captured["n"] if "n" in captured else captured["rel"]
    if number.kind is Kind.LAST:
        return (WeekOf(base=MonthDay(day=28, month=month)),)
    return (Shifted(base=WeekOf(base=MonthDay(day=1, month=month)), count=number.number - 1, unit=Unit.WEEK),)


def _holiday(captured: Captured) -> Built:
    name, _, offset = captured["h"].name.partition(" ")
    if name == _EASTER:
        from_sunday, _, is_week = offset.partition(" ")
        easter = Holiday(from_easter=int(from_sunday))
        return (WeekOf(base=easter) if is_week else easter,)
    numbers = [int(part) for part in captured["h"].name.split()]
    match numbers:
        case [month, day]:
            return (Holiday(month=month, day=day),)
        case [month, weekday, nth, days]:
            return (Shifted(base=Holiday(month=month, weekday=weekday, nth=nth), count=days, unit=Unit.DAY),)
        case [month, weekday, nth]:
            return (Holiday(month=month, weekday=weekday, nth=nth),)
        case _:
            return None


def _keep(captured: Captured) -> Built:
    return (date_of(captured["d"]),)


def _between_dates(captured: Captured) -> Built:
    return (Between(first=date_of(captured["a"]), last=date_of(captured["b"])),)


def _bounded(captured: Captured, edge: Edge) -> Built:
    clock = captured["t"].node if "t" in captured else None
    if isinstance(clock, Part):
        clock = edge_of(clock, late=edge in {Edge.AFTER, Edge.UNTIL})
    if clock is not None and not isinstance(clock, Clock):
        return None
    return (Bounded(edge=edge, base=date_of(captured["d"]), clock=clock),)


def _after_date(captured: Captured) -> Built:
    return _bounded(captured, Edge.AFTER)


def _from_date(captured: Captured) -> Built:
    return _bounded(captured, Edge.FROM)


def _before_date(captured: Captured) -> Built:
    return _bounded(captured, Edge.BEFORE)


def _until_date(captured: Captured) -> Built:
    return _bounded(captured, Edge.UNTIL)


def _portion_of_day(captured: Captured) -> Built:
    name = {"early": "early_morning", "mid": "midday", "late": "late_afternoon"}[captured["por"].name]
    return (date_of(captured["d"]), Part(names=(name,)))


DATE_BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        "rel_unit": _rel_unit,
        "after_next": _after_next,
        "month": _month,
        "weekday": _weekday,
        "each_day": _each_day,
        "workdays": _workdays,
        "weekend_days": _weekend_days,
        "weekend": _weekend,
        "any_day": _any_day,
        "day": _day,
        "day_part": _day_part,
        "span_ahead": _span_ahead,
        "within_span": _within_span,
        "shifted": _shifted,
        "shifted_back": _shifted_back,
        "shifted_by": _shifted_by,
        "day_after": _day_after,
        "day_before": _day_before,
        "shift_ahead": _shift_ahead,
        "any_part": _any_part,
        "week_of": _week_of,
        "week_after": _week_after,
        "week_before": _week_before,
        "week_of_month": _week_of_month,
        "holiday": _holiday,
        "keep": _keep,
        "between_dates": _between_dates,
        "after_date": _after_date,
        "from_date": _from_date,
        "before_date": _before_date,
        "until_date": _until_date,
        "portion_of_day": _portion_of_day,
    }
)
