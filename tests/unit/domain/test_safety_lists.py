"""Every line of tests/nlu/<language>/safety: what must be caught, and as what, and what must be left alone."""

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from bot.content.safety_rules import load_safety_rules
from domain.safety import SafetyCategory, SafetyRules, Urgency, screen

CASES = Path(__file__).parents[2] / "nlu"
LANGUAGES = ("en", "es")
LEAST = {"en": (350, 250), "es": (150, 120)}


@pytest.fixture(scope="module")
def rules() -> SafetyRules:
    return load_safety_rules(files("bot.content") / "safety", LANGUAGES)


def must_catch(language: str) -> list[tuple[str, SafetyCategory, Urgency]]:
    groups = yaml.safe_load((CASES / language / "safety" / "must_catch.yml").read_text(encoding="utf-8"))
    return [
        (text, SafetyCategory(group["category"]), Urgency(group["urgency"]))
        for group in groups
        for text in group["texts"]
    ]


def must_pass(language: str) -> list[str]:
    return list(yaml.safe_load((CASES / language / "safety" / "must_pass.yml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_red_flag_is_caught_with_its_category_and_urgency(language: str, rules: SafetyRules) -> None:
    wrong = []
    for text, category, urgency in must_catch(language):
        verdict = screen(text, rules)
        if verdict is None or (verdict.category, verdict.urgency) != (category, urgency):
            wrong.append((text, verdict))

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_messages_raise_nothing(language: str, rules: SafetyRules) -> None:
    wrong = [(text, verdict) for text in must_pass(language) if (verdict := screen(text, rules)) is not None]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_are_long_and_name_no_text_twice(language: str) -> None:
    caught, passed = [text for text, _, _ in must_catch(language)], must_pass(language)

    assert len(caught) >= LEAST[language][0]
    assert len(passed) >= LEAST[language][1]
    assert len(set(caught + passed)) == len(caught) + len(passed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_category_and_urgency_is_represented(language: str) -> None:
    seen = {(category, urgency) for _, category, urgency in must_catch(language)}

    assert seen == {(category, urgency) for category in SafetyCategory for urgency in Urgency}


def pairs(language: str) -> tuple[list[str], list[str]]:
    lists = yaml.safe_load((CASES / language / "safety" / "pairs.yml").read_text(encoding="utf-8"))
    return lists["talk"], lists["report"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_talk_of_a_danger_is_left_alone(language: str, rules: SafetyRules) -> None:
    wrong = [(text, verdict) for text in pairs(language)[0] if (verdict := screen(text, rules)) is not None]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_talk_never_hides_a_report_in_the_same_sentence(language: str, rules: SafetyRules) -> None:
    talk, report = pairs(language)
    joined = [f"{first}, {then}" for first in talk for then in report]

    assert len(joined) >= 60
    assert [text for text in joined if screen(text, rules) is None] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_raises_on_something(language: str, rules: SafetyRules) -> None:
    own = next(pack for pack in rules.languages if pack.language == language)
    raised = {
        (verdict.language, verdict.rule) for text, _, _ in must_catch(language) if (verdict := screen(text, rules))
    }

    assert {rule.id for rule in own.rules} - {rule for spoken, rule in raised if spoken == language} == set()


def test_the_patients_language_need_not_be_known(rules: SafetyRules) -> None:
    spanish_only = load_safety_rules(files("bot.content") / "safety", ["es"])

    assert screen("my chest hurts", spanish_only) is None
    assert screen("my chest hurts", rules) is not None
    assert screen("me duele el pecho", rules) is not None
