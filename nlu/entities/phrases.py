"""Builds regular expressions out of word lists; spelling with or without diacritics both fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_MARKED = {"a": "aáàâã", "e": "eéèê", "i": "iíì", "o": "oóòôõ", "u": "uúùü", "n": "nñ", "c": "cç"}


def alternatives(phrases: Iterable[str]) -> str:
    """A group fitting any of the phrases, longest first."""
    return _alternatives(tuple(phrases))


@lru_cache(maxsize=256)
def _alternatives(phrases: tuple[str, ...]) -> str:
    return "(?:" + "|".join(_fuzzy_marks(phrase) for phrase in sorted(set(phrases), key=len, reverse=True)) + ")"


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile once for each pattern; case does not matter."""
    return re.compile(pattern, re.IGNORECASE)


def value_of(text: str, groups: Mapping[str, tuple[str, ...]]) -> str | None:
    """The group a wording belongs to."""
    plain = _plain(text)
    for value, phrases in groups.items():
        if any(_plain_phrase(phrase) == plain for phrase in phrases):
            return value
    return None


@lru_cache(maxsize=2048)
def _plain_phrase(phrase: str) -> str:
    """Word-list phrases only: nothing a patient wrote is kept in the cache."""
    return _plain(phrase)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).replace("\u2019", "'").split())


def _fuzzy_marks(phrase: str) -> str:
    parts = []
    for character in _plain(phrase):
        if character == " ":
            parts.append(r"\s+")
        elif character == "'":
            parts.append("['\u2019]?")
        else:
            parts.append(f"[{_MARKED[character]}]" if character in _MARKED else re.escape(character))
    return "".join(parts)
