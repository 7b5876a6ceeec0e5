"""Finds phrases in a message, exactly or within a slip or two; says which ids a wording fits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from domain.understanding import Entity
from nlu.entities.gazetteer import Phrase
from nlu.text import Token, tokens_of

_LONGEST = 6
_MIN_FUZZY_LENGTH = 5
_TWO_SLIPS_FROM = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSettings:
    """What one message allows: words that are no slips, titles, and the entity whose weak names count."""

    known_words: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    expected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    first: int
    last: int
    phrases: tuple[Phrase, ...]
    slips: int


class PhraseMatcher:
    """Immutable once built; a message of ten words takes well under a millisecond against a clinic's names."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        """Index the phrases by their words and, without blanks, by length."""
        exact: dict[str, dict[tuple[str, str], Phrase]] = defaultdict(dict)
        for phrase in phrases:
            if phrase.text:
                kept = exact[phrase.text].get((phrase.entity, phrase.id))
                if kept is None or kept.weak:
                    exact[phrase.text][phrase.entity, phrase.id] = phrase
        self._exact = {text: tuple(named.values()) for text, named in exact.items()}
        self._compact: dict[int, dict[str, str]] = defaultdict(dict)
        for text in self._exact:
            compact = text.replace(" ", "")
            if len(compact) >= _MIN_FUZZY_LENGTH and not any(letter.isdigit() for letter in compact):
                self._compact[len(compact)][text] = compact
        self._longest = max((text.count(" ") + 1 for text in self._exact), default=0)

    def find(self, text: str, settings: MatchSettings) -> tuple[Entity, ...]:
        """The entities in a message: of one name they never overlap, the longest and closest win."""
        words = tokens_of(text)
        hits: list[tuple[str, _Hit]] = []
        for first in range(len(words)):
            for size in range(1, min(self._longest, _LONGEST, len(words) - first) + 1):
                for hit in self._hits(words, first, size, settings):
                    hits.extend((entity, hit) for entity in {phrase.entity for phrase in hit.phrases})
        hits.sort(key=lambda pair: (pair[1].slips - 2 * (pair[1].last - pair[1].first), pair[1].first, pair[0]))
        taken: dict[str, list[_Hit]] = defaultdict(list)
        found: list[Entity] = []
        for entity, hit in hits:
            if all(hit.last < other.first or other.last < hit.first for other in taken[entity]):
                taken[entity].append(hit)
                found.append(_entity(entity, hit, words, text, settings))
        return tuple(sorted(found, key=lambda entity: (entity.start, entity.end, entity.name)))

    def _hits(self, words: Sequence[Token], first: int, size: int, settings: MatchSettings) -> list[_Hit]:
        last = first + size - 1
        window = [word.text for word in words[first : last + 1]]
        titled = first > 0 and words[first - 1].text in settings.titles
        exact = self._strong(self._exact.get(" ".join(window), ()), titled=titled, settings=settings)
        if exact:
            return [_Hit(first=first, last=last, phrases=exact, slips=0)]
        if all(word in settings.known_words for word in window) or window[0] in settings.titles:
            return []
        slipped = self._slipped("".join(window))
        if slipped is None:
            return []
        slips, texts = slipped
        phrases = tuple(phrase for text in texts for phrase in self._exact[text])
        strong = self._strong(phrases, titled=titled, settings=settings)
        return [_Hit(first=first, last=last, phrases=strong, slips=slips)] if strong else []

    def _slipped(self, compact: str) -> tuple[int, list[str]] | None:
        """The fewest slips to a phrase, within what its length allows, and the phrases that close."""
        if len(compact) < _MIN_FUZZY_LENGTH or any(letter.isdigit() for letter in compact):
            return None
        allowed = 2 if len(compact) >= _TWO_SLIPS_FROM else 1
        best: dict[int, list[str]] = defaultdict(list)
        for length in range(len(compact) - allowed, len(compact) + allowed + 1):
            for _, slips, text in process.extract(
                compact, self._compact.get(length, {}), scorer=OSA.distance, score_cutoff=allowed, limit=None
            ):
                best[int(slips)].append(text)
        return (min(best), sorted(best[min(best)])) if best else None

    @staticmethod
    def _strong(phrases: Sequence[Phrase], *, titled: bool, settings: MatchSettings) -> tuple[Phrase, ...]:
        """Weak names only after a title or when asked for; with a strong reading of the same words they drop out."""
        return tuple(phrase for phrase in phrases if not phrase.weak or titled or phrase.entity == settings.expected)


def _entity(name: str, hit: _Hit, words: Sequence[Token], text: str, settings: MatchSettings) -> Entity:
    ids = sorted({phrase.id for phrase in hit.phrases if phrase.entity == name})
    start = words[hit.first].start
    if name == "provider" and hit.first and words[hit.first - 1].text in settings.titles:
        start = words[hit.first - 1].start
    end = words[hit.last].end
    length = sum(len(word.text) for word in words[hit.first : hit.last + 1])
    return Entity(
        name=name,
        value=ids[0] if len(ids) == 1 else "",
        text=text[start:end],
        start=start,
        end=end,
        confidence=round(1 - hit.slips / max(length, 1), 3),
        alternatives=tuple(ids) if len(ids) > 1 else (),
    )
