"""Choosing among what was shown: "the second one", "la última", "the later one", a bare "2", a repeated label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from domain.understanding import Entity, ParseContext
from nlu.entities.phrases import alternatives, compiled, value_of
from nlu.text import phrase_of
from nlu.words import LanguageWords

_BARE = re.compile(r"^\s*#?(\d{1,2})\s*[.)!]?\s*$")
_SAME_LABEL = 90.0
_MIN_LABEL = 3


def read_ordinals(text: str, *, words: LanguageWords, context: ParseContext) -> Iterator[Entity]:
    """Ordinals as "1", "2" …, "last", "earlier", "later".

    Unless options were shown, only forms with a noun count ("the second one"), for "first" has other uses.
    """
    forms = alternatives(form for group in words.ordinals.values() for form in group)
    nouns = alternatives(words.ordinal_nouns)
    choosing = bool(context.shown) or context.expected_kind == "choice"
    if choosing:
        pattern = rf"(?<!\w)(?P<form>{forms})(?:\s+{nouns})?(?!\w)"
    else:
        pattern = rf"(?<!\w)(?:(?P<form>{forms})\s+{nouns}|{nouns}\s+(?P<after>{forms}))(?!\w)"
    found = None
    for found in compiled(pattern).finditer(text):
        form = found["form"] if choosing else found["form"] or found["after"]
        value = value_of(form, words.ordinals)
        if value is not None:
            yield Entity(name="ordinal", value=value, text=found.group(), start=found.start(), end=found.end())
    if choosing and found is None:
        yield from _other_choices(text, context)


def _other_choices(text: str, context: ParseContext) -> Iterator[Entity]:
    bare = _BARE.match(text)
    if bare is not None:
        yield Entity(name="ordinal", value=str(int(bare[1])), text=bare[1], start=bare.start(1), end=bare.end(1))
        return
    said = phrase_of(text)
    if len(said) < _MIN_LABEL:
        return
    labels = [
        str(place)
        for place, label in enumerate(context.shown, start=1)
        if fuzz.token_set_ratio(said, phrase_of(label)) >= _SAME_LABEL
    ]
    if labels:
        yield Entity(
            name="ordinal",
            value=labels[0] if len(labels) == 1 else "",
            text=text,
            start=0,
            end=len(text),
            alternatives=tuple(labels) if len(labels) > 1 else (),
        )
