"""Folding and tokens, shared by features, word lists and entities. Offsets always point into the raw message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_APOSTROPHES = re.compile("['\u2019`\u00b4]")
_RUN = re.compile(r"(\D)\1{2,}")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of the message: folded, with its place in the raw text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without diacritics or apostrophes; the length may change."""
    plain = _APOSTROPHES.sub("", text.casefold())
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words of a message, folded, in order."""
    return tuple(
        Token(text=fold(found.group()), start=found.start(), end=found.end()) for found in _WORD.finditer(text)
    )


def phrase_of(text: str) -> str:
    """The folded words of a text joined by single spaces: the form in which phrases are compared."""
    return " ".join(token.text for token in tokens_of(text))


def message_key(text: str) -> str:
    """A whole message as looked up in word lists: like `phrase_of`, but a pictograph counts as a word."""
    return " ".join("".join(map(_key_character, fold(text))).split())


def _key_character(character: str) -> str:
    if character.isalnum():
        return character
    match unicodedata.category(character):
        case "So":
            return f" {character} "
        case "Mn" | "Sk" | "Cf":
            return ""
        case _:
            return " "


def without_runs(text: str) -> str:
    """Letters said three times or more in a row once: "yesss" becomes "yes"."""
    return _RUN.sub(r"\1", text)


def model_text(text: str) -> str:
    """What features are counted on: folded, every digit a zero, so that one date looks like another."""
    return _DIGIT.sub("0", fold(text))
