"""Reads the words of a message as the safety screen's lexicons know them: folded, spelt right, run apart.

It knows nothing of rules; a word no lexicon knows stays as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRange:
    """Numbers from `low` to `high`, both included; a `reading` must not be followed by a unit that makes it none."""

    low: float
    high: float
    reading: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """How the words of one language become the numbered symbols that patterns are made of.

    `words`, `prefixes` and `phrases` (by first word) give symbols; `spellings` maps a variant to its word; `near` maps
    a word with one letter left out to the `guessed` words it may come from; `squeezed` maps a word without doubled
    letters to it; `kept` are words of everyday language that must not be taken for a misspelt one. `starts` and `ends`
    are the symbols of the place before a sentence and of the place after it.
    """

    words: Mapping[str, tuple[int, ...]]
    prefixes: Mapping[str, tuple[int, ...]]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], int], ...]]
    numbers: tuple[tuple[NumberRange, int], ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    spellings: Mapping[str, str]
    near: Mapping[str, tuple[str, ...]]
    squeezed: Mapping[str, str]
    guessed: frozenset[str]
    kept: frozenset[str]
    fillers: frozenset[str]
    not_readings: frozenset[str]


_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LOOKALIKES = str.maketrans("аеорсхуіѕкмтнвԁјɡαορτιν", "aeopcxyiskmthbdjgaoptiv")
_HIDDEN = re.compile(r"[^\S\n]+|[\x00-\x09\x0b-\x1f\x7f]")
_APOSTROPHE = re.compile(r"(?<=\w)['`\u00b4\u02b9\u02bc\u2018\u2019\u201b\u2032\uff07](?=\w)")
_SPELT_OUT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*]{1,3}){2,}[^\W\d_](?![^\W_])")
_TOKEN = re.compile(r"\d+[.,]\d+|[@$]?[^\W_](?:[\w@$!*]*[^\W_])?|[.,!?;:/%\n]|[^\w\s\x00-\x7f\u00a1\u00bf]")
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_LONG_RUN = re.compile(r"([^\W\d_])\1{2,}")


def fold(text: str) -> str:
    """Lower case without accents, hidden characters or apostrophes inside words; line breaks stay."""
    if not text.isascii():
        plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
        text = "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})
    lines = text.casefold().replace("\r", "\n")
    return _APOSTROPHE.sub("", _HIDDEN.sub(lambda found: " " if found[0].isspace() else "", lines))


def words_in(folded: str) -> frozenset[str]:
    """The words of a folded text as they are written."""
    return frozenset(_PIECE.findall(folded))


def squeeze(word: str) -> str:
    """The word with every doubled letter written once."""
    return _RUN.sub(r"\1", word)


def shortened(word: str) -> set[str]:
    """The word with one letter left out, but not the first, which is nearly always right in a misspelt word."""
    return {word[:at] + word[at + 1 :] for at in range(1, len(word))}


def read_words(folded: str, lexicon: Lexicon, *, guess: bool) -> list[str]:
    """Words in their canonical spelling, numbers, and the marks that end something; all else is dropped.

    With `guess` a word unknown is taken for the known one nearest to it.
    """

    def join(found: re.Match[str]) -> str:
        letters = "".join(char for char in found[0] if char.isalpha())
        words = [letters] if _known(letters, lexicon) else _split(letters, lexicon)
        return " ".join(words) if words else found[0]

    tokens: list[str] = []
    for raw in _TOKEN.findall(_SPELT_OUT.sub(join, folded)):
        if raw == "t" and tokens and tokens[-1].endswith("n"):
            tokens.append(_canonical(tokens.pop() + raw, lexicon, guess=guess)[0])
        else:
            tokens.extend(_canonical(raw, lexicon, guess=guess))
    return tokens


def _known(word: str, lexicon: Lexicon) -> str | None:
    word = lexicon.spellings.get(word, word)
    return word if word in lexicon.words or word in lexicon.kept or known_prefix(word, lexicon) else None


def known_prefix(word: str, lexicon: Lexicon) -> tuple[int, ...]:
    """The symbols of the longest known beginning of the word."""
    for end in range(min(len(word), 14), 2, -1):
        if symbols := lexicon.prefixes.get(word[:end]):
            return symbols
    return ()


def _canonical(raw: str, lexicon: Lexicon, *, guess: bool) -> list[str]:
    """What a written word stands for: itself, its right spelling, or the pieces it is made of."""
    if (known := _known(raw, lexicon)) is not None:
        return [known]
    if raw.endswith("s") and raw[:-1] in lexicon.words:  # "mom's" has lost its apostrophe by now
        return [raw[:-1]]
    plain = raw
    if not (raw.isascii() and raw.isalpha()):
        if number(raw) is not None or len(raw) == 1:
            return [raw]
        plain = raw.translate(_LEET).translate(_LOOKALIKES)
        if (known := _known(plain, lexicon)) is not None:
            return [known]
        pieces = _PIECE.findall(raw)
        if len(pieces) > 1 and "*" not in raw:
            return [word for piece in pieces for word in _canonical(piece, lexicon, guess=guess)]
        plain = plain.replace("*", "")
        if (known := _known(plain, lexicon)) is not None:
            return [known]
    if not guess:
        return [raw]
    if _LONG_RUN.search(plain):
        plain = squeeze(plain)
        if plain in lexicon.squeezed:
            return [lexicon.squeezed[plain]]
    return [near] if (near := _nearest(plain, lexicon)) else _split(plain, lexicon) or [raw]


def _nearest(word: str, lexicon: Lexicon) -> str | None:
    """The one word at most one letter (left out, put in, changed or swapped with its neighbour) away from this."""
    if not 4 <= len(word) <= 20:
        return None
    for term in lexicon.near.get(word, ()):
        return term
    for shorter in shortened(word):
        for term in lexicon.near.get(shorter, ()):
            if term == shorter or (len(term) == len(word) and _one_apart(word, term)):
                return term
    return None


def _one_apart(one: str, other: str) -> bool:
    differ = [at for at in range(len(one)) if one[at] != other[at]]
    if len(differ) == 2:
        left, right = differ
        return right == left + 1 and one[left] == other[right] and one[right] == other[left]
    return len(differ) == 1


def _split(letters: str, lexicon: Lexicon) -> list[str]:
    """Known words run together ("chestpain"), one of them telling; nothing when the letters do not divide so."""
    if not 6 <= len(letters) <= 40:
        return []
    best: list[list[str] | None] = [[], *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 14), end):
            before, word = best[start], letters[start:end]
            if before is None or not (word in lexicon.fillers or (len(word) >= 3 and word in lexicon.words)):
                continue
            current = best[end]
            if current is None or len(before) + 1 < len(current):
                best[end] = [*before, word]
    return found if (found := best[-1]) and not lexicon.guessed.isdisjoint(found) else []


def number(token: str) -> float | None:
    """The number a token writes, with a point or a comma, or None."""
    if not token[0].isdigit():
        return None
    whole, _, rest = token.replace(",", ".").partition(".")
    if not (whole.isascii() and whole.isdigit() and (not rest or (rest.isascii() and rest.isdigit()))):
        return None
    return float(whole + rest) if len(rest) == 3 else float(f"{whole}.{rest or 0}")
