"""A person's name: after "my name is" / "me llamo", or the whole answer when a name was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.understanding import Entity
from nlu.entities.phrases import alternatives, compiled
from nlu.text import fold
from nlu.words import LanguageWords

_PART = r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?"
_NAME = re.compile(rf"{_PART}(?:\s+{_PART}){{0,5}}")
_LONGEST = 6


def read_person_names(text: str, *, words: LanguageWords, expected: bool) -> Iterator[Entity]:
    """At most one name. A soft opener ("I'm …", "soy …") needs an expected name or two capitalised words."""
    openers = words.name_openers + (words.soft_name_openers if expected else ())
    opened = compiled(rf"(?<!\w){alternatives(openers)}(?!\w)\s*:?\s*").search(text)
    if opened is not None:
        found = _NAME.match(text, opened.end())
        if found is not None:
            yield from _named(found, words, expected=expected)
        return
    soft = compiled(rf"(?<!\w){alternatives(words.soft_name_openers)}(?!\w)\s+").search(text)
    if soft is not None:
        found = _NAME.match(text, soft.end())
        capitals = [part for part in found.group().split() if part[0].isupper()] if found else []
        if found is not None and len(capitals) >= 2:
            yield from _named(found, words, expected=expected)
            return
    whole = _NAME.fullmatch(text.strip())
    if expected and whole is not None:
        found = _NAME.search(text)
        if found is not None:
            yield from _named(found, words, expected=expected)


def _named(found: re.Match[str], words: LanguageWords, *, expected: bool) -> Iterator[Entity]:
    """Name parts up to the first word that cannot be one."""
    stop = frozenset(fold(word) for word in words.not_names)
    inner = frozenset({"de", "la", "los", "las", "del", "y", "van", "der", "da", "do"})
    kept: list[re.Match[str]] = []
    for part in re.finditer(r"\S+", found.group()):
        folded = fold(part.group()).strip(".")
        if folded in stop and not ((kept or expected) and folded in inner):
            break
        kept.append(part)
        if part.group().endswith(".") and len(folded) > 2:
            break
    while kept and fold(kept[-1].group()) in inner:
        kept.pop()
    if not kept or len(kept) > _LONGEST:
        return
    start, end = found.start() + kept[0].start(), found.start() + kept[-1].end()
    written = found.string[start:end].rstrip(".")
    yield Entity(name="person_name", value=_capitalised(written), text=written, start=start, end=start + len(written))


def _capitalised(name: str) -> str:
    """As written; all small or all capital letters are made a name's."""
    tidy = " ".join(name.split())
    return tidy.title().replace("\u2019S", "\u2019s") if tidy.islower() or tidy.isupper() else tidy
