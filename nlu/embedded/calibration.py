"""Chooses temperature, thresholds and the in-scope curve on out-of-fold scores, and reports the figures they gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS
from nlu.config import TrainingConfig
from nlu.embedded.crossval import ABSENT, OutOfFold
from nlu.embedded.descent import minimise
from nlu.embedded.features import FloatArray
from nlu.embedded.model import Calibration, scope_evidence, softmax

_TEMPERATURES = (0.05, 20.0)
_NO_REJECTION = 0.0
_CERTAIN = 20.0
_THIRDS = 20
"""How often the range of temperatures is cut to two thirds."""
_FLAT = 1e-6
_CURVE_STIFFNESS = 1e-4
_LOWEST_ALARM = 0.10
_BINS = 10

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The numbers chosen and what they measured."""

    calibration: Calibration
    metrics: Mapping[str, float]


def calibrate(scores: OutOfFold, config: TrainingConfig) -> Calibrated:
    """Choose every number a decision needs."""
    temperature = _temperature(scores)
    shares = softmax(scores.logits / temperature)
    known = _known_columns(scores)
    inside = np.isin(scores.truth, known) & ~scores.strange
    best = known[shares[:, known].argmax(axis=1)]
    right = (best == scores.truth) & inside
    scope = _scope(_evidence(scores, shares, known), inside)
    threshold = _threshold(scope.within, inside, right, config)
    accepted = scope.within >= threshold
    in_known = shares[:, known] / shares[:, known].sum(axis=1, keepdims=True) * scope.within[:, None]
    alarms = _alarms(scores, in_known, known, config)
    metrics = {
        "examples": float(len(scores.truth)),
        "accuracy": _share(right, inside),
        "accuracy_after_rejection": _share(right & accepted, inside),
        "out_of_scope_recall": _share(~accepted, ~inside),
        "in_scope_rejected": _share(~accepted, inside),
        "scope_auroc": _auroc(scope.within, inside),
        "calibration_error": _calibration_error(in_known.max(axis=1), right),
        **_alarm_metrics(scores, in_known, known, best, accepted, alarms),
    }
    return Calibrated(
        calibration=Calibration(
            temperature=temperature,
            scope_weights=scope.weights,
            scope_bias=scope.bias,
            scope_threshold=threshold,
            alarms=alarms,
        ),
        metrics={name: round(value, 4) for name, value in metrics.items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scope:
    weights: tuple[float, float, float]
    bias: float
    within: Floats


def _evidence(scores: OutOfFold, shares: Floats, known: Places) -> Floats:
    outside = np.delete(shares, known, axis=1).sum(axis=1).tolist()
    logits = scores.logits[:, known]
    rows = [
        scope_evidence(one[one > ABSENT], cosine, share)
        for one, cosine, share in zip(logits, scores.cosines.tolist(), outside, strict=True)
    ]
    return np.array(rows, dtype=np.float64)


def _scope(evidence: Floats, inside: Flags) -> _Scope:
    """The logistic curve from evidence to the probability of being in scope; certainty when nothing is outside."""
    if inside.all() or not inside.any():
        return _Scope(weights=(0.0, 0.0, 0.0), bias=_CERTAIN, within=np.ones(len(inside)))
    middle, spread = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), _FLAT)
    even = ((evidence - middle) / spread).astype(np.float32)
    slopes = _curve(even, inside)
    weights = slopes[:3] / spread
    first, second, third = (round(float(weight), 4) for weight in weights)
    bias = round(float(slopes[3]) - float(weights @ middle), 4)
    within = 1 / (1 + np.exp(-(evidence @ np.array([first, second, third]) + bias)))
    return _Scope(weights=(first, second, third), bias=bias, within=np.asarray(within, dtype=np.float64))


def _curve(evidence: FloatArray, inside: Flags) -> Floats:
    """Logistic regression: three slopes and an intercept."""
    sign = np.where(inside, 1, -1).astype(np.float32)
    columns = np.concatenate([evidence, np.ones((len(evidence), 1), dtype=np.float32)], axis=1)

    def objective(point: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (columns @ point)
        loss = float(np.logaddexp(0, -margin).mean(dtype=np.float64)) + 0.5 * _CURVE_STIFFNESS * float(point @ point)
        share = -sign / (1 + np.exp(np.minimum(margin, 50)))
        return loss, (columns.T @ share / np.float32(len(sign)) + np.float32(_CURVE_STIFFNESS) * point)

    found = minimise(objective, np.zeros(4, dtype=np.float32), iterations=200, tolerance=1e-7)
    return found.astype(np.float64)


def _known_columns(scores: OutOfFold) -> Places:
    return np.array([at for at, intent in enumerate(scores.intents) if intent != OUT_OF_SCOPE], dtype=np.int64)


def _share(flags: Flags, among: Flags) -> float:
    return float(flags[among].mean()) if among.any() else 0.0


def _temperature(scores: OutOfFold) -> float:
    """The divisor of the logits under which the truth is likeliest, among samples whose intent was met."""
    met = ~scores.strange
    logits, truth = scores.logits[met], scores.truth[met]
    rows = np.arange(len(truth))

    def loss(logarithm: float) -> float:
        likelihood = softmax(logits / np.exp(logarithm))[rows, truth]
        return float(-np.log(np.maximum(likelihood, 1e-12)).mean())

    low, high = (float(np.log(edge)) for edge in _TEMPERATURES)
    for _ in range(_THIRDS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return round(float(np.exp((low + high) / 2)), 4)


def _threshold(within: Floats, inside: Flags, right: Flags, config: TrainingConfig) -> float:
    """The probability from which a message is accepted: best weighted mean of right answers and catches."""
    if inside.all():
        return _NO_REJECTION
    candidates = np.unique(np.round(np.quantile(within, np.linspace(0, 1, 201)), 4))
    weight = config.in_scope_weight
    values = [
        weight * _share(right & (within >= candidate), inside) + (1 - weight) * _share(within < candidate, ~inside)
        for candidate in candidates
    ]
    return float(candidates[int(np.argmax(values))])


def _auroc(within: Floats, inside: Flags) -> float:
    """How often an in-scope message scores above an out-of-scope one."""
    if inside.all() or not inside.any():
        return 1.0
    above = within[inside][:, None] > within[~inside][None, :]
    return float(above.mean())


def _alarms(scores: OutOfFold, in_known: Floats, known: Places, config: TrainingConfig) -> dict[str, float]:
    """For each safety intent the lowest probability that keeps false alarms within the configured share."""
    dangers = {
        scores.intents[at]: place for place, at in enumerate(known.tolist()) if scores.intents[at] in SAFETY_INTENTS
    }
    ordinary = ~np.isin(scores.truth, known[list(dangers.values())]) & ~scores.strange
    if not dangers or not ordinary.any():
        return {}
    allowed = config.safety_false_alarm_rate / len(dangers)
    return {
        intent: round(max(_LOWEST_ALARM, float(np.quantile(in_known[ordinary, place], 1 - allowed))), 4)
        for intent, place in dangers.items()
    }


def _alarm_metrics(
    scores: OutOfFold, in_known: Floats, known: Places, best: Places, accepted: Flags, alarms: Mapping[str, float]
) -> dict[str, float]:
    columns = [at for at in known.tolist() if scores.intents[at] in alarms]
    raised = np.isin(best, columns) & accepted
    for place, at in enumerate(known.tolist()):
        if at in columns:
            raised |= in_known[:, place] >= alarms[scores.intents[at]]
    metrics = {f"{scores.intents[at]}_recall": _share(raised, scores.truth == at) for at in columns}
    if columns:
        metrics["safety_false_alarms"] = _share(raised, ~np.isin(scores.truth, columns))
    return metrics


def _calibration_error(confidence: Floats, right: Flags) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over ten bins."""
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    error = 0.0
    for place in range(_BINS):
        chosen = bins == place
        if chosen.any():
            error += float(chosen.mean()) * abs(float(confidence[chosen].mean()) - float(right[chosen].mean()))
    return error
