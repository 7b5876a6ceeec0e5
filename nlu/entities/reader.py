"""Reads every entity of a message from its raw text. Built once for a clinic; knows no dates beyond what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from domain.understanding import Entity, ParseContext
from domain.when import When
from nlu.embedded.model import Lexicon
from nlu.entities import contacts, quantities
from nlu.entities.gazetteer import Gazetteer, Phrase, clinic_phrases, lay_phrases
from nlu.entities.matching import MatchSettings, PhraseMatcher
from nlu.entities.negation import with_negation
from nlu.entities.ordinals import read_ordinals
from nlu.entities.person_names import read_person_names
from nlu.entities.readings import read_readings
from nlu.text import phrase_of
from nlu.words import LanguageWords

_YIELDS_TO_TIME = frozenset({"ordinal", "count", "reading_value", "rating"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageEntities:
    """What one language brings to reading: its words, the words it spells rightly, the phrases it knows."""

    words: LanguageWords
    known_words: frozenset[str]
    titles: frozenset[str]
    matcher: PhraseMatcher


def language_entities(
    words: LanguageWords, gazetteer: Gazetteer, *, known_words: frozenset[str], lexicon: Lexicon, titles: Iterable[str]
) -> LanguageEntities:
    """Index a clinic's names, in all languages it gave, with one language's everyday and learned wordings.

    `titles` are those of every enabled language: "dra. Lee" is said in English too.
    """
    titles = frozenset(phrase_of(title) for title in titles)
    phrases: list[Phrase] = [
        *clinic_phrases(gazetteer, titles),
        *lay_phrases(words.closed, gazetteer),
        *lay_phrases(lexicon, gazetteer),
    ]
    return LanguageEntities(words=words, known_words=known_words, titles=titles, matcher=PhraseMatcher(phrases))


class EntityReader:
    """Finds entities in the languages it was built for."""

    def __init__(self, languages: Mapping[str, LanguageEntities], *, region: str) -> None:
        """`region` (as "US") is where phone numbers without country code are dialled."""
        self._languages = dict(languages)
        self._region = region

    def read(self, text: str, *, language: str, context: ParseContext, when: When) -> tuple[Entity, ...]:
        """Entities in order of appearance; `when` is what the text says about time, whose figures are not counts."""
        known = self._languages[language]
        kind = context.expected_kind
        settings = MatchSettings(
            known_words=known.known_words,
            titles=known.titles,
            expected=kind,
        )
        named = with_negation(known.matcher.find(text, settings), text, known.words)
        figures = self._figures(text, known.words, context)
        contact = list(self._contacts(text, kind))
        spans = [(entity.start, entity.end) for entity in contact]
        free = [
            entity
            for entity in _outside_time(figures, text, when)
            if not any(start < entity.end and entity.start < end for start, end in spans)
        ]
        people = read_person_names(text, words=known.words, expected=kind == "person_name")
        everything = chain(named, contact, free, people)
        return tuple(sorted(everything, key=lambda entity: (entity.start, entity.end, entity.name, entity.value)))

    def _contacts(self, text: str, kind: str | None) -> Iterator[Entity]:
        yield from contacts.read_emails(text)
        if kind == "code":
            yield from contacts.read_codes(text)
        else:
            yield from contacts.read_phones(text, region=self._region, expected=kind == "phone")

    def _figures(self, text: str, words: LanguageWords, context: ParseContext) -> list[Entity]:
        kind = context.expected_kind
        found = [
            *read_ordinals(text, words=words, context=context),
            *read_readings(text, words=words, expected=kind in {"reading", "reading_value"}),
            *quantities.read_durations(text, words=words),
            *quantities.read_ratings(text, words=words, expected=kind == "rating"),
            *quantities.read_amounts(text),
            *quantities.read_doses(text),
        ]
        counted = quantities.read_counts(text, words=words, expected=kind in {"count", "number"})
        return [*found, *(one for one in counted if not any(_overlap(one, other) for other in found))]


def _overlap(one: Entity, other: Entity) -> bool:
    return one.start < other.end and other.start < one.end


def _outside_time(entities: list[Entity], text: str, when: When) -> Iterator[Entity]:
    """Figures that belong to a date or time ("May 2nd") are no choices, counts or readings."""
    start = text.find(when.text) if when.text else -1
    end = start + len(when.text)
    for entity in entities:
        inside = start >= 0 and start <= entity.start and entity.end <= end and entity.text != when.text
        if not (inside and entity.name in _YIELDS_TO_TIME):
            yield entity
