"""Promises heard in replies: by phrases, with times from the grammar; words that promise nothing are left alone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.understanding_room import ClinicTimes
from bot.usecases.heard_promise import PromiseEar
from bot.web.inbox.words import load_promise_phrases
from domain.promise import PromiseKind
from tests.fakes.staff import NOON, demo_clinic

ZONE = ZoneInfo("America/New_York")
EAR = PromiseEar(times=ClinicTimes(ZONE), clinic=demo_clinic, phrases=load_promise_phrases())


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "kind", "due"),
    [
        ("A nurse will call by 3", PromiseKind.CALLBACK, at(2, 15)),
        ("Thanks. We\u2019ll phone you by tomorrow 10.", PromiseKind.CALLBACK, at(3, 10)),
        ("I will write to you by tomorrow 10", PromiseKind.REPLY, at(3, 10)),
        ("Dr. Lee will call you at 4 pm.", PromiseKind.CALLBACK, at(2, 16)),
        ("We will let you know by Friday", PromiseKind.REPLY, at(6, 18)),
    ],
)
def test_a_promise_with_a_time_is_heard(text: str, kind: PromiseKind, due: datetime) -> None:
    heard = EAR.hear(text, now=NOON, language="en")

    assert heard is not None
    assert (heard.kind, heard.due_at) == (kind, due)


def test_a_spanish_reply_is_heard_in_spanish_and_staff_english_in_any_talk() -> None:
    spanish = EAR.hear("Una enfermera le llamará antes de las 3.", now=NOON, language="es")
    english = EAR.hear("A nurse will call by 3.", now=NOON, language="es")

    assert spanish is not None
    assert english is not None
    assert spanish.due_at == english.due_at == at(2, 15)


def test_the_sentence_it_was_heard_in_is_what_is_promised() -> None:
    heard = EAR.hear("Sorry to hear that. A nurse will call by 3. Keep warm.", now=NOON, language="en")

    assert heard is not None
    assert heard.words == "A nurse will call by 3."


@pytest.mark.parametrize(
    "text",
    [
        "Please call us by 3.",
        "A nurse will call.",
        "See you tomorrow at 10.",
        "A nurse will call. The clinic closes at 5.",
        "",
    ],
)
def test_what_promises_nothing_by_a_time_is_not_heard(text: str) -> None:
    assert EAR.hear(text, now=NOON, language="en") is None


@pytest.mark.parametrize(("words", "due"), [("3", at(2, 15)), ("3 pm", at(2, 15)), ("tomorrow 10", at(3, 10))])
def test_a_time_typed_into_the_form_is_read_by_the_same_grammar(words: str, due: datetime) -> None:
    assert EAR.due(words, now=NOON) == due


@pytest.mark.parametrize("words", ["", "soon", "yesterday", "1 March 2026"])
def test_a_time_that_cannot_be_told_or_has_passed_is_no_time(words: str) -> None:
    assert EAR.due(words, now=NOON) is None
