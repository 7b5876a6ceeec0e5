"""Marks entities the patient ruled out: "not dr lee", "anything but Harbor clinic", "con Ramírez no"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.understanding import Entity
from nlu.text import phrase_of, tokens_of
from nlu.words import LanguageWords

_BREAKS = frozenset(",.;:!?\n")
_LONGEST_NEGATOR = 3


def with_negation(entities: Iterable[Entity], text: str, words: LanguageWords) -> tuple[Entity, ...]:
    """The same entities, `negated` where a negator stands before them with nothing but link words between."""
    negators = frozenset(phrase_of(phrase) for phrase in words.negators)
    links = frozenset(phrase_of(link) for link in words.links)
    return tuple(
        replace(entity, negated=True) if _ruled_out(entity.start, text, negators, links) else entity
        for entity in entities
    )


def _ruled_out(start: int, text: str, negators: frozenset[str], links: frozenset[str]) -> bool:
    """A comma or full stop between negator and entity ("no, dr lee") makes it a correction instead."""
    before = text[:start]
    cut = max((before.rfind(sign) for sign in _BREAKS - {"."}), default=-1)
    words = [token.text for token in tokens_of(before[cut + 1 :])]
    for _ in range(len(words)):
        tails = {" ".join(words[-size:]) for size in range(1, _LONGEST_NEGATOR + 1) if size <= len(words)}
        if tails & negators:
            return True
        if not words or words[-1] not in links:
            return False
        words.pop()
    return False
