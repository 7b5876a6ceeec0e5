"""Cosine to the nearest training example, by sentence vectors or through an inverted index; names it for reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.embedded.features import FloatArray, IntArray, SparseVector


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The most similar example's position and the cosine to it (0..1)."""

    index: int
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExampleIndex:
    """Postings: for column c, `rows[starts[c]:starts[c + 1]]` are the examples having it, with their `weights`."""

    starts: IntArray
    rows: IntArray
    weights: FloatArray
    size: int

    @classmethod
    def of(cls, vectors: Sequence[SparseVector], *, width: int) -> ExampleIndex:
        """Index the examples' vectors."""
        columns = np.concatenate([vector.columns for vector in vectors])
        rows = np.repeat(np.arange(len(vectors), dtype=np.int32), [len(vector.columns) for vector in vectors])
        weights = np.concatenate([vector.weights for vector in vectors])
        order = np.lexsort((rows, columns))
        starts = np.searchsorted(columns[order], np.arange(width + 1)).astype(np.int32)
        return cls(starts=starts, rows=rows[order], weights=weights[order], size=len(vectors))

    def cosines(self, vector: SparseVector) -> FloatArray:
        """The cosine of a vector to every example."""
        begins, ends = self.starts[vector.columns], self.starts[vector.columns + 1]
        lengths = ends - begins
        if not lengths.sum():
            return np.zeros(self.size, dtype=np.float32)
        shifts = np.repeat(begins - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        places = np.arange(lengths.sum()) + shifts
        shares = np.repeat(vector.weights, lengths) * self.weights[places]
        return np.bincount(self.rows[places], weights=shares, minlength=self.size).astype(np.float32)

    def nearest(self, vector: SparseVector) -> Neighbour:
        """The best example; cosine 0 when nothing is shared."""
        cosines = self.cosines(vector)
        best = int(cosines.argmax())
        return Neighbour(index=best, cosine=min(1.0, float(cosines[best])))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VectorIndex:
    """Examples as unit sentence vectors, a row each."""

    rows: FloatArray

    def nearest(self, vector: FloatArray) -> Neighbour:
        """The best example."""
        cosines = self.rows @ vector
        best = int(cosines.argmax())
        return Neighbour(index=best, cosine=min(1.0, float(cosines[best])))
