"""Chooses temperature, thresholds and the in-scope curve on out-of-fold scores, and reports the figures they gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS
from nlu.config import TrainingConfig
from nlu.embedded.crossval import OutOfFold
from nlu.embedded.model import Calibration, scope_evidence, softmax

_TEMPERATURES = (0.05, 20.0)
_NO_REJECTION = 0.0
_CERTAIN = 20.0
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
    inside = np.isin(scores.truth, known)
    best = known[shares[:, known].argmax(axis=1)]
    right = best == scores.truth
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
    outside = 1 - shares[:, known].sum(axis=1)
    likeliest = shares[:, known].max(axis=1)
    rows = zip(likeliest.tolist(), scores.cosines.tolist(), np.maximum(outside, 0).tolist(), strict=True)
    return np.array([scope_evidence(*row) for row in rows], dtype=np.float64)


def _scope(evidence: Floats, inside: Flags) -> _Scope:
    """The logistic curve from evidence to the probability of being in scope; certainty when nothing is outside."""
    if inside.all() or not inside.any():
        return _Scope(weights=(0.0, 0.0, 0.0), bias=_CERTAIN, within=np.ones(len(inside)))
    curve = LogisticRegression(C=100.0).fit(evidence, inside)
    first, second, third = (round(float(weight), 4) for weight in curve.coef_[0])
    bias = round(float(curve.intercept_[0]), 4)
    within = 1 / (1 + np.exp(-(evidence @ np.array([first, second, third]) + bias)))
    return _Scope(weights=(first, second, third), bias=bias, within=np.asarray(within, dtype=np.float64))


def _known_columns(scores: OutOfFold) -> Places:
    return np.array([at for at, intent in enumerate(scores.intents) if intent != OUT_OF_SCOPE], dtype=np.int64)


def _share(flags: Flags, among: Flags) -> float:
    return float(flags[among].mean()) if among.any() else 0.0


def _temperature(scores: OutOfFold) -> float:
    """The divisor of the logits under which the truth is likeliest."""
    rows = np.arange(len(scores.truth))

    def loss(logarithm: float) -> float:
        likelihood = softmax(scores.logits / np.exp(logarithm))[rows, scores.truth]
        return float(-np.log(np.maximum(likelihood, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(_TEMPERATURES)), method="bounded", options={"xatol": 1e-3})
    return round(float(np.exp(found.x)), 4)


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
    ordinary = ~np.isin(scores.truth, known[list(dangers.values())])
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
