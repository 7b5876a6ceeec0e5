"""Numbers that count, name or measure something and so are no dates or hours: "2 pills", "room 5", "12 Oak Street"."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.entities.when.atoms import Kind
from nlu.entities.when.lexicon import Lexicon
from nlu.entities.when.tokens import Shape, Token

_NUMBER_KINDS = frozenset({Kind.NUMW, Kind.ORDW})
_JOINTS = frozenset({Kind.TO, Kind.AND, Kind.OR, Kind.DASH})
_JOINING_MARKS = frozenset({"-", "\u2013", "/", "&"})
_AND, _FRACTIONS = frozenset({Kind.AND}), frozenset({Kind.HALF, Kind.QUARTER})
_LONGEST_ISH = 4
_CURRENCY = frozenset({"$", "\u20ac", "\u00a3", "#"})
_MEASURES = frozenset({"%", "\u00b0", "$", "\u20ac", "\u00a3"})
_CLOCK_LETTERS = frozenset({"a", "p", "h", "hs", "hrs"})
_STREET_REACH = 3


def counting_numbers(tokens: Sequence[Token], lexicon: Lexicon) -> frozenset[int]:
    """Places of tokens that are numbers but not of the time kind."""
    counting: set[int] = set()
    for at in range(len(tokens) - 1, -1, -1):
        if not _is_number(tokens[at], lexicon):
            continue
        if _is_hour(tokens, at, lexicon):
            continue
        if (
            _is_labelled(tokens, at, lexicon)
            or _counts_something(tokens, at, lexicon)
            or _joins(tokens, at, lexicon, counting)
        ):
            counting.add(at)
    return frozenset(counting)


def _has_kind(token: Token, lexicon: Lexicon, kinds: frozenset[Kind]) -> bool:
    return any(not phrase.rest and phrase.kind in kinds for phrase in lexicon.phrases.get(token.text, ()))


def _is_number(token: Token, lexicon: Lexicon) -> bool:
    return token.shape is Shape.NUMBER or _has_kind(token, lexicon, _NUMBER_KINDS)


def _is_labelled(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    before = at - 1
    if before >= 0 and tokens[before].text in {".", ":"}:
        before -= 1
    if before < 0:
        return False
    label = tokens[before]
    if label.text in lexicon.labels or label.text in _CURRENCY:
        return True
    known = label.text in lexicon.phrases or label.text in lexicon.ordinal_endings
    return tokens[at].glued and before == at - 1 and label.shape is Shape.WORD and not known


def _is_hour(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether "y cuarto" or "más o menos" makes the number an hour whatever stands around it."""
    following = tuple(token.text for token in tokens[at + 1 : at + 1 + _LONGEST_ISH])
    for phrase in lexicon.phrases.get(following[0], ()) if following else ():
        if phrase.kind is Kind.ISH and phrase.rest and following[1 : 1 + len(phrase.rest)] == phrase.rest:
            return True
    if at + 2 >= len(tokens):
        return False
    joint, fraction = tokens[at + 1], tokens[at + 2]
    return _has_kind(joint, lexicon, _AND) and _has_kind(fraction, lexicon, _FRACTIONS)


def _counts_something(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    after = at + 1
    if after < len(tokens) and tokens[after].glued and tokens[after].text in lexicon.ordinal_endings:
        after += 1
    if after >= len(tokens):
        return False
    noun = tokens[after]
    if noun.text in lexicon.counted or noun.text in _MEASURES:
        return True
    if noun.glued and after == at + 1 and noun.shape is Shape.WORD:
        return noun.text not in lexicon.phrases and noun.text not in _CLOCK_LETTERS
    return _is_address(tokens[after : after + _STREET_REACH], lexicon)


def _is_address(following: Sequence[Token], lexicon: Lexicon) -> bool:
    for token in following:
        if token.shape is not Shape.WORD:
            return False
        if token.text in lexicon.streets:
            return True
    return False


def _joins(tokens: Sequence[Token], at: int, lexicon: Lexicon, counting: set[int]) -> bool:
    if at + 2 not in counting:
        return False
    joint = tokens[at + 1]
    return joint.text in _JOINING_MARKS or _has_kind(joint, lexicon, _JOINTS)
