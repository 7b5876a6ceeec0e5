"""Runs an engine over labelled messages and counts. Latency is wall time around each parse."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS
from domain.understanding import ParseContext, Understanding
from nlu.engine import NluEngine
from nlu.evaluation.report import Confusion, EvaluationReport, IntentFigures

NOTHING = "(none)"
"""Stands for "no intent to act on" in confusions."""
_ASKED = "(asked)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A message and the intent a person gave it."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    expected: str
    found: str
    understanding: Understanding
    milliseconds: float


def evaluate(
    engine: NluEngine, examples: Sequence[Labelled], *, context: ParseContext, now: datetime
) -> EvaluationReport:
    """Parse every example in the same context and report; ValueError when there is no example."""
    if not examples:
        raise ValueError("nothing to evaluate: give at least one labelled example")
    outcomes = [_outcome(engine, example, context, now) for example in examples]
    inside = [outcome for outcome in outcomes if outcome.expected != OUT_OF_SCOPE]
    outside = [outcome for outcome in outcomes if outcome.expected == OUT_OF_SCOPE]
    asked = [outcome for outcome in outcomes if outcome.found == _ASKED]
    figures = _intent_figures(outcomes)
    latencies = sorted(outcome.milliseconds for outcome in outcomes)
    return EvaluationReport(
        engine=engine.name,
        messages=len(outcomes),
        accuracy=_share(sum(one.found == one.expected for one in outcomes), len(outcomes)),
        macro_f1=_share(sum(one.f1 for one in figures), len(figures)),
        ranked_accuracy=_share(sum(_rank(one) == 0 for one in inside), len(inside)),
        top3_accuracy=_share(sum(_rank(one) < 3 for one in inside), len(inside)),
        asked=_share(len(asked), len(outcomes)),
        asked_rightly=_share(sum(one.expected in one.understanding.clarify for one in asked), len(asked)),
        out_of_scope_recall=_share(sum(_refused(one) for one in outside), len(outside)),
        out_of_scope_false_accept=_share(sum(not _refused(one) for one in outside), len(outside)),
        in_scope_rejected=_share(sum(_refused(one) for one in inside), len(inside)),
        safety_recall=_safety_recall(outcomes),
        safety_false_alarms=_share(
            sum(_alarmed(one) for one in outcomes if one.expected not in SAFETY_INTENTS),
            sum(one.expected not in SAFETY_INTENTS for one in outcomes),
        ),
        latency_p50=round(latencies[len(latencies) // 2], 3),
        latency_p99=round(latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))], 3),
        intents=figures,
        confusions=_confusions(outcomes),
    )


def _outcome(engine: NluEngine, example: Labelled, context: ParseContext, now: datetime) -> _Outcome:
    begun = time.perf_counter()
    understanding = engine.parse(example.text, context=context, now=now)
    elapsed = (time.perf_counter() - begun) * 1000
    found = understanding.top or (_ASKED if understanding.clarify else NOTHING)
    return _Outcome(expected=example.intent, found=found, understanding=understanding, milliseconds=elapsed)


def _share(count: float, total: int) -> float:
    return round(count / total, 4) if total else 0.0


def _rank(outcome: _Outcome) -> int:
    """The expected intent's place among the in-scope intents of the ranking."""
    names = [intent.name for intent in outcome.understanding.ranking if intent.name != OUT_OF_SCOPE]
    return names.index(outcome.expected) if outcome.expected in names else len(names) + 3


def _refused(outcome: _Outcome) -> bool:
    return outcome.found in {OUT_OF_SCOPE, NOTHING}


def _alarmed(outcome: _Outcome) -> bool:
    return outcome.understanding.has(*SAFETY_INTENTS)


def _safety_recall(outcomes: Sequence[_Outcome]) -> dict[str, float]:
    recall: dict[str, float] = {}
    for intent in sorted(SAFETY_INTENTS):
        raised = [_alarmed(outcome) for outcome in outcomes if outcome.expected == intent]
        if raised:
            recall[intent] = _share(sum(raised), len(raised))
    return recall


def _intent_figures(outcomes: Sequence[_Outcome]) -> tuple[IntentFigures, ...]:
    expected = Counter(outcome.expected for outcome in outcomes)
    found = Counter(outcome.found for outcome in outcomes)
    right = Counter(outcome.expected for outcome in outcomes if outcome.found == outcome.expected)
    figures = []
    for intent in sorted(expected):
        precision = _share(right[intent], found[intent])
        recall = _share(right[intent], expected[intent])
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        figures.append(
            IntentFigures(intent=intent, support=expected[intent], precision=precision, recall=recall, f1=round(f1, 4))
        )
    return tuple(figures)


def _confusions(outcomes: Sequence[_Outcome]) -> tuple[Confusion, ...]:
    pairs = Counter((one.expected, one.found) for one in outcomes if one.found != one.expected)
    return tuple(
        Confusion(expected=expected, found=found, count=count)
        for (expected, found), count in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
    )
