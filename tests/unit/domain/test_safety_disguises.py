"""A red flag stays one however it is written: case, spacing, hidden characters, politeness, length."""

import time
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.safety_rules import load_safety_rules
from domain.safety import SafetyVerdict, screen
from domain.safety_words import fold

RULES = load_safety_rules(files("bot.content") / "safety", ["en", "es"])
FLAGS = (
    "my chest really hurts",
    "can't breathe",
    "i want to die",
    "my husband hits me",
    "took 30 tylenol",
    "bp 210/130",
    "bleeding won't stop",
    "uti with fever",
    "dolor en el pecho",
    "no quiero vivir más",
    "mi esposo me pega",
    "no puedo respirar",
)
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u0007"
POLITE = (
    "hello good morning, ",
    "Hi, ",
    "sorry to bother you but ",
    "hola buenos días, ",
    "thanks!! ",
    "quick question: ",
)

flags = st.sampled_from(FLAGS)


def severity_of(text: str) -> tuple[str, str] | None:
    verdict = screen(text, RULES)
    return None if verdict is None else (verdict.category, verdict.urgency)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text: str) -> None:
    verdict = screen(text, RULES)

    assert verdict is None or isinstance(verdict, SafetyVerdict)


@given(flags, st.text(alphabet="aeiouñhst .,!?\n'*1@$\U0001f52a", max_size=60))
@settings(max_examples=200, deadline=None)
def test_noise_made_of_marks_and_letters_never_raises(flag: str, noise: str) -> None:
    screen(noise + flag + noise, RULES)


@given(flags)
def test_case_does_not_matter(flag: str) -> None:
    assert severity_of(flag.upper()) == severity_of(flag) == severity_of(flag.title()) is not None


@given(flags, st.data())
@settings(deadline=None)
def test_extra_spaces_do_not_matter(flag: str, data: st.DataObject) -> None:
    spaced = "".join(char + " " * data.draw(st.integers(0, 5)) if char == " " else char for char in flag)

    assert severity_of(f"  {spaced} ") == severity_of(flag)


@given(flags, st.data())
@settings(deadline=None)
def test_hidden_characters_do_not_matter(flag: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(flag)))
    hidden = data.draw(st.text(alphabet=HIDDEN, min_size=1, max_size=4))

    assert severity_of(flag[:at] + hidden + flag[at:]) == severity_of(flag)


@given(flags, st.lists(st.sampled_from(POLITE), max_size=3))
@settings(deadline=None)
def test_politeness_does_not_hide_a_flag(flag: str, greetings: list[str]) -> None:
    assert severity_of("".join(greetings) + flag) == severity_of(flag)


@given(flags, st.sampled_from(["can I move my appointment?", "gracias", "what are your hours", "ok"]))
def test_a_flag_among_other_texts_is_found(flag: str, other: str) -> None:
    assert severity_of(f"{other}\n{flag}\n{other}") == severity_of(flag)


@pytest.mark.parametrize(
    "text",
    [
        "c h e s t p a i n",
        "k.m.s",
        "k-i-l-l-m-y-s-e-l-f",
        "su1c1de",
        "$uicidal",
        "k!ll mys3lf",
        "iwanttodie",
        "chestpain",
        "chst pain",
        "i want to dieeeeee",
        "can\u00b4t breathe",
        "can`t breathe",
        "can t breathe",
        "CAN\u2019T BREATHE",
        "\uff43\uff41\uff4e\uff54 \uff42\uff52\uff45\uff41\uff54\uff48\uff45",
        "i w\u0430nt to di\u0435",
        "\U0001d48a \U0001d498\U0001d482\U0001d48f\U0001d495 \U0001d495\U0001d490 \U0001d485\U0001d48a\U0001d486",
        "my chest\nhurts so bad",
        "i took\nall my pills",
        "no quiero\nvivir",
    ],
)
def test_known_disguises_are_seen_through(text: str) -> None:
    assert severity_of(text) is not None


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "my ",
        "chest ",
        "no ",
        "a b ",
        "1 ",
        "\U0001f52a",
        "\n",
        "don t ",
        "ni ",
        "x" * 40 + " ",
        "o.o",
        "my chest no pain or ",
    ],
)
def test_the_longest_text_is_screened_quickly(unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    started = time.process_time()

    screen(text, RULES)

    assert time.process_time() - started < 2


def test_a_flag_at_the_end_of_the_longest_text_is_found() -> None:
    text = "please move my appointment to monday. " * 262 + "I can't breathe"

    assert severity_of(text) == ("emergency", "now")


def test_folding_keeps_line_breaks_and_drops_what_is_hidden() -> None:
    assert fold("\u00c9l no\u200b puede\r\nrespirar, can\u2019t\tbreathe") == "el no puede\n\nrespirar, cant breathe"
