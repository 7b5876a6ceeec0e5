"""Words found nowhere else, the forms in which they could lie in a file, and a search for them."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count

STEM = "QzxCanary"
"""How every planted word begins: where no spelling of it lies, none of theirs does."""

_AREAS = ("857", "339", "781", "508", "774", "978", "413", "351")


@dataclass(slots=True)
class Canaries:
    """Plants words, numbers and codes, and remembers each."""

    planted: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def word(self) -> str:
        return self._plant(f"{STEM}{next(self._numbers):04d}vwk")

    def phone(self) -> str:
        number = next(self._numbers)
        return self._plant(f"+1{_AREAS[number // 100 % len(_AREAS)]}55501{number % 100:02d}")

    def code(self) -> str:
        return self._plant(f"{next(self._numbers):04d}kjq{'x' * 3}")

    def _plant(self, canary: str) -> str:
        self.planted.append(canary)
        return canary


def spellings(word: str) -> set[bytes]:
    """The word as it could lie in a file: UTF-8, UTF-16, escaped, hexadecimal, and base64 at each of three offsets."""
    raw = word.encode()
    found = {raw, raw.lower(), raw.upper(), word.encode("utf-16-le"), word.encode("utf-16-be")}
    found |= {raw.hex().encode(), raw.hex().upper().encode(), urllib.parse.quote(word).encode()}
    found.add(json.dumps(word)[1:-1].encode())
    for altchars in (b"+/", b"-_"):
        for shift in range(3):
            # The first and last quantum change with what stands beside the word.
            found.add(base64.b64encode(b"\0" * shift + raw, altchars)[4 * bool(shift) : -4])
    return found


def found_in(words: Iterable[str], haystacks: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where each word lies, in any spelling."""
    all_words, found = list(words), []
    unstemmed = [word for word in all_words if not word.startswith(STEM)]
    for name, data in haystacks:
        suspects = all_words if any(spelling in data for spelling in spellings(STEM)) else unstemmed
        found += [f"{word} in {name}" for word in suspects if any(spelling in data for spelling in spellings(word))]
    return found
