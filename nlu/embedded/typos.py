"""Misspelt copies of training examples, as thumbs on a small keyboard make them. Pure: the seed decides."""

from __future__ import annotations

import random
from itertools import pairwise

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LONG = 25


def _neighbours() -> dict[str, str]:
    beside: dict[str, set[str]] = {letter: set() for row in _ROWS for letter in row}
    for row in _ROWS:
        for left, right in pairwise(row):
            beside[left].add(right)
            beside[right].add(left)
    for upper, lower in pairwise(_ROWS):
        for above, below in zip(upper, lower, strict=False):
            beside[above].add(below)
            beside[below].add(above)
    return {letter: "".join(sorted(others)) for letter, others in beside.items()}


BESIDE = _neighbours()
"""Each letter's neighbours on a keyboard."""


def misspell(text: str, *, seed: str) -> str:
    """`text` with one slip, or two when it is long; the same seed gives the same slips."""
    rng = random.Random(seed)  # noqa: S311 - reproducible noise for training, nothing secret
    letters = list(text)
    for _ in range(2 if len(text) > _LONG else 1):
        places = [at for at, letter in enumerate(letters) if letter.lower() in BESIDE]
        if len(places) < 4:
            break
        _slip(letters, rng.choice(places), rng)
    return "".join(letters)


def _slip(letters: list[str], at: int, rng: random.Random) -> None:
    neighbour = rng.choice(BESIDE[letters[at].lower()])
    match rng.randrange(4):
        case 0:
            letters[at] = neighbour
        case 1:
            del letters[at]
        case 2:
            letters.insert(at, neighbour)
        case _ if at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        case _:
            del letters[at]
