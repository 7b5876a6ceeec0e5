"""What the screen does with rules: proximity, negation, masks, numbers, and which verdict wins."""

from pathlib import Path

import pytest

from bot.content.safety_rules import load_safety_rules
from domain.safety import SafetyCategory, SafetyRules, SafetyVerdict, Urgency, screen

RULES = """
evidence: [the, and]
spellings: {chest: [chset]}
guessed: [chest, breathe]
kept: [cheats]
fillers: [my, really, the]
not_readings: [days]
negations: ["no", dont have]
carried: [any, <pain>, chest, fever]
alternatives: [or]
groups:
  pain: [pain, hurt*, killing me]
masks:
  - chest xray
present: [now my]
framings:
  history: {match: [years ago], unless: [today]}
  class: {match: [class about], unless: [want die]}
rules:
  - id: self.harm
    category: self_harm
    urgency: now
    negatable: false
    source: guidance
    match: [want die, "^ ~0 bye ~0 $"]
  - {id: chest, category: emergency, urgency: now, negatable: true, source: guidance, match: [chest & <pain>]}
  - {id: air, category: emergency, urgency: now, negatable: false, source: guidance, match: ["no breathe"]}
  - {id: sugar, category: emergency, urgency: today, negatable: false, source: guidance, match: ["sugar ~2 [20..53]"]}
  - {id: abuse, category: safeguarding, urgency: now, negatable: false, source: guidance, match: ["he ~0 hits ~0 me"]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> SafetyRules:
    (tmp_path / "en.yml").write_text(RULES, encoding="utf-8")
    return load_safety_rules(tmp_path, ["en"])


def raised(text: str, rules: SafetyRules) -> str | None:
    verdict = screen(text, rules)
    return None if verdict is None else verdict.rule


def test_a_verdict_names_category_urgency_rule_and_language(rules: SafetyRules) -> None:
    assert screen("pain in my chest", rules) == SafetyVerdict(
        category=SafetyCategory.EMERGENCY, urgency=Urgency.NOW, rule="chest", language="en"
    )


@pytest.mark.parametrize(
    "text", ["chest pain", "hurting, the chest", "chest. my really pain", "chest\npain", "chset pain"]
)
def test_words_near_each_other_match_in_either_order_and_over_breaks(text: str, rules: SafetyRules) -> None:
    assert raised(text, rules) == "chest"


def test_words_far_apart_do_not_match(rules: SafetyRules) -> None:
    assert raised("chest one two three four five pain", rules) is None


def test_fillers_are_free_but_a_gap_of_nothing_lets_none_through(rules: SafetyRules) -> None:
    assert raised("chest really really my my my pain", rules) == "chest"
    assert raised("he really hits me", rules) is None
    assert raised("he hits me", rules) == "abuse"


@pytest.mark.parametrize(
    "text", ["no chest pain", "dont have any chest pain", "no fever or chest pain", "no fever, pain or chest"]
)
def test_a_denied_symptom_does_not_raise(text: str, rules: SafetyRules) -> None:
    assert raised(text, rules) is None


@pytest.mark.parametrize(
    "text", ["no my chest hurts", "no, chest pain", "no fever, chest pain", "no fever. chest pain"]
)
def test_a_denial_reaches_no_further_than_its_list(text: str, rules: SafetyRules) -> None:
    assert raised(text, rules) == "chest"


def test_a_rule_that_is_not_negatable_hears_no_denial(rules: SafetyRules) -> None:
    assert raised("no chest pain but want die", rules) == "self.harm"
    assert raised("no want die", rules) == "self.harm"
    assert raised("chest fine no breathe", rules) == "air"


def test_a_mask_hides_only_the_words_it_covers(rules: SafetyRules) -> None:
    assert raised("chest xray pain", rules) is None
    assert raised("chest xray but my chest hurts", rules) == "chest"


def test_numbers_count_only_in_range_and_as_readings(rules: SafetyRules) -> None:
    assert raised("sugar 42", rules) == "sugar"
    assert raised("sugar 42.5", rules) == "sugar"
    assert raised("sugar 120", rules) is None
    assert raised("sugar 42 days", rules) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sugar 42 and chest pain", "chest"),
        ("chest pain i want die", "self.harm"),
        ("he hits me chest pain", "chest"),
        ("he hits me sugar 42", "abuse"),
    ],
)
def test_the_most_severe_verdict_wins(text: str, rule: str, rules: SafetyRules) -> None:
    assert raised(text, rules) == rule


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chst pain", "chest"),
        ("cehst pain", "chest"),
        ("chests pain", "chest"),
        ("cheats pain", None),
        ("chess pain", "chest"),
    ],
)
def test_misspellings_are_guessed_but_kept_words_are_not(text: str, expected: str | None, rules: SafetyRules) -> None:
    assert raised(text, rules) == expected


@pytest.mark.parametrize("text", ["chest pain years ago", "years ago chest pain", "class about chest pain. ok"])
def test_a_sentence_that_only_talks_of_a_danger_is_silent(text: str, rules: SafetyRules) -> None:
    assert raised(text, rules) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("pain years ago and now my chest hurts", "chest"),
        ("chest pain years ago, today too", "chest"),
        ("class about chest pain and i want die", "self.harm"),
        ("it was years ago. my chest hurts", "chest"),
        ("chest pain! it was years ago", "chest"),
        ("now my chest hurts as years ago", "chest"),
    ],
)
def test_a_framing_never_reaches_what_is_present(text: str, rule: str, rules: SafetyRules) -> None:
    assert raised(text, rules) == rule


@pytest.mark.parametrize(
    ("text", "rule"), [("bye", "self.harm"), ("i mean it. bye!", "self.harm"), ("bye for now", None)]
)
def test_a_pattern_can_ask_for_a_whole_sentence(text: str, rule: str | None, rules: SafetyRules) -> None:
    assert raised(text, rules) == rule


def test_no_number_is_read_past_another(rules: SafetyRules) -> None:
    assert raised("sugar was 42", rules) == "sugar"
    assert raised("sugar 98 pulse 42", rules) is None


def test_words_two_languages_share_belong_to_the_one_spoken(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text(RULES, encoding="utf-8")
    spanish = (
        RULES.replace("[the, and]", "[el, y]").replace("chest", "pecho").replace("sugar ~2 [20..53]", "pecho sugar")
    )
    (tmp_path / "es.yml").write_text(spanish, encoding="utf-8")
    both = load_safety_rules(tmp_path, ["en", "es"])

    assert raised("the sugar 42", both) == "sugar"
    assert raised("el sugar 42", both) == "sugar"
    assert raised("y el sugar 42", both) is None
    assert raised("y el sugar 42 the", both) == "sugar"
    assert raised("y el chest pain", both) == "chest"
    assert raised("y el chst pain", both) is None


def test_the_most_severe_of_all_languages_wins(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_text(RULES, encoding="utf-8")
    (tmp_path / "es.yml").write_text(RULES.replace("sugar", "azucar").replace("chest", "pecho"), encoding="utf-8")
    both = load_safety_rules(tmp_path, ["es", "en"])

    verdict = screen("azucar 42, chest pain", both)

    assert verdict is not None
    assert (verdict.rule, verdict.language) == ("chest", "en")


def test_no_language_enabled_raises_nothing(tmp_path: Path) -> None:
    assert screen("chest pain", load_safety_rules(tmp_path, [])) is None
