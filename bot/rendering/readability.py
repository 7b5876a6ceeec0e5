"""How hard a text is to read: Flesch-Kincaid for English, Fernández-Huerta for Spanish. Counts only, no words kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from bot.rendering.catalogue import PLACEHOLDER

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
_ENGLISH_SILENT = re.compile(r"[^aeiouy]e$|[^aeiouytd]ed$|[^aeiouyscgxzh]es$")
_ENGLISH_LE = re.compile(r"[^aeiouyl]les?$")
_ENGLISH_SPLIT = re.compile(r"i[ao](?![un])|ua(?!r)")
_STRONG, _WEAK = "aeoáéóíú", "iuü"
_SPANISH_VOWELS = re.compile(rf"[{_STRONG}{_WEAK}y]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A text in numbers. `grade` is the US school grade it asks for (Spanish: by Fernández-Huerta's own table)."""

    words: int
    longest_sentence: int
    """In words."""
    grade: float


_FERNANDEZ_HUERTA_GRADES: tuple[tuple[float, float], ...] = ((90, 4), (80, 5), (70, 6), (60, 8), (50, 10), (30, 13))
"""Ease from which a text suits a grade: 90 very easy (4th), 80 easy (5th), 70 fairly easy (6th), 60 plain (7th-8th)."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text; each line is at least one."""
    return tuple(part for part in _SENTENCE_END.split(text) if _WORD.search(part))


def measure(text: str, language: str) -> Measure:
    """Measure a text of a catalogue; a placeholder counts as one short word."""
    said = sentences(PLACEHOLDER.sub("it", text))
    counted = [[word.casefold() for word in _WORD.findall(part)] for part in said]
    words = [word for part in counted for word in part]
    if not words:
        return Measure(words=0, longest_sentence=0, grade=0.0)
    syllables = sum(syllables_of(word, language) for word in words)
    return Measure(
        words=len(words),
        longest_sentence=max(len(part) for part in counted),
        grade=_grade(len(words) / len(said), syllables / len(words), language),
    )


def _grade(words_a_sentence: float, syllables_a_word: float, language: str) -> float:
    if language != "es":
        return 0.39 * words_a_sentence + 11.8 * syllables_a_word - 15.59
    ease = 206.84 - 60 * syllables_a_word - 1.02 * words_a_sentence
    return next((grade for least, grade in _FERNANDEZ_HUERTA_GRADES if ease >= least), 16.0)


def syllables_of(word: str, language: str) -> int:
    """A word's syllables, at least one; a number counts as one, as it is read at a glance."""
    if not word.isalpha() and not any(char.isalpha() for char in word):
        return 1
    return max(1, _spanish(word) if language == "es" else _english(word))


def _english(word: str) -> int:
    if word in _ENGLISH_EXCEPTIONS:
        return _ENGLISH_EXCEPTIONS[word]
    count = len(_ENGLISH_VOWELS.findall(word)) + len(_ENGLISH_SPLIT.findall(word))
    return count - 1 if _ENGLISH_SILENT.search(word) and not _ENGLISH_LE.search(word) else count


_ENGLISH_EXCEPTIONS: Mapping[str, int] = MappingProxyType(
    {"someone": 2, "something": 2, "anyone": 3, "meanwhile": 2, "area": 3, "cannot": 2, "created": 3, "video": 3}
)


def _spanish(word: str) -> int:
    """Vowel groups, split where two strong (or stressed weak) vowels meet: "día" is two, "cuando" is two."""
    bare = re.sub(r"qu(?=[eéií])", "q", re.sub(r"gu(?=[eéií])", "g", word))
    bare = re.sub(r"y(?=[aeiouáéíóú])", "j", bare)
    return sum(
        1 + sum(left in _STRONG and right in _STRONG for left, right in pairwise(group))
        for group in _SPANISH_VOWELS.findall(bare)
    )
