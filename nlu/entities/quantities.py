"""Durations in minutes, counted things, ratings, amounts of money and doses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.understanding import Entity
from nlu.entities.phrases import alternatives, compiled
from nlu.text import phrase_of
from nlu.words import LanguageWords

_AMOUNT = re.compile(
    r"(?:\$\s?(?P<before>\d+(?:[.,]\d{3})*(?:\.\d{2})?)|(?P<after>\d+(?:\.\d{2})?)\s?(?:dollars|bucks|usd|dólares|dolares)\b)",
    re.IGNORECASE,
)
_DOSE = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)\s?(mg|mcg|ml|g|units|iu|unidades)\b", re.IGNORECASE)
_FIGURE = r"\d+(?:[.,]\d+)?"


def read_durations(text: str, *, words: LanguageWords) -> Iterator[Entity]:
    """Spans of time as whole minutes: "10 min", "half an hour", "una hora y media"."""
    taken: list[tuple[int, int]] = []
    spans = compiled(rf"(?<!\w){alternatives(words.spans)}(?!\w)")
    for found in spans.finditer(text):
        taken.append(found.span())
        yield _duration(found, int(words.spans[phrase_of(found.group())]))
    units = {phrase_of(unit): int(size) for size, group in words.durations.items() for unit in group}
    counted = compiled(
        rf"(?<![\w.,:/])(?P<n>{_FIGURE}|{alternatives(words.numbers)})[\s-]*(?P<unit>{alternatives(units)})(?!\w)"
    )
    for found in counted.finditer(text):
        if not any(start < found.end() and found.start() < end for start, end in taken):
            yield _duration(found, round(_number(found["n"], words) * units[phrase_of(found["unit"])]))


def read_counts(text: str, *, words: LanguageWords, expected: bool) -> Iterator[Entity]:
    """Numbers of counted things ("3 pills left"); any number when one is expected."""
    number = rf"(?P<n>\d{{1,4}}|{alternatives(words.numbers)})"
    tail = "" if expected else rf"(?=\s+(?:more\s+)?{alternatives(words.counted)}(?!\w))"
    for found in compiled(rf"(?<![\w.,:/$]){number}(?![\w:/]){tail}").finditer(text):
        value = str(int(_number(found["n"], words)))
        yield Entity(name="count", value=value, text=found["n"], start=found.start("n"), end=found.end("n"))


def read_ratings(text: str, *, words: LanguageWords, expected: bool) -> Iterator[Entity]:
    """Scores: "4 stars", "9 out of 10", "4/5"; a bare figure when a rating is expected. The value is the score."""
    number = rf"(?P<n>\d{{1,2}}|{alternatives(words.numbers)})"
    scale = rf"{alternatives(words.rating_of)}\s+(?:5|10|five|ten|cinco|diez)(?!\w)"
    sure = rf"(?<![\w./]){number}\s*(?:/\s*(?:5|10)(?!\d|/)|{scale}|(?:stars?|estrellas?)(?!\w))"
    pattern = rf"{sure}|(?<![\w./])(?P<bare>\d{{1,2}})(?![\w/])" if expected else sure
    for found in compiled(pattern).finditer(text):
        written = found["n"] or found["bare"]
        value = str(int(_number(written, words)))
        yield Entity(name="rating", value=value, text=found.group(), start=found.start(), end=found.end())


def read_amounts(text: str) -> Iterator[Entity]:
    """Money in dollars, as a plain decimal."""
    for found in _AMOUNT.finditer(text):
        value = (found["before"] or found["after"]).replace(",", "")
        yield Entity(name="amount", value=value, text=found.group(), start=found.start(), end=found.end())


def read_doses(text: str) -> Iterator[Entity]:
    """Strengths such as "500 mg"."""
    for found in _DOSE.finditer(text):
        value = f"{found[1].replace(',', '.')} {found[2].lower()}"
        yield Entity(name="dose", value=value, text=found.group(), start=found.start(), end=found.end())


def _number(written: str, words: LanguageWords) -> float:
    named = words.numbers.get(phrase_of(written))
    return float(named if named is not None else written.replace(",", "."))


def _duration(found: re.Match[str], minutes: int) -> Entity:
    return Entity(name="duration", value=str(minutes), text=found.group(), start=found.start(), end=found.end())
