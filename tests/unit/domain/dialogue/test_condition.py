"""Conditions in flows: total over what is filled and known, typed, and deaf to anything that is not a comparison."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dialogue.condition import ConditionError, parse_condition
from domain.dialogue.slot import SlotValue
from domain.when import Grain, When, WhenStatus

WHEN = When(status=WhenStatus.OK, start=datetime(2026, 3, 2, tzinfo=UTC), grain=Grain.DAY)

SLOTS: Mapping[str, SlotValue] = {
    "yes": True,
    "no": False,
    "kind": "travel",
    "empty": "",
    "count": 3,
    "zero": 0,
    "one": 1,
    "when": WHEN,
}
FACTS: Mapping[str, str | int | bool] = {"level": 1, "linked": True, "outcome": "found"}

TRUTH = {
    # a name by itself: filled, and not empty, false or zero
    "slots.yes": True,
    "slots.no": False,
    "slots.kind": True,
    "slots.empty": False,
    "slots.zero": False,
    "slots.when": True,
    "slots.unfilled": False,
    "not slots.unfilled": True,
    "context.linked": True,
    "context.unknown": False,
    "true": True,
    "false": False,
    "null": False,
    # equality minds the type
    'slots.kind == "travel"': True,
    'slots.kind == "Travel"': False,
    'slots.kind != "school"': True,
    "slots.yes == true": True,
    "slots.yes is true": True,
    "slots.no is false": True,
    "slots.one == true": False,
    "slots.one != true": True,
    "slots.zero == false": False,
    'slots.count == "3"': False,
    "slots.count == 3": True,
    'context.outcome == "found"': True,
    # null is equal to itself only
    "slots.unfilled is null": True,
    "slots.unfilled == none": True,
    "slots.unfilled is not null": False,
    "slots.kind is null": False,
    "slots.zero is null": False,
    "slots.empty is null": False,
    # size: numbers only, null is neither smaller nor greater
    "context.level < 2": True,
    "context.level >= 1": True,
    "context.level > 1": False,
    "context.level <= 1": True,
    "slots.unfilled < 2": False,
    "slots.unfilled >= 0": False,
    "not slots.unfilled >= 0": True,
    "slots.kind < 2": False,
    'slots.kind > "a"': False,
    "slots.when > 0": False,
    "0 < slots.count < 4": True,
    "0 < slots.count < 3": False,
    # membership
    'slots.kind in ["school", "travel"]': True,
    'slots.kind not in ["school", "travel"]': False,
    'slots.unfilled in ["school"]': False,
    'slots.unfilled not in ["school"]': True,
    "slots.count in [1, 2, 3]": True,
    "slots.kind in slots.kind": False,
    "slots.yes in [1]": False,
    "slots.one in [true]": False,
    # joined
    'slots.kind == "travel" and context.level < 2': True,
    'slots.kind == "travel" and context.level >= 2': False,
    'slots.kind == "school" or context.level < 2': True,
    "not (slots.yes and slots.no)": True,
    "slots.no or slots.unfilled": False,
}


@pytest.mark.parametrize(("text", "expected"), TRUTH.items(), ids=TRUTH.keys())
def test_truth(text: str, expected: bool) -> None:  # noqa: FBT001  # a column of the table
    condition = parse_condition(text)

    assert condition.holds(SLOTS, FACTS) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slots.day >",
        "slots.day = 1",
        "slots",
        "context",
        "kind",
        "slots.kind.upper",
        "slots.kind.__class__",
        "slots.kind.__class__.__mro__[1].__subclasses__()",
        "slots['kind']",
        "slots.kind()",
        "getattr(slots, 'kind')",
        "__import__('os').system('true')",
        "().__class__",
        "[item for item in slots.kind]",
        "{slots.kind}",
        "{'a': 1}",
        "(1, 2)",
        "lambda: 1",
        "slots.a if slots.b else slots.c",
        "slots.count + 1 > 2",
        "-slots.count < 2",
        "slots.count < 1.5",
        "b'travel' == slots.kind",
        "f'{slots.kind}'",
        "slots.kind == ...",
        "(found := slots.kind)",
        "await slots.kind",
        "import os",
        "slots.a; slots.b",
        "open('x')",
        "environment.home == 'x'",
    ],
)
def test_anything_else_is_refused_when_loaded(text: str) -> None:
    with pytest.raises(ConditionError, match="expected"):
        parse_condition(text)


@pytest.mark.parametrize(
    "text",
    ["not " * 5_000 + "slots.kind", "(" * 5_000 + "slots.kind" + ")" * 5_000, "slots.kind\x00", " or ".join(["x"] * 9)],
    ids=["many nots", "many brackets", "a null character", "names"],
)
def test_hostile_lengths_and_characters_are_refused_like_any_other(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(text)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ConditionError:
        return

    assert condition.holds(SLOTS, FACTS) in {True, False}


def test_names_are_told_with_their_scope() -> None:
    condition = parse_condition('slots.kind in ["a"] and not context.level < 2 or slots.when')

    assert set(condition.names()) == {("slots", "kind"), ("context", "level"), ("slots", "when")}


def test_a_slot_that_is_a_list_of_nothing_known_is_false_not_an_error() -> None:
    condition = parse_condition('slots.kind in [slots.unfilled, "travel"]')

    assert condition.holds(SLOTS, FACTS) is True
