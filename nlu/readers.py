"""The time readers in the forms the pipeline takes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from domain.understanding import Entity
from nlu.entities.birth_date import read_birth_date
from nlu.entities.when import read_when
from nlu.entities.when.regions import is_us_zone

__all__ = ["read_births", "read_when"]


def read_births(text: str, *, language: str, zone: ZoneInfo, today: date) -> Iterable[Entity]:
    """One birth_date entity for each place in the text; several dates it may mean are its alternatives."""
    candidates = read_birth_date(text, language=language, zone_is_us=is_us_zone(zone), today=today)
    ordered = sorted(candidates, key=lambda candidate: (candidate.start, candidate.end))
    for (start, end), group in groupby(ordered, key=lambda candidate: (candidate.start, candidate.end)):
        days = tuple(candidate.day.isoformat() for candidate in group)
        yield Entity(
            name="birth_date",
            value=days[0] if len(days) == 1 else "",
            text=text[start:end],
            start=start,
            end=end,
            alternatives=days if len(days) > 1 else (),
        )
