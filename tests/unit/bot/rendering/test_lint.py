"""Every response in every language, held to the house's wording; and the checks themselves."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest
import yaml

from bot.actions.people import HandOver, hand_overs
from bot.rendering.catalogue import Catalogue, load_catalogue
from bot.rendering.extract import is_button
from bot.rendering.lint import (
    ALLOWED,
    MAX_GRADE,
    Finding,
    Rule,
    check_filled,
    check_keys,
    check_visit_choices,
    check_words,
    reading_grade,
    unexpected,
)
from bot.rendering.packaged import packaged_catalogue
from bot.rendering.styles import Style
from bot.rendering.usage import keys_in_code, keys_in_flows, keys_of_closed_sets
from domain.clinic import Clinic
from domain.dialogue.flow import FlowSet
from tests.unit.bot.rendering.arrange import NOW, RESPONSES

KNOWN = Path(__file__).with_name("_known_wording.yml")


@pytest.fixture(scope="module")
def findings(shipped: Catalogue, styles: Mapping[str, Style], clinic: Clinic, flows: FlowSet) -> tuple[Finding, ...]:
    needed = _needed(flows)
    return (
        *check_words(shipped),
        *check_filled(shipped, styles, clinic, NOW),
        *check_visit_choices(shipped, flows),
        *check_keys(shipped, needed=needed, used=needed | _second_forms(shipped, needed)),
    )


def _needed(flows: FlowSet) -> frozenset[str]:
    """Every key the program says outright."""
    over = [action for action in hand_overs().values() if isinstance(action, HandOver)]
    closed = {f"{action.key}_closed" for action in over if not action.safety}
    return keys_in_flows(flows) | keys_of_closed_sets(("en", "es")) | _literals() | closed


def _literals() -> frozenset[str]:
    found = {key for package in ("bot", "domain") for text in _sources(files(package)) for key in keys_in_code(text)}
    return frozenset(found)


def _sources(folder: Traversable) -> list[str]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _sources(entry)
        elif entry.name.endswith(".py"):
            found.append(entry.read_text(encoding="utf-8"))
    return found


def _second_forms(catalogue: Catalogue, needed: frozenset[str]) -> frozenset[str]:
    """Forms the program derives from a key: the shorter wording, what level 1 hears, and names built from an id."""
    generic = {"utter_cancelled_generic", "utter_confirmed_generic"}
    again = {key for key in catalogue.responses if key.removesuffix("_again") in needed}
    return frozenset(generic | again | {"utter_which_offer", "utter_which_visit", "utter_which_task", "flow_reminder"})


def test_nothing_breaks_a_rule_but_what_is_known(findings: tuple[Finding, ...]) -> None:
    known = {(Rule(rule), key) for rule, keys in yaml.safe_load(KNOWN.read_text()).items() for key in keys}
    found = {(item.rule, item.key) for item in unexpected(findings)}

    assert [str(item) for item in unexpected(findings) if (item.rule, item.key) not in known] == []
    assert known - found == set(), "mended: take it off the list"


def test_every_finding_we_stand_by_is_still_one(findings: tuple[Finding, ...]) -> None:
    assert set(ALLOWED) - {(item.rule, item.key) for item in findings} == set()


@pytest.mark.parametrize("language", ["en", "es"])
def test_all_that_is_said_reads_at_grade_six_or_below(shipped: Catalogue, language: str) -> None:
    assert reading_grade(shipped, language) <= MAX_GRADE


def test_spanish_never_copies_the_english(shipped: Catalogue) -> None:
    alike = {"utter_preparation", "utter_site_text", "utter_site_phone", "utter_services", "button_no"}

    same = {key for key, item in shipped.responses.items() if item.texts["es"] == item.texts["en"]}

    assert same <= alike


def test_a_fall_release_reads_whole_in_its_longest_month(
    shipped: Catalogue, styles: Mapping[str, Style], clinic: Clinic
) -> None:
    september = NOW.replace(month=9, day=28) + timedelta(hours=1)

    found = check_filled(shipped, styles, clinic, september)

    assert [str(item) for item in unexpected(found) if item.rule in {Rule.SEGMENTS, Rule.LENGTH, Rule.UNFILLED}] == []


def _checked(key: str, english: str, *, level: int = 0) -> set[Rule]:
    text = f'version: "1"\nresponses:\n  {key}: {{level: {level}, text: "{english}"}}\n'
    return {item.rule for item in check_words(load_catalogue(text, file="r", translations={}))}


@pytest.mark.parametrize(
    ("key", "english", "rule"),
    [
        ("utter_x", "Do not worry.", Rule.FORBIDDEN),
        ("utter_x", "Your result is normal.", Rule.FORBIDDEN),
        ("utter_x", "We will answer soon.", Rule.FORBIDDEN),
        ("utter_x", "You missed your visit.", Rule.FORBIDDEN),
        ("utter_x", "Is this an emergency?", Rule.FORBIDDEN),
        ("utter_x", "Done!", Rule.FORBIDDEN),
        ("button_x", "A label that is far too long", Rule.LABEL),
        ("utter_x", "One " + "word " * 15 + "more.", Rule.SENTENCE),
        ("utter_x", "Subsequent " + "administrative identification " * 6, Rule.READING),
        ("utter_x", "Booked: {slot}.", Rule.DISCLOSURE),
        ("utter_x", "{test} is back.", Rule.DISCLOSURE),
    ],
)  # fmt: skip
def test_a_text_that_breaks_a_rule_is_found(key: str, english: str, rule: Rule) -> None:
    assert rule in _checked(key, english)


def test_a_good_text_is_not_found() -> None:
    assert _checked("utter_x", "Booked: {slot}. We will remind you the day before.", level=2) == set()
    assert _checked("utter_x", "That is too soon. Say: as soon as possible.") == set()


@pytest.mark.parametrize(
    "spanish",
    ["No se preocupe.", "Es normal.", "¿Es una emergencia?", "Le escribiremos pronto.", "¡Listo!", "¿Qué quieres?",
     "Responda CANCELAR.", "Es inválido."],
)  # fmt: skip
def test_what_is_forbidden_in_english_is_forbidden_in_spanish(spanish: str) -> None:
    po = f'msgctxt "utter_x"\nmsgid "Hello."\nmsgstr "{spanish}"\n'
    text = 'version: "1"\nresponses:\n  utter_x: "Hello."\n'

    found = check_words(load_catalogue(text, file="r", translations={"es": po}))

    assert sorted({(item.rule, item.language) for item in found}) == [(Rule.FORBIDDEN, "es")]


def test_an_unknown_placeholder_and_a_long_text_are_found(styles: Mapping[str, Style], clinic: Clinic) -> None:
    long = "word " * 70
    text = f'{RESPONSES}  utter_lost: "By {{nobody}}."\n  utter_long: "{long}"\n  utter_first: "{{test}} is ready."\n'

    found = {(item.rule, item.key) for item in check_filled(
        load_catalogue(text, file="r", translations={}), styles, clinic, NOW
    )}  # fmt: skip

    assert found == {
        (Rule.UNFILLED, "utter_lost"),
        (Rule.SEGMENTS, "utter_long"),
        (Rule.LENGTH, "utter_long"),
        (Rule.LOCK_SCREEN, "utter_first"),
        (Rule.LOCK_SCREEN, "utter_for"),
        (Rule.LOCK_SCREEN, "utter_result"),
    }


def test_keys_said_but_not_written_and_written_but_not_said_are_found() -> None:
    catalogue = packaged_catalogue()

    found = check_keys(catalogue, needed={"utter_nowhere"}, used=set(catalogue.responses) - {"utter_sorry"})

    assert [(item.rule, item.key) for item in found] == [
        (Rule.UNKNOWN_KEY, "utter_nowhere"), (Rule.UNUSED_KEY, "utter_sorry"),
    ]  # fmt: skip


def test_keys_are_read_from_code() -> None:
    assert keys_in_code('say("utter_one")\nx = {"a": "sms_code"}\ny = "utter one"') == {"utter_one", "sms_code"}


def test_every_label_is_known_as_one(shipped: Catalogue) -> None:
    labels = {key for key in shipped.responses if is_button(key)}

    assert {"button_yes", "topic_hours", "flow_greet", "language_es"} <= labels
    assert not any(key.startswith("utter_") for key in labels)
