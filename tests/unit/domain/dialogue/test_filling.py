"""Slots are filled from what is said, corrected where they stand, and asked for only when they are needed."""

from typing import Any

import pytest

from domain.dialogue.events import FlowCompleted, FlowStarted, SlotCorrected, SlotFilled
from domain.when import When
from tests.builders.dialogue import Talk, entity, on_day, one_of_days
from tests.unit.domain.dialogue.arrange import (
    CHECK_UP,
    DOCTOR,
    EARLY,
    LATE,
    OTHER_DOCTOR,
    TEETH,
    asked_for_a_day,
    asked_to_confirm,
    offered_times,
    talk,
)


def test_one_message_fills_several_slots_and_none_of_them_is_asked_for() -> None:
    patient = talk()

    heard = patient.hears("book_appointment", entities=(CHECK_UP, DOCTOR), when=on_day(1))

    assert heard.keys == ["utter_ask_offer"]
    assert patient.choices == [EARLY, LATE]
    assert patient.slots.keys() == {"visit_type", "provider", "when"}


def test_an_answer_may_bring_more_than_was_asked() -> None:
    patient = talk()
    patient.hears("book_appointment")

    patient.hears(entities=(CHECK_UP, DOCTOR), when=on_day(2))

    assert patient.asked == "offer"
    assert (patient.slots["visit_type"], patient.slots["provider"]) == ("primary_visit", "lee_grace")


def test_the_first_question_without_an_answer_is_asked() -> None:
    patient = talk()

    heard = patient.hears("book_appointment", entities=(DOCTOR,), when=on_day(1))

    assert heard.keys == ["utter_ask_visit_type"]


def test_a_yes_to_the_read_back_finishes_the_task() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("affirm")

    assert [request.action for request in heard.actions] == ["book_visit"]
    assert heard.actions[0].slots["offer"] == EARLY
    assert heard.keys == ["utter_booked"]
    assert patient.stack == []
    assert heard.named(FlowCompleted) == [FlowCompleted(flow="book")]


def test_a_yes_said_too_early_is_asked_for_all_the_same() -> None:
    patient = offered_times()

    heard = patient.hears("affirm", entities=(entity("ordinal", "first"),))

    assert patient.asked == "confirm"
    assert heard.actions == ()


def test_correction_before_the_read_back_rewinds_to_the_changed_slot() -> None:
    patient = offered_times()

    heard = patient.hears(when=on_day(3))

    assert [request.action for request in heard.actions] == ["find_slots"]
    assert patient.asked == "offer"
    assert patient.slots["provider"] == "lee_grace"


def test_correction_at_the_read_back_drops_what_hung_on_it_and_keeps_the_rest() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("deny", when=on_day(3))

    assert heard.named(SlotCorrected) == [SlotCorrected(slot="when", dropped=("offer",))]
    assert patient.asked == "offer"
    assert patient.slots.keys() == {"visit_type", "provider", "when"}
    assert isinstance(patient.slots["when"], When)


def test_only_the_change_is_confirmed_anew_after_a_correction() -> None:
    patient = asked_to_confirm()
    patient.hears("deny", entities=(OTHER_DOCTOR,))

    heard = patient.chooses(2)

    assert heard.keys == ["utter_ask_confirm"]
    assert patient.slots["provider"] == "lee_daniel"
    assert patient.slots["visit_type"] == "primary_visit"


def test_correction_of_the_first_slot_looks_for_times_again() -> None:
    patient = asked_to_confirm()

    heard = patient.hears(entities=(TEETH,))

    assert [request.action for request in heard.actions] == ["find_slots"]
    assert heard.actions[0].slots["visit_type"] == "dental_checkup"
    assert "offer" not in heard.actions[0].slots


def test_a_slot_that_is_heard_sends_back_to_the_step_the_flow_names() -> None:
    patient = asked_to_confirm()

    heard = patient.hears(entities=(entity("site", "eastside"),))

    assert [request.action for request in heard.actions] == ["find_slots"]
    assert heard.actions[0].slots["site"] == "eastside"
    assert patient.asked == "offer"


@pytest.mark.parametrize("said", [{"entities": (DOCTOR,)}, {"when": on_day(1)}], ids=["the doctor", "the day"])
def test_a_yes_that_repeats_what_was_read_back_is_a_yes(said: dict[str, Any]) -> None:
    patient = asked_to_confirm()

    heard = patient.hears("affirm", **said)

    assert not heard.named(SlotCorrected)
    assert [request.action for request in heard.actions] == ["book_visit"]


def test_a_negated_value_fills_nothing() -> None:
    patient = talk()

    patient.hears("book_appointment", entities=(CHECK_UP, entity("provider", "lee_grace", negated=True)))

    assert patient.asked == "provider"


def test_an_id_that_stands_for_another_is_taken_as_that_other() -> None:
    patient = talk()
    patient.stands_for = {"dental": "dental_checkup"}

    patient.hears("book_appointment", entities=(entity("visit_type", "dental"),))

    assert patient.slots["visit_type"] == "dental_checkup"


def test_refusing_every_choice_asks_for_another_day() -> None:
    patient = offered_times()

    patient.hears("deny")

    assert patient.asked == "when"
    assert patient.slots.keys() == {"visit_type", "provider"}


def test_a_choice_is_read_by_place_time_and_number() -> None:
    by_place, by_number, by_name = offered_times(), offered_times(), offered_times()

    by_place.hears(entities=(entity("ordinal", "later"),))
    by_number.hears(text="2")
    by_name.hears(entities=(OTHER_DOCTOR,))

    assert by_place.slots["offer"] == LATE
    assert by_number.slots["offer"] == LATE
    assert by_name.slots["offer"] == LATE


def test_a_choice_that_was_not_shown_is_said_to_be_none() -> None:
    patient = offered_times()

    heard = patient.hears(text="7")

    assert heard.keys == ["utter_no_such_choice", "utter_ask_offer_again"]
    assert patient.choices == [EARLY, LATE]


def test_a_rejected_value_is_explained_and_asked_again_in_other_words() -> None:
    patient = talk()
    patient.hears("running_late")

    heard = patient.hears(text="300")

    assert heard.keys == ["utter_too_late", "utter_ask_minutes_again"]
    assert patient.conversation.prompt is not None
    assert patient.conversation.prompt.attempt == 2


def test_attempts_go_on_counting_until_a_value_will_do() -> None:
    patient = talk()
    patient.hears("running_late")
    patient.hears(text="300")
    patient.hears(text="400")
    assert patient.conversation.prompt is not None
    assert patient.conversation.prompt.attempt == 3

    heard = patient.hears(text="20")

    assert heard.keys == ["utter_late_noted"]


def test_a_value_rejected_in_the_very_first_message_is_explained_too() -> None:
    patient = talk()

    heard = patient.hears("running_late", entities=(entity("duration", "300"),))

    assert heard.keys == ["utter_too_late", "utter_ask_minutes"]
    assert "minutes" not in patient.slots


def test_two_readings_are_offered_and_the_answer_is_taken() -> None:
    patient = asked_for_a_day()
    heard = patient.hears(when=one_of_days(3, 10))
    assert heard.keys == ["utter_which_when"]
    assert len(patient.choices) == 2

    patient.chooses(2)

    assert patient.asked == "offer"
    day = patient.slots["when"]
    assert isinstance(day, When)
    assert day.start == on_day(10).start


def test_two_people_of_one_name_are_offered_when_a_task_begins() -> None:
    patient = talk()

    heard = patient.hears(
        "book_appointment", entities=(CHECK_UP, entity("provider", alternatives=("lee_grace", "lee_daniel")))
    )
    patient.chooses(2)

    assert heard.keys == ["utter_which_provider"]
    assert patient.slots["provider"] == "lee_daniel"
    assert patient.asked == "when"


def test_an_impossible_date_is_said_to_be_none_and_asked_again() -> None:
    patient = asked_for_a_day()

    heard = patient.hears(when=one_of_days())

    assert heard.keys == ["utter_no_such_date", "utter_ask_when_again"]


def test_a_called_flow_gives_its_slots_back() -> None:
    patient = talk()
    patient.hears("request_letter")
    patient.hears(entities=(entity("person_name", "Testa Exampleson"),), text="Testa Exampleson")

    heard = patient.hears(text="123456")

    assert heard.keys == ["utter_ask_detail"]
    assert patient.stack == ["letter"]
    assert patient.slots == {"person_name": "Testa Exampleson", "code": "123456"}


def test_a_linked_flow_takes_the_slots_along_and_does_not_come_back() -> None:
    patient = talk()

    heard = patient.hears("request_records")

    assert [event.flow for event in heard.events if isinstance(event, FlowStarted)] == ["records", "letter", "prove"]
    assert patient.stack == ["letter", "prove"]
    assert patient.slots["work"] == "records"


def test_free_text_is_taken_as_it_was_said() -> None:
    patient = talk()
    patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))

    heard = patient.hears(("billing_question", 0.4), text=" the blue ones ")

    assert heard.named(SlotFilled) == [SlotFilled(slot="detail")]
    assert heard.keys == ["utter_promised"]


def test_a_code_is_read_whatever_intent_it_resembles() -> None:
    patient = talk()
    patient.hears("request_letter")
    patient.hears(entities=(entity("person_name", "Testa Exampleson"),), text="Testa Exampleson")

    patient.hears(("register_patient", 0.9), text="12 34-56")

    assert patient.slots["code"] == "123456"


def digits(name: str) -> Talk:
    patient = offered_times() if name == "choice" else talk()
    if name == "number":
        patient.hears("running_late")
    return patient


def test_a_digit_that_is_no_number_is_not_understood_and_breaks_nothing() -> None:
    choosing, counting = digits("choice"), digits("number")

    one, two = choosing.hears(text="②"), counting.hears(text="²")

    assert choosing.asked == "offer"
    assert counting.asked == "minutes"
    assert one.keys
    assert two.keys
