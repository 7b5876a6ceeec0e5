"""A message as words, numbers by shape, and marks, with places in the raw text. Knows no language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from nlu.text import fold


class Shape(StrEnum):
    """What a token looks like."""

    OPAQUE = "opaque"
    ISO_DATE = "iso_date"
    FULL_DATE = "full_date"
    SLASH = "slash"
    CLOCK = "clock"
    DOTTED = "dotted"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the message: `text` is folded, offsets point into the raw message, `glued` means no space before."""

    shape: Shape
    text: str
    start: int
    end: int
    glued: bool
    capital: bool = False
    """Whether it begins with a capital."""
    shouted: bool = False
    """Whether it is written in capitals throughout."""


_LETTER = r"[^\W\d_][\u0300-\u036f]*"
# Every repetition is bounded or runs over disjoint classes, so no input makes the scan more than linear.
_TOKENS = re.compile(
    rf"""
    (?P<opaque>
        https?://\S+
      | [\w.+-]{{1,64}}@[\w.-]{{1,64}}\.[^\W\d_]{{2,}}
      | \+\d[\d\s().-]{{5,18}}\d
      | \(\d{{3}}\)\s?\d{{3}}[-.\s]?\d{{4}}
      | \d{{3}}[-.\s]\d{{3}}[-.\s]\d{{4}}(?!\d)
    )
  | (?P<iso_date> \d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?![-/\d]) )
  | (?P<full_date> \d{{1,2}}(?P<sign>[-/.])\d{{1,2}}(?P=sign)(?:\d{{4}}|\d{{2}})(?![-/\d]) )
  | (?P<opaque_number>
        \d+(?:[-/]\d+){{2,}} | \d{{3,}}[-/]\d+ | \d+[-/]\d{{3,}} | \d+(?:\.\d+){{2,}} | \d+,\d{{1,3}}(?!\d)
    )
  | (?P<slash> \d{{1,2}}/\d{{1,2}} )
  | (?P<clock> \d{{1,2}}[:h]\d{{2}}(?::\d{{2}})?(?!\d) )
  | (?P<dotted> \d{{1,2}}\.\d{{2}}(?!\d) )
  | (?P<opaque_decimal> \d+\.\d+ )
  | (?P<number> \d+ )
  | (?P<word> [ap]\.\s?m\b\.? | (?:{_LETTER})+(?:['\u2019](?:{_LETTER})+)* )
  | (?P<mark> [^\w\s] | \n )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['\u2019]s$")
_DOTTED_MERIDIEM = re.compile(r"([ap])\.\s?m\b\.?", re.IGNORECASE)


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a message in order."""
    tokens = []
    last_end = -1
    for found in _TOKENS.finditer(text):
        name = (found.lastgroup or "mark").partition("_n")[0].partition("_decimal")[0]
        shape = Shape(name)
        raw = found.group()
        tokens.append(
            Token(
                shape=shape,
                text=_word(raw) if shape is Shape.WORD else raw,
                start=found.start(),
                end=found.end(),
                glued=found.start() == last_end,
                capital=raw[0].isupper(),
                shouted=len(raw) > 1 and raw.isupper(),
            )
        )
        last_end = found.end()
    return tuple(tokens)


def _word(raw: str) -> str:
    folded = raw.casefold()
    if "." in folded and (meridiem := _DOTTED_MERIDIEM.fullmatch(folded)):
        return meridiem.group(1) + "m"
    return fold(_POSSESSIVE.sub("", folded))
