"""The catalogue: English responses from YAML, other languages from gettext catalogues."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babel.messages.pofile import PoFileError, read_po

from bot.content.yaml_source import Located, read_yaml
from domain.errors import ContentError

SOURCE_LANGUAGE = "en"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SAFETY_FACTS = frozenset({"emergency", "crisis"})
_STRAY_BRACE = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One text to say: its words per language, and the assurance level its facts need (0-3)."""

    key: str
    texts: Mapping[str, str]
    level: int = 0
    safety: bool = False
    line: int = 0
    """Where it stands in the source, from 1."""

    @property
    def placeholders(self) -> frozenset[str]:
        """The names to be filled in."""
        return frozenset(PLACEHOLDER.findall(self.texts[SOURCE_LANGUAGE]))

    def in_(self, language: str) -> str:
        """The words in a language; English where it is not written in it."""
        return self.texts.get(language) or self.texts[SOURCE_LANGUAGE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every response by key, in the source's order."""

    responses: Mapping[str, Response]
    languages: tuple[str, ...]

    def get(self, key: str) -> Response | None:
        """The response of that key, or None."""
        return self.responses.get(key)

    def missing(self) -> tuple[str, ...]:
        """What a language lacks, as "es:key"; a catalogue that ships has none."""
        return tuple(
            f"{language}:{item.key}"
            for item in self.responses.values()
            for language in self.languages
            if not item.texts.get(language)
        )


def load_catalogue(text: str, *, file: str, translations: Mapping[str, str]) -> Catalogue:
    """Read responses and their translations (PO text by language). Raises ContentError.

    A translation's context is the response's key and its placeholders must be the original's. One that is fuzzy, or
    of older English, is left out: the patient then reads the English, and `missing` names it.
    """
    english = {item.key: item for item in read_responses(text, file=file)}
    texts: dict[str, dict[str, str]] = {key: dict(item.texts) for key, item in english.items()}
    for language, po in translations.items():
        for key, words in _translated(po, language, english).items():
            texts[key][language] = words
    return Catalogue(
        responses=MappingProxyType(
            {
                key: Response(
                    key=key, texts=MappingProxyType(texts[key]), level=item.level, safety=item.safety, line=item.line
                )
                for key, item in english.items()
            }
        ),
        languages=(SOURCE_LANGUAGE, *translations),
    )


def read_responses(text: str, *, file: str) -> tuple[Response, ...]:
    """The responses of a YAML text, in English only and in order. Raises ContentError."""
    listed = read_yaml(text, file=file).fields(("version", "responses"))["responses"]
    return tuple(_response(key.key(), value) for key, value in listed.entries())


def _response(key: str, source: Located) -> Response:
    if not source.is_mapping:
        return Response(key=key, texts=_english(source), line=source.line)
    fields = source.fields(("text",), ("level", "safety"))
    level, safety = fields.get("level"), fields.get("safety")
    response = Response(
        key=key,
        texts=_english(fields["text"]),
        level=level.integer(0, 3) if level else 0,
        safety=safety.boolean() if safety else False,
        line=source.line,
    )
    if response.safety and (response.level or response.placeholders - _SAFETY_FACTS):
        raise source.error("a safety text anyone may read, with no placeholder but {emergency} and {crisis}")
    return response


def _english(source: Located) -> Mapping[str, str]:
    words = source.text("the words")
    if _STRAY_BRACE.search(PLACEHOLDER.sub("", words)):
        raise source.error("placeholders as {lower_case} and no other brace")
    return MappingProxyType({SOURCE_LANGUAGE: words})


def _translated(po: str, language: str, english: Mapping[str, Response]) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        catalog = read_po(io.StringIO(po), locale=language, abort_invalid=True)
    except PoFileError as error:
        raise ContentError(
            file=f"{language}.po", line=error.lineno + 1, found="a broken entry", expected="a gettext catalogue"
        ) from error
    for message in catalog:
        key, words = message.context, message.string
        original = english.get(key or "")
        if key is None or original is None or not isinstance(words, str) or not words or message.fuzzy:
            continue
        if original.texts[SOURCE_LANGUAGE] != message.id:
            continue
        bare = PLACEHOLDER.sub("", words)
        if frozenset(PLACEHOLDER.findall(words)) != original.placeholders or _STRAY_BRACE.search(bare):
            raise ContentError(
                file=f"{language}.po",
                line=message.lineno or 1,
                found=f"other placeholders in the translation of {key!r}",
                expected=", ".join(f"{{{name}}}" for name in sorted(original.placeholders)) or "none",
            )
        found[key] = words
    return found
