"""Puts misspelt words right before a sentence is encoded: one slip away from a word of the examples or the language.

Only the encoder reads the corrected text. Character n-grams and entities read what the patient wrote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_lowercase

from nlu.embedded.typos import BESIDE
from nlu.text import without_runs

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_SHORTEST = 3
_LONGEST = 20
_FAR = 0.05
"""How much less a wrong letter counts that does not lie beside the right one on a keyboard."""
_OWN = 1e9
"""How much one use of a word in the examples weighs against its count in the language at large."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Speller:
    """`own` are the words of the training examples with their counts, `language` those of the language at large.

    `short_forms` are written for whole words ("appt"); they are written out whether or not the examples use them.
    """

    own: Mapping[str, int]
    language: Mapping[str, int]
    short_forms: Mapping[str, str]

    def corrected(self, text: str) -> str:
        """The text in lower case, each unknown word replaced by the likeliest known one a slip away, if any."""
        return _WORD.sub(lambda found: self._corrected(found.group()), text.lower())

    def _corrected(self, word: str) -> str:
        if word in self.short_forms:
            return self.short_forms[word]
        if not _SHORTEST <= len(word) <= _LONGEST or not word.isalpha() or self._known(word):
            return word
        plain = without_runs(word)
        if self._known(plain):
            return plain
        best, most = word, 0.0
        for candidate, share in _slips(word):
            count = self.own.get(candidate, 0) * _OWN + self.language.get(candidate, 0)
            if count and count**0.5 * share > most:
                best, most = candidate, count**0.5 * share
        return best

    def _known(self, word: str) -> bool:
        return word in self.own or word in self.language


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, digits apart."""
    return _WORD.findall(text.lower())


def own_words(texts: Iterable[str]) -> dict[str, int]:
    """The words of texts and how often they occur, sorted."""
    return dict(sorted(Counter(word for text in texts for word in words_of(text)).items()))


def _slips(word: str) -> Iterator[tuple[str, float]]:
    """What a word may have been before a letter was dropped, doubled, swapped or missed; how likely the slip is."""
    for at in range(len(word) + 1):
        left, right = word[:at], word[at:]
        if right:
            yield left + right[1:], 1.0
            if len(right) > 1:
                yield left + right[1] + right[0] + right[2:], 1.0
            beside = BESIDE.get(right[0], "")
            for letter in ascii_lowercase:
                yield left + letter + right[1:], 1.0 if letter in beside else _FAR
        for letter in ascii_lowercase:
            yield left + letter + right, 1.0
