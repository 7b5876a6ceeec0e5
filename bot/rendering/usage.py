"""Which keys the program says: those flows name, those built from closed sets, and those written in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from bot.rendering.layout import NO, YES
from bot.rendering.renderer import UNSAYABLE, WITHHELD
from domain.appointment import AppointmentStatus
from domain.clinic import Topic
from domain.dialogue.advance import second_wording
from domain.dialogue.flow import Collect, Flow, FlowKind, FlowSet, Utter
from domain.dialogue.slot import SlotSpec, SlotType
from domain.scheduling import RefusalReason

_KEY = re.compile(r"utter(?:_[a-z0-9]+)+|sms_code|button_something_else")
_PLAIN = frozenset({YES, NO, WITHHELD, UNSAYABLE, "any_time"})
_AMBIGUOUS = frozenset({
    SlotType.WHEN, SlotType.VISIT_TYPE, SlotType.PROVIDER, SlotType.SITE, SlotType.SPECIALTY, SlotType.MEDICINE,
    SlotType.TEST_NAME, SlotType.INSURER, SlotType.TOPIC, SlotType.BIRTH_DATE,
})  # fmt: skip
"""Slot types of which one phrase may mean several (two doctors of one name, "5/6")."""


def keys_in_flows(flows: FlowSet) -> frozenset[str]:
    """What the flows say: utterances, questions with their second wording, choices, and the flows' own names."""
    return frozenset(
        {key for flow in flows.flows.values() for key in _of_flow(flow)}
        | {key for slot in flows.slots.values() for key in _of_slot(slot)}
    )


def _of_flow(flow: Flow) -> Iterable[str]:
    for step in flow.steps:
        match step:
            case Utter(key=key):
                yield key
            case Collect(utter=key, utter_back=back, rejections=rejections):
                yield from (key, second_wording(key), *(rejection.utter for rejection in rejections))
                yield from (back,) if back else ()
            case _:
                pass
    if flow.triggers or flow.kind is FlowKind.TASK:
        yield f"flow_{flow.id}"


def _of_slot(slot: SlotSpec) -> Iterable[str]:
    yield from (f"button_{slot.name}_{value}" for value in slot.values)
    if slot.type in _AMBIGUOUS:
        yield f"utter_which_{slot.name}"


def keys_of_closed_sets(languages: Iterable[str]) -> frozenset[str]:
    """Keys built from an enumeration: refusals, statuses, topics, languages; and those rendering itself needs."""
    return _PLAIN.union(
        (f"utter_refusal_{reason.value}" for reason in RefusalReason),
        (f"status_{status.value}" for status in AppointmentStatus),
        (f"topic_{topic.value}" for topic in Topic),
        (f"language_{language}" for language in languages),
    )


def keys_in_code(source: str) -> frozenset[str]:
    """Keys written out as literals in Python source. Raises SyntaxError."""
    return frozenset(
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KEY.fullmatch(node.value)
    )
