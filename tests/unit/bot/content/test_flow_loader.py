"""Flows are read strictly: a mistake names its file, line, flow and step, what was found and what was expected."""

from dataclasses import dataclass

import pytest

from bot.content.flow_loader import FlowSource, load_flows
from domain.dialogue.flow import END, Act, Branch, Collect, FlowKind, SetSlots, Utter
from domain.dialogue.slot import SlotType
from domain.errors import ContentError
from domain.intents import INTENTS, TASK_INTENTS
from tests.builders.dialogue import packaged_flows

HEAD = """version: "1"
slots:
  day: {type: when}
  site: {type: site, entities: [site], optional: true}
  sure: {type: yes_no, depends_on: [day]}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A flow file with one mistake, and what the refusal has to name."""

    text: str
    line: int
    found: str
    expected: str
    where: str = ""


def refused(text: str) -> ContentError:
    source = FlowSource(file="clinic_flows.yml", text=text)
    with pytest.raises(ContentError) as refusal:
        load_flows([source], actions={"find_times"}, facts={"level", "outcome"})
    return refusal.value


def flow(*steps: str, head: str = HEAD) -> str:
    """A file with one flow; its steps start on line 9."""
    written = "\n".join(f"      {line}" for step in steps for line in step.split("\n"))
    return f"{head}flows:\n  visit:\n    description: A visit.\n    steps:\n{written}\n"


FIRST = HEAD.count("\n") + 5
"""The line of the first step."""

MISTAKES = {
    "unknown slot": Mistake(
        text=flow("- collect: day", "- collect: colour"),
        line=FIRST + 1,
        found="the unknown slot 'colour'",
        expected="one of: day, site, sure",
        where="visit.2_colour",
    ),
    "unknown slot in set_slots": Mistake(
        text=flow("- set_slots:\n    - colour: red"),
        line=FIRST,
        found="the unknown slot 'colour'",
        expected="one of: day, site, sure",
        where="visit.1_step",
    ),
    "unknown slot in a condition": Mistake(
        text=flow("- id: way\n  noop: true\n  next:\n    - {if: slots.colour, then: END}\n    - {else: END}"),
        line=FIRST,
        found="the unknown slots 'colour'",
        expected="one of: day, site, sure",
        where="visit.way",
    ),
    "unknown fact": Mistake(
        text=flow("- id: way\n  noop: true\n  next:\n    - {if: context.mood, then: END}\n    - {else: END}"),
        line=FIRST,
        found="the unknown context 'mood'",
        expected="one of: level, outcome",
        where="visit.way",
    ),
    "unknown fact in a rejection": Mistake(
        text=flow("- collect: day\n  rejections:\n    - {if: context.mood, utter: utter_no}"),
        line=FIRST,
        found="the unknown context 'mood'",
        expected="one of: level, outcome",
        where="visit.1_day",
    ),
    "unknown action": Mistake(
        text=flow("- collect: day", "- action: find_tables"),
        line=FIRST + 1,
        found="the unknown action 'find_tables'",
        expected="find_times",
        where="visit.2_find_tables",
    ),
    "unknown called flow": Mistake(
        text=flow("- id: prove\n  call: identify"),
        line=FIRST,
        found="the unknown flow 'identify'",
        expected="one of: visit",
        where="visit.prove",
    ),
    "unknown linked flow": Mistake(
        text=flow("- link: elsewhere"),
        line=FIRST,
        found="the unknown flow 'elsewhere'",
        expected="one of: visit",
        where="visit.1_elsewhere",
    ),
    "unknown step": Mistake(
        text=flow("- collect: day\n  next: confirm"),
        line=FIRST,
        found="the unknown step 'confirm'",
        expected="one of: 1_day, END",
        where="visit.1_day",
    ),
    "two kinds in a step": Mistake(
        text=flow("- collect: day\n  action: find_times"),
        line=FIRST,
        found="collect and action",
        expected="exactly one of collect, action",
        where="flows.visit.steps[1]",
    ),
    "no kind in a step": Mistake(
        text=flow("- id: nothing"),
        line=FIRST,
        found="none of them",
        expected="exactly one of collect, action",
        where="flows.visit.steps[1]",
    ),
    "unknown key in a step": Mistake(
        text=flow("- collect: day\n  asks: day"),
        line=FIRST + 1,
        found="the unknown key 'asks'",
        expected="one of: collect, id, next, utter",
        where="flows.visit.steps[1]",
    ),
    "no else": Mistake(
        text=flow("- collect: day\n  next:\n    - {if: slots.day, then: END}"),
        line=FIRST + 2,
        found="none, so some cases lead nowhere",
        expected="a last 'else'",
        where="flows.visit.steps[1].next",
    ),
    "no way on at all": Mistake(
        text=flow("- collect: day\n  next: []"),
        line=FIRST + 1,
        found="none",
        expected="a last 'else'",
        where="flows.visit.steps[1].next",
    ),
    "an else before the end": Mistake(
        text=flow("- collect: day\n  next:\n    - {else: END}\n    - {if: slots.day, then: END}\n    - {else: END}"),
        line=FIRST + 2,
        found="",
        expected="'else'",
        where="flows.visit.steps[1].next",
    ),
    "bad condition": Mistake(
        text=flow("- collect: day\n  next:\n    - {if: slots.day >, then: END}\n    - {else: END}"),
        line=FIRST + 2,
        found="slots.day >",
        expected="a condition over slots and context",
        where="flows.visit.steps[1].next[1].if",
    ),
    "a condition that calls": Mistake(
        text=flow("- collect: day\n  rejections:\n    - {if: 'slots.day.now()', utter: utter_no}"),
        line=FIRST + 2,
        found="slots.day.now()",
        expected="a condition over slots and context",
        where="flows.visit.steps[1].rejections[1].if",
    ),
    "a step id twice": Mistake(
        text=flow("- id: ask\n  collect: day", "- id: ask\n  collect: site"),
        line=FIRST + 2,
        found="step 'ask' again",
        expected="each step id once",
        where="flows.visit.steps[2]",
    ),
    "no steps": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    steps: []\n",
        line=FIRST - 1,
        found="none",
        expected="at least one step",
        where="flows.visit.steps",
    ),
    "a flow twice": Mistake(
        text=flow("- collect: day") + "  visit:\n    description: Again.\n    steps: []\n",
        line=FIRST + 1,
        found="the key 'visit' again",
        expected="each key once",
    ),
    "a slot twice": Mistake(
        text=f"{HEAD}  day: {{type: when}}\nflows: {{}}\n",
        line=6,
        found="the key 'day' again",
        expected="each key once",
    ),
    "no description": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    steps:\n      - collect: day\n",
        line=8,
        found="no 'description'",
        expected="the key 'description'",
        where="flows.visit",
    ),
    "unknown key of a flow": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    nlu_triggers: []\n    steps: []\n",
        line=9,
        found="the unknown key 'nlu_triggers'",
        expected="nlu_trigger",
        where="flows.visit",
    ),
    "unknown kind of flow": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    kind: chore\n    steps: [{{collect: day}}]\n",
        line=9,
        found="'chore'",
        expected="one of: task, answer, pattern",
        where="flows.visit.kind",
    ),
    "unknown intent": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    nlu_trigger: [{{intent: book_table}}]\n"
        "    steps: [{collect: day}]\n",
        line=9,
        found="'book_table'",
        expected="an intent of the shared inventory",
        where="flows.visit.nlu_trigger[1].intent",
    ),
    "an intent that starts two flows": Mistake(
        text=f"{HEAD}flows:\n"
        "  visit:\n    description: A visit.\n    nlu_trigger: [{intent: greet}]\n    steps: [{collect: day}]\n"
        "  other:\n    description: Another.\n    nlu_trigger: [{intent: greet}]\n    steps: [{collect: day}]\n",
        line=12,
        found="'greet', which starts 'visit' too",
        expected="each intent to start one flow",
        where="flows.other",
    ),
    "unknown type of slot": Mistake(
        text='version: "1"\nslots:\n  day: {type: daytime}\nflows: {}\n',
        line=3,
        found="'daytime'",
        expected="one of: choice, yes_no, when",
        where="slots.day.type",
    ),
    "a slot that hangs on an unknown one": Mistake(
        text='version: "1"\nslots:\n  day: {type: when}\n  offer: {type: choice, depends_on: [dai]}\nflows: {}\n',
        line=4,
        found="the unknown slot 'dai'",
        expected="day, offer",
        where="slots.offer.depends_on",
    ),
    "hears an unknown slot": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    hears:\n      - {{slot: colour, then: 1_day}}\n"
        "    steps:\n      - collect: day\n",
        line=10,
        found="the unknown slot 'colour'",
        expected="one of: day, site, sure",
        where="flows.visit.hears[1]",
    ),
    "hears and goes to an unknown step": Mistake(
        text=f"{HEAD}flows:\n  visit:\n    description: A visit.\n    hears:\n      - {{slot: site, then: nowhere}}\n"
        "    steps:\n      - collect: day\n",
        line=10,
        found="the unknown step 'nowhere'",
        expected="1_day",
        where="flows.visit.hears[1]",
    ),
    "unknown key of the file": Mistake(
        text='version: "1"\nrules: []\nflows: {}\n',
        line=2,
        found="the unknown key 'rules'",
        expected="one of: version, flows, slots",
    ),
    "no YAML": Mistake(text="flows: [", line=1, found="", expected="well-formed YAML"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_by_its_place_and_what_was_expected(mistake: Mistake) -> None:
    error = refused(mistake.text)

    assert (error.file, error.line) == ("clinic_flows.yml", mistake.line)
    assert mistake.found in error.found
    assert mistake.expected in error.expected
    assert error.where.startswith(mistake.where)


def test_a_flow_of_another_file_may_not_have_the_same_name() -> None:
    one = FlowSource(file="one.yml", text=flow("- collect: day"))
    two = FlowSource(file="two.yml", text=flow("- collect: day", head='version: "1"\n'))

    with pytest.raises(ContentError, match=r"two\.yml:3 \(flows\): found flow 'visit' again"):
        load_flows([one, two], actions=(), facts=())


def test_a_slot_of_another_file_may_not_have_the_same_name() -> None:
    one = FlowSource(file="one.yml", text=f"{HEAD}flows: {{}}\n")
    two = FlowSource(file="two.yml", text='version: "1"\nslots:\n  day: {type: text}\nflows: {}\n')

    with pytest.raises(ContentError, match=r"two\.yml:3 \(slots\): found slot 'day' again"):
        load_flows([one, two], actions=(), facts=())


def test_steps_are_read_with_their_ways_on() -> None:
    text = flow(
        "- collect: day\n  ask_before_filling: true\n  next:\n    - {if: slots.sure, then: END}\n    - {else: find}",
        "- id: find\n  action: find_times",
        "- action: utter_found",
        "- set_slots:\n    - sure: true\n    - site: downtown\n    - day: null",
    )
    source = FlowSource(file="clinic_flows.yml", text=text)

    loaded = load_flows([source], actions={"find_times"}, facts=())

    ask, find, say, fill = loaded.flow("visit").steps
    assert isinstance(ask, Collect)
    assert (ask.id, ask.utter, ask.ask_before_filling) == ("1_day", "utter_ask_day", True)
    assert [branch.target for branch in ask.next] == [END, "find"]
    assert isinstance(find, Act)
    assert find.next == (Branch(target="3_utter_found"),)
    assert isinstance(say, Utter)
    assert isinstance(fill, SetSlots)
    assert fill.values == (("sure", True), ("site", "downtown"), ("day", None))
    assert fill.next == (Branch(target=END),)


def test_what_hangs_on_a_slot_is_found_through_others() -> None:
    text = 'version: "1"\nslots:\n  a: {type: text}\n  b: {type: text, depends_on: [a]}\n'
    text += "  c: {type: text, depends_on: [b]}\n  d: {type: text}\nflows: {}\n"

    loaded = load_flows([FlowSource(file="slots.yml", text=text)], actions=(), facts=())

    assert loaded.dependents("a") == {"b", "c"}
    assert loaded.dependents("d") == frozenset()


def test_the_release_changes_with_the_text() -> None:
    one = load_flows([FlowSource(file="f.yml", text=flow("- collect: day"))], actions=(), facts=())
    two = load_flows([FlowSource(file="f.yml", text=flow("- collect: site"))], actions=(), facts=())

    assert one.release != two.release


ENGINE_STARTS = {
    "opt_out",
    "cant_make_it",
    "reminder",
    "pattern_continue_interrupted",
    "pattern_continue_parked",
    "pattern_internal_error",
    "pattern_contact_shared",
    "pattern_cannot_handle",
    "pattern_clarify",
    "pattern_cancel_task",
    "pattern_unreadable",
    "pattern_timer_continue",
}


def test_the_packaged_flows_hold_every_flow_the_program_starts_by_name() -> None:
    flows = packaged_flows()

    assert set(flows.flows) >= ENGINE_STARTS
    assert len(flows.flows) > 40


HANDLED_BY_THE_POLICY = {"repeat", "out_of_scope"}
"""Understood in every state by the policy itself; the other control intents start a flow when nothing is going on."""


@pytest.mark.parametrize("intent", sorted(INTENTS))
def test_every_intent_starts_a_flow_or_is_the_policys(intent: str) -> None:
    flow_started = packaged_flows().triggered_by(intent)

    assert (flow_started is None) == (intent in HANDLED_BY_THE_POLICY)


@pytest.mark.parametrize("intent", sorted(TASK_INTENTS))
def test_no_task_intent_ends_at_the_menu(intent: str) -> None:
    started = packaged_flows().triggered_by(intent)

    assert started is not None
    assert started.id not in {"help", "unasked", "out_of_scope"}
    assert started.kind is not FlowKind.PATTERN


def test_packaged_questions_with_fixed_choices_all_have_them() -> None:
    flows = packaged_flows()

    asked = {flows.slot(step.slot) for item in flows.flows.values() for step in item.collects()}
    fixed = [slot for slot in asked if slot.type is SlotType.KIND]
    assert fixed
    assert all(slot.values for slot in fixed)
