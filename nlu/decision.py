"""From scored clauses to intents to act on: nothing urgent lost, nothing close decided silently, answers left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.intents import CONTROL_INTENTS, OUT_OF_SCOPE, SAFETY_INTENTS
from domain.understanding import ParseContext, ScoredIntent
from nlu.config import DecisionConfig
from nlu.embedded.model import Reading

COURTESIES = frozenset({"greet", "goodbye", "thanks", "chitchat"})
"""Control intents that need no act of their own beside a request."""

_URGENCY = ("self_harm", "emergency", "report_side_effect", "report_symptom", "talk_to_person")
_YES_NO = {"affirm": 2.0, "deny": 2.0, "unsure": 1.0}
_WHILE_ASKED = {"skip": 1.0, "unsure": 1.0, "go_back": 1.0, "repeat": 1.0, "stop_task": 0.5, "help": 0.5}
_FREE_TEXT_KINDS = frozenset({"text", "person_name", "address", "reason", "birth_date"})
"""Kinds whose answers may look like nothing at all; a wrong one is asked for again, not called out of scope."""
_BESIDE_AN_ANSWER = frozenset({"affirm", "deny"})
"""What a message may say beside the value it consists of: "no, Tuesday"."""
_THROWS_AWAY = frozenset({"stop_task", "start_over"})
"""What would lose the patient's work; never done on a guess."""
_SURE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Intents to act on, most urgent first, then likeliest; or the intents to ask about."""

    intents: tuple[ScoredIntent, ...] = ()
    clarify: tuple[str, ...] = ()


def prior_of(context: ParseContext, config: DecisionConfig) -> Mapping[str, float]:
    """What being asked something adds to the log-odds of each intent."""
    if not config.use_context or context.expected_slot is None:
        return {}
    return _WHILE_ASKED | (_YES_NO if context.expected_kind == "yes_no" else {})


def decide_one(reading: Reading, config: DecisionConfig) -> Decision:
    """A single text's decision: its best intent, two to ask about, or out_of_scope; an alarm always comes along."""
    best, others = reading.best, reading.ranking[1:]
    alarm = reading.alarm if reading.alarm and reading.alarm.confidence >= config.safety_floor else None
    if alarm is not None and alarm.name != best.name:
        kept = (best,) if reading.in_scope and best.name not in COURTESIES else ()
        return Decision(intents=(alarm, *kept))
    if best.name in SAFETY_INTENTS and alarm is None and best.confidence < config.safety_floor:
        return Decision()
    if not reading.in_scope:
        return Decision(intents=(best,))
    if best.confidence < config.floor:
        return Decision(intents=(ScoredIntent(name=OUT_OF_SCOPE, confidence=1 - best.confidence),))
    close = [
        other
        for other in [other for other in others if other.name != OUT_OF_SCOPE][:2]
        if best.confidence < config.clarify_ceiling
        and best.confidence - other.confidence < config.clarify_margin
        and other.confidence > config.clarify_margin
    ]
    if close and best.name not in SAFETY_INTENTS:
        return Decision(clarify=(best.name, *(other.name for other in close)))
    return Decision(intents=(best,))


def decide_parts(whole: Decision, parts: Sequence[Decision]) -> Decision:
    """Several clauses' intents, what must be asked of one of them, and any alarm of the whole message."""
    found: dict[str, ScoredIntent] = {}
    alarms = [intent for intent in whole.intents if intent.name in SAFETY_INTENTS]
    for intent in (*alarms, *(intent for part in parts for intent in part.intents)):
        known = found.get(intent.name)
        if known is None or known.confidence < intent.confidence:
            found[intent.name] = intent
    tasks = [intent for intent in found.values() if intent.name not in COURTESIES | {OUT_OF_SCOPE}]
    questions = [part.clarify for part in parts if part.clarify and not set(part.clarify) & found.keys()]
    return Decision(intents=_ordered(tasks or list(found.values())), clarify=questions[0] if questions else ())


def stands_alone(reading: Reading, config: DecisionConfig, *, joined: bool = False) -> bool:
    """Whether a clause means something by itself: in scope and sure, surer if only an "and" cuts it off."""
    needed = config.joined_clause_confidence if joined else config.clause_confidence
    return reading.in_scope and reading.best.confidence >= needed


def as_answer(decision: Decision, *, coverage: float, context: ParseContext, config: DecisionConfig) -> Decision:
    """Take away the intents of a message that only answers what was asked; `coverage` is the answer's share of it."""
    if not config.use_context or context.expected_slot is None:
        return decision
    if any(intent.name in SAFETY_INTENTS for intent in decision.intents):
        return decision
    top = decision.intents[0] if decision.intents else None
    if top is not None and top.name in _THROWS_AWAY and top.confidence < _SURE:
        return Decision()
    whole = coverage >= config.answer_coverage
    kept = _BESIDE_AN_ANSWER if whole else CONTROL_INTENTS - {OUT_OF_SCOPE}
    if top is not None and top.name in kept and top.confidence >= _SURE:
        return decision
    if whole:
        return Decision()
    unsure = top is None or top.name == OUT_OF_SCOPE or top.confidence < config.answer_override
    if unsure and (coverage > 0 or context.expected_kind in _FREE_TEXT_KINDS):
        return Decision()
    return decision


def beside_answer(decision: Decision, answer: str | None, *, context: ParseContext, config: DecisionConfig) -> Decision:
    """A yes or no that was asked for, which the message opens with or holds, and only surer requests beside it."""
    if not config.use_context or context.expected_kind != "yes_no":
        return decision
    found = {intent.name: intent for intent in decision.intents}
    if answer is not None and not found.keys() & _YES_NO.keys():
        found[answer] = ScoredIntent(name=answer, confidence=1.0)
    if not found.keys() & _YES_NO.keys():
        return decision
    kept = [
        intent
        for intent in found.values()
        if intent.name in _YES_NO.keys() | SAFETY_INTENTS or intent.confidence >= config.beside_yes_no
    ]
    return Decision(intents=_ordered([intent for intent in kept if intent.name != OUT_OF_SCOPE]))


def _ordered(intents: list[ScoredIntent]) -> tuple[ScoredIntent, ...]:
    rank = {name: at for at, name in enumerate(_URGENCY)}
    return tuple(
        sorted(intents, key=lambda intent: (rank.get(intent.name, len(rank)), -intent.confidence, intent.name))
    )
