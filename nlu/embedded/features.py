"""TF-IDF of words (1-2), characters within words (2-4) and meanings; the same code counts in training and service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nlu.embedded.thesaurus import Thesaurus
from nlu.text import model_text, without_runs

_WORD = re.compile(r"\w+")
_CHARACTER_SIZES = (2, 3, 4)
_CHARACTER_MIN_EXAMPLES = 2
_BLOCK_SHARES = (0.35, 0.35, 0.30)
"""Squared weights of the blocks words, characters, meanings; one without vocabulary leaves its share to the rest."""
SKETCH_WIDTH = 2048
"""Numbers in a sketch that stands beside a sentence vector."""
SKETCH_WIDTH_ALONE = 4096
"""The same where there is no sentence vector, and what two texts lose by sharing a slot weighs more."""
_SLOTS = 2

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Grams:
    """How often each n-gram and each meaning (alone and in pairs) occurs in one text."""

    words: Counter[str]
    characters: Counter[str]
    meanings: Counter[str]

    @property
    def blocks(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """The counts in the order of the blocks."""
        return self.words, self.characters, self.meanings


@dataclass(frozen=True, slots=True, eq=False)
class SparseVector:
    """A text as features: column numbers and their weights. Its length is 1, or less when little of it is known."""

    columns: IntArray
    weights: FloatArray


def grams_of(text: str, thesaurus: Thesaurus) -> Grams:
    """Count the n-grams and meanings of a text."""
    words = _WORD.findall(without_runs(model_text(text)))
    pairs = (f"{left} {right}" for left, right in pairwise(words))
    characters: Counter[str] = Counter()
    for word in words:
        padded = f" {word} "
        for size in _CHARACTER_SIZES:
            characters.update(padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))
    meanings = thesaurus.meanings(words)
    couples = (f"{left}+{right}" for left, right in combinations(sorted(meanings), 2))
    return Grams(words=Counter([*words, *pairs]), characters=characters, meanings=Counter([*meanings, *couples]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectoriser:
    """Turns counts into unit vectors; columns run through the blocks in order."""

    vocabularies: tuple[dict[str, int], ...]
    idf: FloatArray
    shares: tuple[float, ...]
    slots: IntArray
    """columns x 2: where each column goes in a sketch"""
    signs: FloatArray
    sketch_width: int

    @classmethod
    def fitted(cls, documents: Sequence[Grams], *, sketch_width: int) -> Vectoriser:
        """Learn vocabularies (sorted, so that order of input does not matter) and inverse document frequencies."""
        words, characters, meanings = (
            Counter(gram for document in documents for gram in document.blocks[block]) for block in range(3)
        )
        common = Counter({gram: n for gram, n in characters.items() if n >= _CHARACTER_MIN_EXAMPLES})
        counted = [(gram, counts[gram]) for counts in (words, common, meanings) for gram in sorted(counts)]
        frequency = np.array([count for _, count in counted], dtype=np.float64)
        idf = np.log((1 + len(documents)) / (1 + frequency)) + 1
        return cls.of(
            (sorted(words), sorted(common), sorted(meanings)), idf.astype(np.float32), sketch_width=sketch_width
        )

    @classmethod
    def of(cls, vocabularies: Iterable[Sequence[str]], idf: FloatArray, *, sketch_width: int) -> Vectoriser:
        """Put stored vocabularies back together."""
        numbered: list[dict[str, int]] = []
        offset = 0
        for grams in vocabularies:
            numbered.append({gram: offset + at for at, gram in enumerate(grams)})
            offset += len(grams)
        total = sum(share for share, grams in zip(_BLOCK_SHARES, numbered, strict=True) if grams) or 1.0
        codes = [
            crc32(f"{block} {turn} {gram}".encode())
            for block, grams in enumerate(numbered)
            for gram in grams
            for turn in range(_SLOTS)
        ]
        drawn = np.array(codes, dtype=np.uint32).reshape(-1, _SLOTS)
        return cls(
            vocabularies=tuple(numbered),
            idf=idf,
            shares=tuple(share / total for share in _BLOCK_SHARES),
            slots=(drawn % sketch_width).astype(np.int32),
            signs=np.where(drawn >> 31, 1, -1).astype(np.float32) / np.float32(_SLOTS**0.5),
            sketch_width=sketch_width,
        )

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.idf)

    def vector(self, grams: Grams) -> SparseVector:
        """The weighted blocks of one text, joined; unknown n-grams are left out."""
        blocks = [
            self._block(counts, vocabulary, share)
            for counts, vocabulary, share in zip(grams.blocks, self.vocabularies, self.shares, strict=True)
        ]
        return SparseVector(
            columns=np.concatenate([block.columns for block in blocks]),
            weights=np.concatenate([block.weights for block in blocks]),
        )

    def sketch(self, vector: SparseVector) -> FloatArray:
        """The vector in far fewer numbers, products nearly unchanged: each column in two slots, with signs."""
        slots, shares = self.slots[vector.columns], self.signs[vector.columns] * vector.weights[:, None]
        return np.bincount(slots.ravel(), weights=shares.ravel(), minlength=self.sketch_width).astype(np.float32)

    def _block(self, counts: Counter[str], vocabulary: dict[str, int], share: float) -> SparseVector:
        known = sorted((vocabulary[gram], count) for gram, count in counts.items() if gram in vocabulary)
        columns = np.array([column for column, _ in known], dtype=np.int32)
        frequency = np.array([count for _, count in known], dtype=np.float32)
        weights = (1 + np.log(frequency)) * self.idf[columns]
        length = float(np.sqrt((weights * weights).sum()))
        scale = np.float32(share**0.5 / length if length else 0.0)
        return SparseVector(columns=columns, weights=(weights * scale).astype(np.float32))
