"""The names a clinic hands in (doctors, visit types, sites …) and the phrases they are recognised by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nlu.text import phrase_of

_NAMED_PEOPLE = frozenset({"provider"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GazetteerEntry:
    """One thing: its id, and the names it goes by in each language."""

    id: str
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Entity name -> the clinic's things of that kind."""

    entries: Mapping[str, tuple[GazetteerEntry, ...]]


EMPTY_GAZETTEER = Gazetteer(entries={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One folded wording of one thing. A `weak` one (a bare surname) counts only after a title or when asked for."""

    entity: str
    id: str
    text: str
    weak: bool = False


def clinic_phrases(gazetteer: Gazetteer, titles: Iterable[str]) -> Iterator[Phrase]:
    """Every wording of every thing the clinic named."""
    bare_titles = frozenset(phrase_of(title) for title in titles)
    for entity, entries in gazetteer.entries.items():
        for entry in entries:
            for name in {name for names in entry.names.values() for name in names}:
                if entity in _NAMED_PEOPLE:
                    yield from _person_phrases(entity, entry.id, name, bare_titles)
                elif phrase_of(name):
                    yield Phrase(entity=entity, id=entry.id, text=phrase_of(name))


def lay_phrases(vocabularies: Mapping[str, Mapping[str, tuple[str, ...]]], gazetteer: Gazetteer) -> Iterator[Phrase]:
    """Everyday wordings ("skin doctor"); where the clinic lists a kind, only those of things it has."""
    for entity, values in vocabularies.items():
        owned = {entry.id for entry in gazetteer.entries.get(entity, ())}
        for value, wordings in values.items():
            if not owned or value in owned:
                for wording in wordings:
                    yield Phrase(entity=entity, id=value, text=phrase_of(wording))


def _person_phrases(entity: str, person: str, name: str, titles: frozenset[str]) -> Iterator[Phrase]:
    """A person by full name, or weakly by any single part of it or by all the surnames."""
    parts = [part for part in phrase_of(name).split() if part not in titles]
    if not parts:
        return
    yield Phrase(entity=entity, id=person, text=" ".join(parts), weak=len(parts) == 1)
    if len(parts) > 1:
        for part in parts:
            if len(part) > 1:
                yield Phrase(entity=entity, id=person, text=part, weak=True)
    if len(parts) > 2:
        yield Phrase(entity=entity, id=person, text=" ".join(parts[1:]))
        yield Phrase(entity=entity, id=person, text=f"{parts[0]} {parts[1]}")
        yield Phrase(entity=entity, id=person, text=f"{parts[0]} {parts[-1]}")
