"""Minimises smooth convex functions by L-BFGS. Plain arithmetic in a fixed order: the same input, the same answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from nlu.embedded.features import FloatArray

_MEMORY = 8
_ENOUGH = 1e-4
_SMALLEST_STEP = 1e-8

Objective = Callable[[FloatArray], tuple[float, FloatArray]]
"""From a point to the value there and its gradient."""


def minimise(objective: Objective, start: FloatArray, *, iterations: int, tolerance: float) -> FloatArray:
    """The point reached when the value falls by less than `tolerance` (relative) or after so many iterations."""
    point = start
    value, gradient = objective(point)
    steps: deque[tuple[FloatArray, FloatArray, float]] = deque(maxlen=_MEMORY)
    for _ in range(iterations):
        direction = _direction(gradient, steps)
        slope = _dot(gradient, direction)
        if slope >= 0:
            steps.clear()
            direction, slope = -gradient, -_dot(gradient, gradient)
        length = 1.0 if steps else 1.0 / max(1e-12, float(np.abs(gradient).sum()))
        found = _stepped(objective, point, value, direction, slope, length)
        if found is None:
            return point
        fresh, fresh_value, fresh_gradient = found
        moved, turned = fresh - point, fresh_gradient - gradient
        curvature = _dot(moved, turned)
        if curvature > 1e-10:
            steps.append((moved, turned, 1 / curvature))
        settled = value - fresh_value <= tolerance * max(1.0, abs(value))
        point, value, gradient = fresh, fresh_value, fresh_gradient
        if settled and len(steps) > 1:
            return point
    return point


def _stepped(
    objective: Objective, point: FloatArray, value: float, direction: FloatArray, slope: float, length: float
) -> tuple[FloatArray, float, FloatArray] | None:
    """The first of ever shorter steps that goes down enough."""
    while length > _SMALLEST_STEP:
        fresh = (point + np.float32(length) * direction).astype(np.float32)
        fresh_value, fresh_gradient = objective(fresh)
        if fresh_value <= value + _ENOUGH * length * slope:
            return fresh, fresh_value, fresh_gradient
        length *= 0.4
    return None


def _direction(gradient: FloatArray, steps: deque[tuple[FloatArray, FloatArray, float]]) -> FloatArray:
    way = gradient.copy()
    shares: list[float] = []
    for moved, turned, inverse in reversed(steps):
        share = inverse * _dot(moved, way)
        shares.append(share)
        way -= np.float32(share) * turned
    if steps:
        moved, turned, inverse = steps[-1]
        way *= np.float32(1 / (inverse * _dot(turned, turned)))
    for (moved, turned, inverse), share in zip(steps, reversed(shares), strict=True):
        way += np.float32(share - inverse * _dot(turned, way)) * moved
    return -way


def _dot(one: FloatArray, other: FloatArray) -> float:
    return float(np.dot(one, other))
