"""Weekdays and months that are somebody's name: "Dr. Friday", "Ana Marzo", "mi marido se llama Domingo"."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.entities.when.atoms import Kind
from nlu.entities.when.lexicon import Lexicon
from nlu.entities.when.tokens import Shape, Token

_NAMES = frozenset({Kind.WEEKDAY, Kind.WEEKDAYS, Kind.MONTH, Kind.WEAKMONTH, Kind.HOLIDAY})
_WORDS_OF_A_NAME = 2
_ABBREVIATION = 5


def bearing_names(tokens: Sequence[Token], lexicon: Lexicon) -> frozenset[int]:
    """Places of tokens that a title or a word such as "named" makes a name; the same word stays one in the message."""
    named: set[int] = set()
    for at, token in enumerate(tokens):
        if (
            token.shape is Shape.WORD
            and _could_be(token, lexicon)
            and (at - 1 in named or _is_name(tokens, at, lexicon))
        ):
            named.add(at)
    if not named:
        return frozenset()
    words = {tokens[at].text for at in named}
    return frozenset(at for at, token in enumerate(tokens) if token.text in words)


def _is_name(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    if at + 1 < len(tokens) and tokens[at + 1].text in lexicon.streets and at and tokens[at - 1].shape is Shape.NUMBER:
        return True
    before = _words_before(tokens, at)
    if any(word.text in lexicon.titles for word in before[:1]) and _may_bear_title(tokens, at, lexicon):
        return True
    if any(word.text in lexicon.naming for word in before):
        return True
    if not lexicon.months_are_small or not tokens[at].capital or tokens[at].shouted:
        return False
    if any(word.text in lexicon.kin for word in before[:1]):
        return True
    return _follows_a_name(tokens, at, lexicon) or _begins_a_name(tokens, at, lexicon)


def _could_be(token: Token, lexicon: Lexicon) -> bool:
    return any(not phrase.rest and phrase.kind in _NAMES for phrase in lexicon.phrases.get(token.text, ()))


def _may_bear_title(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """A month may, unless a number follows; a weekday must have a capital and a title of its own, not "a skin dr"."""
    token = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    kinds = {phrase.kind for phrase in lexicon.phrases.get(token.text, ()) if not phrase.rest}
    if not kinds & {Kind.WEEKDAY, Kind.WEEKDAYS}:
        return following is None or following.shape is not Shape.NUMBER
    before = _words_before(tokens, at)[1:]
    return token.capital and len(token.text) > _ABBREVIATION and all(word.text in lexicon.calling for word in before)


def _words_before(tokens: Sequence[Token], at: int) -> list[Token]:
    """The words before a place, nearest first, up to a stop; an abbreviation's full stop is none."""
    words: list[Token] = []
    for place in range(at - 1, -1, -1):
        token = tokens[place]
        if token.shape is Shape.WORD:
            words.append(token)
        elif not (token.text == "." and token.glued and place == at - 1):
            break
        if len(words) == _WORDS_OF_A_NAME:
            break
    return words


def _follows_a_name(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether a capital word that is no known one, and not the first of the message, stands directly before."""
    before = tokens[at - 1] if at > 1 else None
    return before is not None and before.capital and before.text not in lexicon.phrases


def _begins_a_name(tokens: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    """Whether capital words follow, the last of them a surname, as in "Julio Domingo Pérez"."""
    for token in tokens[at + 1 : at + 1 + _WORDS_OF_A_NAME]:
        if not token.capital:
            return False
        if token.text not in lexicon.phrases and token.text not in lexicon.titles:
            return True
    return False
