"""What training data is once read: examples with marked entities, synonyms, look-ups and patterns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import chain


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMark:
    """An annotated span of an example: offsets into its plain text, the entity's name and, if given, its value."""

    entity: str
    start: int
    end: int
    value: str | None = None
    role: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing a patient might say, its intent, its marked entities, and where it stands."""

    text: str
    intent: str
    marks: tuple[EntityMark, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A named list of texts: a synonym's wordings, a look-up table's items or a regex feature's patterns."""

    name: str
    items: tuple[str, ...]
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Everything a language's models are trained on."""

    language: str
    examples: tuple[Example, ...] = ()
    synonyms: tuple[Listing, ...] = ()
    lookups: tuple[Listing, ...] = ()
    patterns: tuple[Listing, ...] = ()

    @property
    def intents(self) -> tuple[str, ...]:
        """The intents that have examples, sorted."""
        return tuple(sorted({example.intent for example in self.examples}))

    def value_of(self, text: str) -> str | None:
        """The canonical value a wording is a synonym of, or None."""
        wording = text.casefold()
        for synonym in self.synonyms:
            if wording in {item.casefold() for item in synonym.items}:
                return synonym.name
        return None

    def digest(self) -> str:
        """SHA-256 of the content, whatever files and order it came in."""
        examples = sorted(
            [example.intent, example.text, [[m.entity, m.start, m.end, m.value] for m in example.marks]]
            for example in self.examples
        )
        listings = [
            sorted([listing.name, list(listing.items)] for listing in group)
            for group in (self.synonyms, self.lookups, self.patterns)
        ]
        content = json.dumps([self.language, examples, listings], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


def merged(language: str, parts: Iterable[TrainingSet]) -> TrainingSet:
    """One set out of several files' sets."""
    empty = TrainingSet(language=language)
    return reduce(
        lambda left, right: TrainingSet(
            language=language,
            examples=tuple(chain(left.examples, right.examples)),
            synonyms=tuple(chain(left.synonyms, right.synonyms)),
            lookups=tuple(chain(left.lookups, right.lookups)),
            patterns=tuple(chain(left.patterns, right.patterns)),
        ),
        parts,
        empty,
    )
