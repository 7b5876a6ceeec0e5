from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from domain.understanding import ParseContext, Understanding
from domain.when import WhenStatus
from nlu.errors import UnknownLanguageError
from nlu.pipeline import Pipeline

Parse = Callable[..., Understanding]
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def names(understanding: Understanding) -> list[str]:
    return [intent.name for intent in understanding.intents]


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Yesss!!", "en", "affirm"),
        ("sí, gracias", "en", "affirm"),
        ("nope", "es", "deny"),
        ("👍🏽", "es", "affirm"),
        ("STOP", "es", "opt_out"),
        ("Help please", "en", "help"),
        ("otra vez", "en", "repeat"),
    ],
)
def test_known_messages_are_matched_in_every_enabled_language(
    parse: Parse, text: str, language: str, intent: str
) -> None:
    understanding = parse(text, language=language)

    assert names(understanding) == [intent]
    assert understanding.intents[0].confidence == 1.0


@pytest.mark.parametrize("text", ["cancel", "I can't make it", "cancelar"])
def test_words_with_two_meanings_are_asked_about(parse: Parse, text: str) -> None:
    understanding = parse(text)

    assert understanding.intents == ()
    assert "cancel_appointment" in understanding.clarify
    assert len(understanding.clarify) == 2


def test_two_requests_in_one_message_are_both_kept(parse: Parse) -> None:
    understanding = parse("Cancel Tuesday's visit and what time do you open on Monday")

    assert set(names(understanding)) == {"cancel_appointment", "clinic_info"}


def test_danger_comes_first_wherever_it_stands(parse: Parse) -> None:
    understanding = parse("please cancel my appointment on friday. i have crushing chest pain and can't breathe")

    assert names(understanding)[0] == "emergency"


def test_a_greeting_beside_a_request_is_no_second_request(parse: Parse) -> None:
    assert names(parse("hi, i want to book an appointment")) == ["book_appointment"]


def test_one_request_with_and_inside_stays_one(parse: Parse) -> None:
    assert names(parse("book an appointment for my son and my daughter")) == ["book_appointment"]


def test_a_request_beside_an_ambiguous_part_is_not_lost(parse: Parse) -> None:
    understanding = parse("I can't make it. Also, are my results ready")

    assert names(understanding) == ["results_status"]
    assert understanding.clarify == ("cancel_appointment", "reschedule_appointment")


def test_a_correction_is_a_no_and_the_new_value(parse: Parse) -> None:
    understanding = parse("no, dr ana lee", expected_slot="ok", expected_kind="yes_no")

    assert names(understanding) == ["deny"]
    assert [(entity.value, entity.negated) for entity in understanding.entities_named("provider")] == [
        ("lee-ana", False)
    ]


def test_a_bare_value_answers_what_was_asked_instead_of_starting_something(parse: Parse) -> None:
    understanding = parse("next tuesday at 3", expected_slot="date", expected_kind="when")

    assert understanding.intents == ()
    assert understanding.when.status is WhenStatus.OK


def test_a_request_while_asked_for_a_value_is_still_a_request(parse: Parse) -> None:
    assert names(parse("cancel my appointment", expected_slot="date", expected_kind="when")) == ["cancel_appointment"]


def test_danger_is_never_taken_for_an_answer(parse: Parse) -> None:
    understanding = parse("i can't breathe", expected_slot="reason", expected_kind="text")

    assert names(understanding) == ["emergency"]


def test_being_asked_makes_an_answer_likelier_unless_context_is_off(
    engine: Pipeline, engine_without_context: Pipeline
) -> None:
    asked = ParseContext(language="en", expected_slot="ok", expected_kind="yes_no")
    bare = ParseContext(language="en")

    def share_of_unsure(one: Pipeline, context: ParseContext) -> float:
        ranking = one.parse("i guess that one", context=context, now=NOW).ranking
        return next(intent.confidence for intent in ranking if intent.name == "unsure")

    assert share_of_unsure(engine, asked) > share_of_unsure(engine, bare)
    assert share_of_unsure(engine_without_context, asked) == share_of_unsure(engine_without_context, bare)


def test_out_of_scope_is_said_so(parse: Parse) -> None:
    assert names(parse("what is the capital of france")) == ["out_of_scope"]


def test_another_language_is_answered_by_its_own_model(parse: Parse) -> None:
    understanding = parse("necesito una cita con el doctor por favor", language="en")

    assert understanding.language == "es"
    assert names(understanding) == ["book_appointment"]


def test_a_language_that_is_not_enabled_is_refused(parse: Parse) -> None:
    with pytest.raises(UnknownLanguageError):
        parse("bonjour", language="fr")


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "🙂", "a" * 10_000, "book " * 2000, "\x00\u202e", "[x](y)", "99999999999"]
)
def test_nothing_a_patient_writes_raises(parse: Parse, text: str) -> None:
    assert parse(text).text == text


def test_a_promoted_model_makes_a_new_engine_and_leaves_the_old_one(engine: Pipeline) -> None:
    swapped = engine.with_model(engine.models["en"])

    assert swapped is not engine
    assert swapped.models["en"] is engine.models["en"]
