"""Birth dates as patients type them. Every date a text can mean is a candidate; the likeliest comes first."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from nlu.entities.when.atoms import Kind
from nlu.entities.when.lexicon import Lexicon, lexicon_for
from nlu.entities.when.tokens import Shape, Token, tokens_of

OLDEST_YEARS = 125
"""Nobody is older; an earlier year is a slip."""

_NUMERIC = re.compile(
    r"(?<![\w/.-])(?:(?P<y>\d{4})(?P<s>[-/. ])(?P<ym>\d{1,2})(?P=s)(?P<yd>\d{1,2})"
    r"|(?P<a>\d{1,2})\s?(?P<t>[-/. ])\s?(?P<b>\d{1,2})\s?(?P=t)\s?(?P<c>\d{4}|\d{2})"
    r"|(?P<run>\d{8}))(?![\w/-]|\.\d)"
)
_CENTURY = 100
_SHORT_YEAR = 2
_REACH = 8
_MONTHS = frozenset({Kind.MONTH, Kind.WEAKMONTH})
_DAYS_IN_WORDS = frozenset({Kind.NUMW, Kind.ORDW})
_JOINING = frozenset({Kind.OF, Kind.THE, Kind.COMMA, Kind.DAY_U})
_JOINING_MARKS = frozenset({",", ".", "-", "/", "'", "\u2019"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthDate:
    """A date someone may have been born on, with the words it was read from and their place in the message."""

    day: date
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A token as a birth date sees it: a month, a number with its count of digits, a joint, or something else."""

    start: int
    end: int
    month: int = 0
    number: int = 0
    digits: int = 0
    joins: bool = False


def read_birth_date(text: str, *, language: str, zone_is_us: bool, today: date) -> list[BirthDate]:
    """Every birth date the text can mean, likeliest first; empty when it names none, or only ones yet to come.

    Numbers alone put the month first for English in a US zone and the day first elsewhere; when both orders are
    dates, both are candidates. Years of two digits are the latest that has been. Never raises for what was typed;
    raises UnknownLanguageError for a language without a lexicon.
    """
    month_first = language.lower().startswith("en") and zone_is_us
    found = [*_numeric(text, month_first=month_first), *_named(text, lexicon_for(language))]
    candidates = []
    for (year, month, day, digits), (start, end) in found:
        born = _past_date(year, month, day, two_digits=digits <= _SHORT_YEAR, today=today)
        if born is not None:
            candidates.append(BirthDate(day=born, text=text[start:end], start=start, end=end))
    return list(dict.fromkeys(candidates))


Parts = tuple[int, int, int, int]
"""Year, month, day, and the digits the year was typed with."""
Span = tuple[int, int]


def _past_date(year: int, month: int, day: int, *, two_digits: bool, today: date) -> date | None:
    if two_digits:
        year += today.year - today.year % _CENTURY
        if (year, month, day) > (today.year, today.month, today.day):
            year -= _CENTURY
    if not 1 <= month <= 12 or not today.year - OLDEST_YEARS <= year <= today.year:
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    born = date(year, month, day)
    return born if born <= today else None


def _numeric(text: str, *, month_first: bool) -> Iterator[tuple[Parts, Span]]:
    for found in _NUMERIC.finditer(text):
        if found["y"]:
            yield (int(found["y"]), int(found["ym"]), int(found["yd"]), 4), found.span()
        elif found["run"]:
            run = found["run"]
            yield from _both_orders(int(run[:2]), int(run[2:4]), run[4:], found.span(), month_first=month_first)
            yield (int(run[:4]), int(run[4:6]), int(run[6:]), 4), found.span()
        else:
            yield from _both_orders(int(found["a"]), int(found["b"]), found["c"], found.span(), month_first=month_first)


def _both_orders(
    first: int,
    second: int,
    year: str,
    span: Span,
    *,
    month_first: bool,
) -> Iterator[tuple[Parts, Span]]:
    orders = ((first, second), (second, first)) if month_first else ((second, first), (first, second))
    for month, day in orders:
        yield (int(year), month, day, len(year)), span


def _named(text: str, lexicon: Lexicon) -> Iterator[tuple[Parts, Span]]:
    """Day, month by name and year, in either order: "4 march 85", "March 4th, 1985", "4 de marzo del 85"."""
    pieces = _pieces(tokens_of(text), lexicon)
    for at, piece in enumerate(pieces):
        if not piece.month:
            continue
        before = _number_before(pieces, at)
        after = _numbers_after(pieces, at)
        if before is not None and after:
            day, year = before, after[0]
        elif len(after) > 1:
            day, year = after[0], after[1]
        else:
            continue
        if day.digits <= _SHORT_YEAR and year.digits in {2, 4}:
            start, end = min(day.start, piece.start), year.end
            yield (year.number, piece.month, day.number, year.digits), (start, end)


def _pieces(tokens: Sequence[Token], lexicon: Lexicon) -> list[_Piece]:
    return [_piece(token, lexicon) for token in tokens]


def _piece(token: Token, lexicon: Lexicon) -> _Piece:
    if token.shape is Shape.NUMBER and len(token.text) <= 4:
        return _Piece(start=token.start, end=token.end, number=int(token.text), digits=len(token.text))
    joins = token.text in _JOINING_MARKS or (token.glued and token.text in lexicon.ordinal_endings)
    for phrase in lexicon.phrases.get(token.text, ()):
        if phrase.rest:
            continue
        if phrase.kind in _MONTHS:
            return _Piece(start=token.start, end=token.end, month=phrase.number)
        if phrase.kind in _DAYS_IN_WORDS and not joins:
            return _Piece(start=token.start, end=token.end, number=phrase.number, digits=1)
        joins = joins or phrase.kind in _JOINING
    return _Piece(start=token.start, end=token.end, joins=joins)


def _number_before(pieces: Sequence[_Piece], at: int) -> _Piece | None:
    for piece in reversed(pieces[max(0, at - _REACH) : at]):
        if piece.digits:
            return piece
        if not piece.joins:
            return None
    return None


def _numbers_after(pieces: Sequence[_Piece], at: int) -> list[_Piece]:
    numbers = []
    for piece in pieces[at + 1 : at + 1 + _REACH]:
        if piece.digits:
            numbers.append(piece)
        elif not piece.joins:
            break
    return numbers
