"""How finely a patient spoke, from what they said."""

from __future__ import annotations

from domain.when import Grain
from nlu.entities.when.clauses import Clause, Request
from nlu.entities.when.nodes import (
    AnyDay,
    Both,
    Bounded,
    DateNode,
    MonthSpan,
    Shifted,
    SpanAhead,
    Unit,
    WeekOf,
    WeekSpan,
    WithinSpan,
    YearSpan,
)
from nlu.entities.when.parts import grain_of

_FINEST_FIRST = tuple(Grain)


def grain_of_request(request: Request) -> Grain:
    """The finest grain in what is wanted; when nothing is, in what is refused."""
    if not request.wanted and (request.any_time or request.as_soon_as_possible):
        return Grain.ANY
    return min((_clause_grain(clause) for clause in request.wanted or request.refused), key=_FINEST_FIRST.index)


def _clause_grain(clause: Clause) -> Grain:
    grains = [grain_of(time) for time in clause.times] or [_date_grain(node) for node in clause.dates]
    return min(grains, key=_FINEST_FIRST.index)


def _date_grain(node: DateNode) -> Grain:
    match node:
        case AnyDay():
            return Grain.ANY
        case WeekSpan() | WeekOf():
            return Grain.WEEK
        case MonthSpan() | YearSpan():
            return Grain.MONTH
        case SpanAhead(unit=unit) | WithinSpan(unit=unit):
            return Grain.MINUTE if unit in {Unit.MINUTE, Unit.HOUR} else Grain.DAY
        case Bounded(clock=clock) if clock is not None:
            return grain_of(clock)
        case Bounded(base=base):
            return _date_grain(base)
        case Shifted(base=base):
            return _date_grain(base)
        case Both(left=left, right=right):
            return min(_date_grain(left), _date_grain(right), key=_FINEST_FIRST.index)
        case _:
            return Grain.DAY
