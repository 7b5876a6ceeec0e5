"""The page's own words, per language, from JSON catalogues. The conversation's words come from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from domain.errors import ContentError

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """One catalogue per language, all with the same keys and the same {placeholders}."""

    by_language: Mapping[str, Mapping[str, str]]

    def in_(self, language: str) -> Mapping[str, str]:
        """The words of a language that `languages` has."""
        return self.by_language[language]

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages the page is written in."""
        return tuple(self.by_language)


def load_phrases(folder: Path) -> Phrases:
    """Read `<language>.json` files. Raises ContentError where one differs from the first in keys or placeholders."""
    found = {path.stem: _read(path) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise ContentError(file=str(folder), line=1, found="no catalogue", expected="<language>.json files")
    first, *others = found
    for language in others:
        _same_shape(folder / f"{language}.json", found[language], found[first], first)
    return Phrases(by_language=MappingProxyType({name: MappingProxyType(words) for name, words in found.items()}))


def _read(path: Path) -> dict[str, str]:
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ContentError(file=path.name, line=error.lineno, found=error.msg, expected="JSON") from error
    if not isinstance(words, dict) or not all(isinstance(text, str) and text for text in words.values()):
        raise ContentError(file=path.name, line=1, found="something else", expected="one object of key: text")
    return words


def _same_shape(path: Path, words: dict[str, str], model: dict[str, str], model_language: str) -> None:
    for key in sorted(words.keys() ^ model.keys()):
        found = f"no {key!r}" if key in model else f"{key!r}"
        raise ContentError(file=path.name, line=1, found=found, expected=f"the same keys as {model_language}.json")
    for key, text in words.items():
        if set(_PLACEHOLDER.findall(text)) != set(_PLACEHOLDER.findall(model[key])):
            raise ContentError(
                file=path.name, line=1, where=key, found=f"{text!r}", expected=f"the placeholders of {model[key]!r}"
            )
