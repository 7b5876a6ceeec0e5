"""The figures of an evaluation: one frozen report that turns into plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentFigures:
    """One intent's precision, recall and F1 (0..1) over `support` messages."""

    intent: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """How often one intent was taken for another."""

    expected: str
    found: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """Shares are 0..1, latencies milliseconds of wall time.

    `accuracy` counts the best intent to act on, out of scope included; `ranked_accuracy` the head of the ranking
    among in-scope messages whatever was decided; `top3_accuracy` its first three; `asked` the share of messages
    answered by a choice of intents, and `asked_rightly` of those the share whose choice held the right one;
    `out_of_scope_false_accept` the out-of-scope messages given a real intent; `in_scope_rejected` the reverse;
    `safety_recall` messages of each safety intent for which one was raised, `safety_false_alarms` ordinary messages.
    """

    engine: str
    messages: int
    accuracy: float
    macro_f1: float
    ranked_accuracy: float
    top3_accuracy: float
    asked: float
    asked_rightly: float
    out_of_scope_recall: float
    out_of_scope_false_accept: float
    in_scope_rejected: float
    safety_recall: dict[str, float]
    safety_false_alarms: float
    latency_p50: float
    latency_p99: float
    intents: tuple[IntentFigures, ...]
    confusions: tuple[Confusion, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return asdict(self)
