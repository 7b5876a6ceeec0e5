"""What a message means here: where fixed words, a topic or a kind of visit tell more than the classifier does."""

from __future__ import annotations

from dataclasses import replace

from domain.dialogue.flow import FlowKind
from domain.dialogue.reading import CANT_MAKE_IT
from domain.dialogue.run import Run
from domain.dialogue.slot import SlotType
from domain.intents import OUT_OF_SCOPE, SAFETY_INTENTS
from domain.patient import CHILD_RELATIONS
from domain.understanding import Entity, ScoredIntent, Signal, Understanding
from domain.when import WhenStatus

SURE = 0.7
"""An intent beside a read answer starts something of its own only from this probability on."""

DECIDED = 0.6
"""Below this a wish to cancel or to move is asked about: a visit given up by mistake is gone."""

_LIKELY = 0.3
_MEANT = 0.8
_SHORT = 7
_FEW = 3
_MOVE_OR_CANCEL = frozenset({"cancel_appointment", "reschedule_appointment"})
_HINDERED = _MOVE_OR_CANCEL | {"running_late", "confirm_appointment", "deny"}
_BOOKING = ("book_appointment", "ask_availability")
_LOOKS_LIKE_BOOKING = frozenset({"preventive_care_due", "check_in", "video_visit_help", "submit_reading"})
_NAMED_OTHERWISE = frozenset({"visit_type", "specialty", "provider", "symptom", "body_part", "medicine"})
_TOLD_HOURS = frozenset({
    "utter_hours", "utter_closed_on", "utter_closed_holiday", "utter_closed_everywhere", "utter_holidays",
})  # fmt: skip


def as_meant(run: Run, said: Understanding) -> Understanding:
    """The understanding to decide by; an alarm stays as it is."""
    if said.has(*SAFETY_INTENTS):
        return said
    said = _without_mentions(run, said)
    for rule in (_has_forgotten, _cannot_come, _wishes_a_time, _waits, _asks_about_clinic, _names_a_visit, _undecided):
        meant = rule(run, said)
        if meant is not None:
            return meant
    return said


def _has_forgotten(run: Run, said: Understanding) -> Understanding | None:
    """A code or PIN that is forgotten cannot be given: to ask for it again would only shut the door."""
    spec = run.asked()
    if spec is None or spec.type is not SlotType.CODE or not said.says(Signal.FORGOTTEN):
        return None
    return replace(said, intents=(), clarify=())


def _without_mentions(run: Run, said: Understanding) -> Understanding:
    """In the middle of a task "let me ask my wife" names nobody it is for; a child, or "for my wife", does."""
    if run.prompt is None or said.says(Signal.FOR_SOMEONE):
        return said
    kept = tuple(one for one in said.entities if one.name != "relation" or one.value in CHILD_RELATIONS | {"self"})
    return said if len(kept) == len(said.entities) else replace(said, entities=kept)


def _cannot_come(run: Run, said: Understanding) -> Understanding | None:
    """Not coming, by fixed words; late is another matter, and beside times being offered it only declines them."""
    late = said.says(Signal.LATE_WORD) or any(map(_counted, said.entities_named("duration")))
    close = set(said.clarify) == _MOVE_OR_CANCEL
    if late or not (said.says(Signal.CANT_COME) or close):
        return None
    asked = run.asked()
    if asked is not None and asked.type in {SlotType.CHOICE, SlotType.WHEN}:
        return replace(said, intents=(_sure("deny"),), clarify=())
    if asked is not None and asked.type is SlotType.TEXT:
        return None
    others = tuple(intent for intent in said.intents if intent.name not in _HINDERED | {OUT_OF_SCOPE})
    beside = tuple(intent for intent in others if intent.confidence >= SURE)
    return replace(said, intents=(_sure(_move_or_cancel(said)), *beside), clarify=())


def _counted(duration: Entity) -> bool:
    """A number and a unit, and no "am"."""
    return any(mark.isdigit() or mark.isspace() for mark in duration.text)


def _move_or_cancel(said: Understanding) -> str:
    cancel, move = said.says(Signal.CANCEL_WORD), said.says(Signal.MOVE_WORD)
    if cancel == move:
        return CANT_MAKE_IT
    return "cancel_appointment" if cancel else "reschedule_appointment"


def _wishes_a_time(run: Run, said: Understanding) -> Understanding | None:
    """In the middle of a task a time is a wish for it: nobody is late, and whoever has no visit has none to move."""
    if run.prompt is None or run.top_flow is None or run.top_flow.kind is not FlowKind.TASK:
        return None
    late = said.says(Signal.LATE_WORD) or any(map(_counted, said.entities_named("duration")))
    taken: set[str] = set()
    if not late and said.when.status is not WhenStatus.NONE:
        taken.add("running_late")
    if not run.facts.get("has_visit"):
        taken.add("reschedule_appointment")
    kept = tuple(intent for intent in said.intents if intent.name not in taken)
    return None if len(kept) == len(said.intents) else replace(said, intents=kept)


def _waits(run: Run, said: Understanding) -> Understanding | None:
    """To be told to hold on is no answer yet, and no request."""
    short = len(said.text.split()) <= _SHORT
    if run.prompt is None or not short or not said.says(Signal.WAIT):
        return None
    asks = any(intent.confidence >= DECIDED for intent in said.intents)
    if said.when.status is not WhenStatus.NONE or said.entities or asks:
        return None
    asked = run.asked()
    undecided = asked is not None and asked.type is SlotType.YES_NO
    return replace(said, intents=(_sure("unsure" if undecided else "repeat"),), clarify=())


def _asks_about_clinic(run: Run, said: Understanding) -> Understanding | None:
    """A question with a topic of the clinic's in it, or a day named just after hours were told."""
    question = said.text.rstrip().endswith("?")
    if _another_day_of_hours(run, said, question=question):
        return replace(said, intents=(_sure("clinic_info"),), clarify=())
    top = said.intents[0] if said.intents else None
    if top is not None and top.name not in {OUT_OF_SCOPE, "clinic_info"} and top.confidence >= SURE:
        return None
    topical = any(not entity.negated for entity in said.entities_named("topic"))
    likely = any(one.name == "clinic_info" and one.confidence >= _LIKELY for one in said.ranking[:3])
    if question and topical and likely:
        return replace(said, intents=(_sure("clinic_info"),), clarify=())
    return None


def _another_day_of_hours(run: Run, said: Understanding, *, question: bool) -> bool:
    """Little but a day, asked just after hours were told: "and on Friday?"."""
    told = not run.frames and bool(_TOLD_HOURS & set(run.conversation.last_keys))
    beside = len(said.text.split()) - len(said.when.text.split())
    unwell = any(entity.name in _NAMED_OTHERWISE for entity in said.entities)
    quiet = question or not said.has("report_symptom", "report_side_effect")
    return told and said.when.date_given and beside <= _FEW and not unwell and quiet


def _names_a_visit(run: Run, said: Understanding) -> Understanding | None:
    """A kind of visit and a time, or someone it is for, ask for a booking ("eye exam on December 15 at 2")."""
    top = said.intents[0] if said.intents else None
    sure = top is not None and top.name != OUT_OF_SCOPE and top.confidence >= SURE
    if run.frames or (sure and top is not None and top.name not in _LOOKS_LIKE_BOOKING):
        return None
    named = any(entity.name in {"visit_type", "specialty"} and not entity.negated for entity in said.entities)
    timed = said.when.status is not WhenStatus.NONE or any(said.entities_named("relation"))
    likely = {*said.clarify, *(one.name for one in said.ranking[:3] if one.confidence >= _LIKELY)}
    if not named or not timed or (not likely & set(_BOOKING) and not (top and top.name in _LOOKS_LIKE_BOOKING)):
        return None
    return replace(said, intents=(_sure("book_appointment"),), clarify=())


def _undecided(run: Run, said: Understanding) -> Understanding | None:
    """A faint wish to move or cancel is asked about, and never taken from someone with nothing to give up."""
    top = said.intents[0] if said.intents else None
    if top is None or top.name not in _MOVE_OR_CANCEL or top.confidence >= DECIDED:
        return None
    rest = said.intents[1:]
    if said.says(Signal.CANCEL_WORD, Signal.MOVE_WORD):
        return None
    talking = run.top_flow is not None and run.top_flow.kind is FlowKind.TASK
    if talking:
        return replace(said, intents=rest, clarify=())
    if run.facts.get("has_visit"):
        return replace(said, intents=(_sure(CANT_MAKE_IT), *rest), clarify=())
    return replace(said, intents=rest, clarify=said.clarify or (top.name,))


def _sure(name: str) -> ScoredIntent:
    return ScoredIntent(name=name, confidence=_MEANT)
