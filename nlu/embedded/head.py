"""The linear classifier: multinomial logistic regression over dense features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.config import TrainingConfig
from nlu.embedded.descent import minimise
from nlu.embedded.features import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Head:
    """`features @ weights + bias` are an intent's logits."""

    weights: FloatArray
    bias: FloatArray


def fit_head(features: FloatArray, truth: NDArray[np.int64], intents: int, config: TrainingConfig) -> Head:
    """The weights under which the truth is likeliest, kept small."""
    count, width = features.shape
    rows = np.arange(count)
    across = np.ascontiguousarray(features.T)
    stiffness = np.float32(1 / (config.inverse_regularisation * count))
    edge = width * intents

    def objective(point: FloatArray) -> tuple[float, FloatArray]:
        weights, bias = point[:edge].reshape(width, intents), point[edge:]
        shares = features @ weights
        shares += bias
        shares -= shares.max(axis=1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=1, keepdims=True)
        likelihood = np.log(np.maximum(shares[rows, truth], 1e-30)).mean(dtype=np.float64)
        penalty = 0.5 * float(stiffness) * float(np.dot(point[:edge], point[:edge]))
        shares[rows, truth] -= 1
        shares /= np.float32(count)
        slope = across @ shares
        slope += stiffness * weights
        return penalty - float(likelihood), np.concatenate([slope.ravel(), shares.sum(axis=0)])

    start = np.zeros(edge + intents, dtype=np.float32)
    found = minimise(objective, start, iterations=config.max_iterations, tolerance=config.tolerance)
    return Head(weights=found[:edge].reshape(width, intents).copy(), bias=found[edge:].copy())
