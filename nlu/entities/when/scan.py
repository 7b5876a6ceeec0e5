"""From tokens to atoms: known phrases, misspelt ones, and numbers, less those that plainly are no times."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from rapidfuzz.distance import OSA

from nlu.entities.when.atoms import Atom, Kind
from nlu.entities.when.counts import counting_numbers
from nlu.entities.when.lexicon import Lexicon, Phrase
from nlu.entities.when.names import bearing_names
from nlu.entities.when.tokens import Shape, Token

_MARKS: Mapping[str, Kind] = MappingProxyType(
    {
        ",": Kind.COMMA,
        "-": Kind.DASH,
        "\u2013": Kind.DASH,
        "\u2014": Kind.DASH,
        "/": Kind.OR,
        "&": Kind.AND,
        "@": Kind.AT,
        "~": Kind.ABOUT,
        ".": Kind.BREAK,
        "!": Kind.BREAK,
        "?": Kind.BREAK,
        "\u00bf": Kind.BREAK,
        "\u00a1": Kind.BREAK,
        ";": Kind.BREAK,
        "\n": Kind.BREAK,
    }
)
_CLOCK_ENDINGS: Mapping[str, Callable[[int, int], Atom]] = MappingProxyType(
    {
        "a": lambda start, end: Atom(Kind.MERIDIEM, start, end, 0, "am"),
        "p": lambda start, end: Atom(Kind.MERIDIEM, start, end, 0, "pm"),
        "h": lambda start, end: Atom(Kind.HOURMARK, start, end),
        "hs": lambda start, end: Atom(Kind.HOURMARK, start, end),
        "hrs": lambda start, end: Atom(Kind.HOURMARK, start, end),
    }
)
"""Letters that end a clock time when no space stands before them: 3p, 15h."""
_CLOCK_SHAPES = frozenset({Shape.NUMBER, Shape.CLOCK, Shape.DOTTED})
_ABBREVIATED = frozenset({Kind.WEEKDAY, Kind.MONTH, Kind.WEAKMONTH})
_LONGEST_ABBREVIATION = 5
_OF = frozenset({Kind.OF})
_COUNTING, _COUNTED = frozenset({Kind.ORDW, Kind.LAST}), frozenset({Kind.WEEKDAY})
_MISSPELLING_LENGTH, _LONG_WORD = 5, 8
_DIGITS = re.compile(r"\d+")
_DAY_DIGITS, _LONGEST_NUMBER = 2, 4
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_DAY_HOURS, _HOUR_MINUTES = 24, 60


def scan(tokens: Sequence[Token], lexicon: Lexicon) -> list[Atom]:
    """The atoms of a message, in order."""
    atoms: list[Atom] = []
    counts = counting_numbers(tokens, lexicon)
    names = bearing_names(tokens, lexicon)
    scoring = any(token.text in lexicon.scoring for token in tokens)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if at in names:
            atoms.append(Atom(Kind.OTHER, token.start, token.end))
            at += 1
            continue
        found = _phrase_at(tokens, at, lexicon)
        if _is_clock_ending(tokens, at):
            atoms.append(_CLOCK_ENDINGS[token.text](token.start, token.end))
            at += 1
        elif found is not None and (found[1] > 1 or at not in counts):
            phrase, length = found
            atoms.append(Atom(phrase.kind, token.start, tokens[at + length - 1].end, phrase.number, phrase.name))
            at += length
        elif at in counts or (scoring and token.text.endswith("/10")):
            atoms.append(Atom(Kind.OTHER, token.start, token.end))
            at += 1
        else:
            atom, length = _single(tokens, at, lexicon)
            if not (token.text == "." and _ends_abbreviation(atoms, token)):
                atoms.append(atom)
            at += length
    return atoms


def _is_clock_ending(tokens: Sequence[Token], at: int) -> bool:
    token = tokens[at]
    return at > 0 and token.glued and token.text in _CLOCK_ENDINGS and tokens[at - 1].shape in _CLOCK_SHAPES


def _ends_abbreviation(atoms: Sequence[Atom], full_stop: Token) -> bool:
    if not atoms or not full_stop.glued or atoms[-1].kind not in _ABBREVIATED:
        return False
    return atoms[-1].end - atoms[-1].start <= _LONGEST_ABBREVIATION


def _phrase_at(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Phrase, int] | None:
    first = tokens[at]
    for phrase in lexicon.phrases.get(first.text, ()):
        length = _length_of(phrase, tokens, at)
        if length and not (phrase.kind is Kind.GONE and _counts_a_day(tokens, at + length, lexicon)):
            return (phrase, length) if length > 1 or _means_time(tokens, at, lexicon) else None
    if first.shape is Shape.WORD and len(first.text) >= _MISSPELLING_LENGTH:
        meant = _respelt(first.text, lexicon)
        if meant is not None:
            alone = [phrase for phrase in lexicon.phrases.get(meant, ()) if not phrase.rest]
            return (alone[0], 1) if alone else None
    return None


def _length_of(phrase: Phrase, tokens: Sequence[Token], at: int) -> int:
    """How many tokens a phrase takes here, 0 if it is not here; a hyphen may join its words ("twenty-first")."""
    end = at + 1
    for word in phrase.rest:
        if end < len(tokens) and tokens[end].text == "-" and tokens[end].glued:
            end += 1
        if end >= len(tokens) or tokens[end].text != word:
            return 0
        end += 1
    return end - at


def _counts_a_day(tokens: Sequence[Token], end: int, lexicon: Lexicon) -> bool:
    """Whether a phrase that ends in an ordinal has a weekday behind it: "el segundo martes"."""
    if end >= len(tokens):
        return False
    counts = _has_kind(tokens[end - 1], lexicon, _COUNTING)
    return counts and _has_kind(tokens[end], lexicon, _COUNTED)


def _begins_a_date(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether an ordinal stands before "of" and a month, as in "the second of December"."""
    if at + 2 >= len(tokens) or not _has_kind(tokens[at], lexicon, _COUNTING):
        return False
    return _has_kind(tokens[at + 1], lexicon, _OF) and _has_kind(tokens[at + 2], lexicon, _ABBREVIATED)


def _has_kind(token: Token, lexicon: Lexicon, kinds: frozenset[Kind]) -> bool:
    return any(not phrase.rest and phrase.kind in kinds for phrase in lexicon.phrases.get(token.text, ()))


def _means_time(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether a word that also means something else ("sat", "sun") is a day here, by its neighbours."""
    weak = lexicon.weak.get(tokens[at].text)
    if weak is None:
        return True
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    dated = any(not phrase.rest and phrase.kind in _ABBREVIATED for phrase in lexicon.phrases[tokens[at].text])
    if dated and after.isdecimal():
        return True
    if after and _has_kind(tokens[at], lexicon, _COUNTING) and _has_kind(tokens[at + 1], lexicon, _COUNTED):
        return True
    if _begins_a_date(tokens, at, lexicon):
        return True
    return before not in weak.not_after and after not in weak.not_before


def _respelt(word: str, lexicon: Lexicon) -> str | None:
    if word in lexicon.unlike:
        return None
    best: str | None = None
    nearest = 3
    for known in lexicon.spellings.get(word[0], ()):
        allowed = 2 if len(known) >= _LONG_WORD else 1
        distance = OSA.distance(word, known, score_cutoff=allowed)
        if distance <= allowed and distance < nearest:
            best, nearest = known, distance
    return best


def _single(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Atom, int]:
    token = tokens[at]
    match token.shape:
        case Shape.NUMBER:
            return _number(tokens, at, lexicon)
        case Shape.CLOCK | Shape.DOTTED:
            hour, minute = (int(found) for found in _DIGITS.findall(token.text)[:2])
            kind = Kind.CLOCK if token.shape is Shape.CLOCK else Kind.DOTTED
            return Atom(kind, token.start, token.end, hour * 100 + minute, token.text), 1
        case Shape.SLASH:
            return Atom(Kind.SLASH, token.start, token.end, 0, token.text), 1
        case Shape.ISO_DATE | Shape.FULL_DATE:
            return Atom(Kind.FULL, token.start, token.end, 0, token.text), 1
        case Shape.MARK:
            return Atom(_MARKS.get(token.text, Kind.QUIET), token.start, token.end), 1
        case Shape.WORD | Shape.OPAQUE:
            return Atom(Kind.OTHER, token.start, token.end), 1


def _number(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> tuple[Atom, int]:
    token = tokens[at]
    digits = len(token.text)
    if digits > _LONGEST_NUMBER:
        return Atom(Kind.OTHER, token.start, token.end), 1
    value = int(token.text)
    follower = tokens[at + 1] if at + 1 < len(tokens) else None
    if digits <= _DAY_DIGITS:
        if follower is not None and follower.glued and follower.text in lexicon.ordinal_endings:
            return Atom(Kind.ORD, token.start, follower.end, value, token.text), 2
        return Atom(Kind.NUM, token.start, token.end, value, token.text), 1
    if _FIRST_YEAR <= value <= _LAST_YEAR:
        kind = Kind.YEAR
    elif value // 100 < _DAY_HOURS and value % 100 < _HOUR_MINUTES:
        kind = Kind.NUM4
    else:
        kind = Kind.BIG if digits < _LONGEST_NUMBER else Kind.OTHER
    return Atom(kind, token.start, token.end, value, token.text), 1
