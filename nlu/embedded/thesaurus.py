"""Everyday wordings grouped by what they mean ("how much", "price", "cost"), so that few examples go a long way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nlu.text import phrase_of

_LONGEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Thesaurus:
    """Phrases to meanings; a one-word entry ending in `*` fits every word that begins so (at least 3 letters)."""

    phrases: Mapping[str, tuple[str, ...]]
    stems: Mapping[str, tuple[str, ...]]

    def meanings(self, words: list[str]) -> list[str]:
        """The meanings found among folded words, in order of appearance."""
        found: list[str] = []
        for at, word in enumerate(words):
            for size in range(min(_LONGEST, len(words) - at), 0, -1):
                found.extend(self.phrases.get(" ".join(words[at : at + size]), ()))
            for length in range(3, len(word) + 1):
                found.extend(self.stems.get(word[:length], ()))
        return list(dict.fromkeys(found))

    def as_lists(self) -> dict[str, list[str]]:
        """Meaning -> entries, as in the word file, sorted."""
        entries: dict[str, list[str]] = {}
        for phrase, meanings in self.phrases.items():
            for meaning in meanings:
                entries.setdefault(meaning, []).append(phrase)
        for stem, meanings in self.stems.items():
            for meaning in meanings:
                entries.setdefault(meaning, []).append(f"{stem}*")
        return {meaning: sorted(texts) for meaning, texts in sorted(entries.items())}


def thesaurus_of(groups: Mapping[str, tuple[str, ...] | list[str]]) -> Thesaurus:
    """Build from meaning -> entries."""
    phrases: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    for meaning in sorted(groups):
        for entry in groups[meaning]:
            if entry.endswith("*"):
                stems.setdefault(phrase_of(entry), []).append(meaning)
            else:
                phrases.setdefault(phrase_of(entry), []).append(meaning)
    return Thesaurus(
        phrases={phrase: tuple(dict.fromkeys(meanings)) for phrase, meanings in phrases.items()},
        stems={stem: tuple(dict.fromkeys(meanings)) for stem, meanings in stems.items()},
    )


NO_THESAURUS = thesaurus_of({})
