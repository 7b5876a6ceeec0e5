"""What comes in between is answered and left behind; what was set aside is offered again; nothing is lost silently."""

from datetime import timedelta

import pytest

from domain.dialogue.engine import STALE_AFTER
from domain.dialogue.events import FlowCancelled, FlowParked, FlowResumed
from domain.dialogue.turn import TimerFired
from tests.builders.dialogue import Talk, entity, on_day
from tests.unit.domain.dialogue.arrange import (
    CHECK_UP,
    EARLY,
    LATE,
    asked_for_a_day,
    asked_to_confirm,
    offered_times,
    talk,
)


def test_a_question_in_between_is_answered_and_the_same_question_asked_again() -> None:
    patient = asked_for_a_day()

    heard = patient.hears("clinic_info")

    assert heard.keys == ["utter_hours", "utter_back_to_task", "utter_ask_when"]
    assert heard.named(FlowResumed) == [FlowResumed(flow="book")]
    assert patient.slots.keys() == {"visit_type", "provider"}


def test_the_times_offered_are_still_offered_after_a_question_in_between() -> None:
    patient = offered_times()

    patient.hears("clinic_info")

    assert patient.asked == "offer"
    assert patient.choices == [EARLY, LATE]


def test_the_times_offered_survive_a_digression_with_choices_of_its_own() -> None:
    patient = offered_times()
    patient.hears("prep_instructions")
    assert patient.asked == "topic"

    patient.hears(entities=(entity("topic", "parking"),))

    assert patient.asked == "offer"
    assert patient.choices == [EARLY, LATE]


def test_the_times_offered_survive_a_question_which_was_meant() -> None:
    patient = offered_times()
    patient.hears(clarify=("clinic_info", "insurance_question"))
    assert patient.choices == ["clinic_info", "insurance_question", "none"]

    patient.chooses(3)

    assert patient.asked == "offer"
    assert patient.choices == [EARLY, LATE]


def test_three_interruptions_deep_everything_comes_back_in_order() -> None:
    patient = asked_to_confirm()
    patient.hears("insurance_question")
    patient.hears("results_status")
    heard = patient.hears("clinic_info")
    assert patient.stack == ["book", "insurance", "results"]
    assert heard.keys[-1] == "utter_ask_read_it"

    patient.hears("affirm")
    assert patient.asked == "insurer"
    heard = patient.hears(entities=(entity("insurer", "medicare"),))

    assert heard.keys == ["utter_plan_taken", "utter_back_to_task", "utter_ask_confirm"]
    assert patient.stack == ["book"]
    assert patient.slots["offer"] == EARLY


def test_an_answer_and_another_question_in_one_message_are_both_used() -> None:
    patient = asked_for_a_day()

    heard = patient.hears("book_appointment", "clinic_info", when=on_day(1))

    assert patient.slots.keys() >= {"when"}
    assert heard.keys == ["utter_hours", "utter_back_to_task", "utter_ask_offer"]


def test_two_questions_in_one_message_are_both_answered_the_first_first() -> None:
    patient = talk()

    heard = patient.hears("clinic_info", "greet")

    assert heard.keys == ["utter_hours", "utter_greet"]


def test_a_second_question_of_ours_keeps_its_place_when_interrupted() -> None:
    patient = talk()
    patient.hears("book_appointment", entities=(CHECK_UP, entity("provider", alternatives=("lee_grace", "lee_daniel"))))

    patient.hears("clinic_info")

    assert patient.asked == "provider"
    assert patient.choices == ["lee_grace", "lee_daniel"]


def test_which_of_two_is_asked_again_when_the_answer_was_not_understood() -> None:
    patient = talk()
    patient.hears("book_appointment", entities=(CHECK_UP, entity("provider", alternatives=("lee_grace", "lee_daniel"))))

    patient.hears(text="hmm")

    assert patient.asked == "provider"
    assert patient.choices == ["lee_grace", "lee_daniel"]


def test_a_second_task_sets_the_first_aside_and_offers_it_again_when_done() -> None:
    patient = asked_for_a_day()

    switched = patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))
    finished = patient.hears(text="thirty tablets")

    assert switched.named(FlowParked) == [FlowParked(flow="book")]
    assert switched.keys == ["utter_parked", "utter_ask_detail"]
    assert finished.keys == ["utter_promised", "utter_ask_resume"]


def test_a_task_set_aside_goes_on_where_it_stood() -> None:
    patient = asked_for_a_day()
    patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))
    patient.hears(text="thirty tablets")

    heard = patient.hears("affirm")

    assert heard.named(FlowResumed) == [FlowResumed(flow="book")]
    assert patient.asked == "when"
    assert patient.slots == {"visit_type": "primary_visit", "provider": "lee_grace"}
    assert patient.conversation.parked == ()


def test_a_task_set_aside_may_be_left() -> None:
    patient = asked_for_a_day()
    patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))
    patient.hears(text="thirty tablets")

    heard = patient.hears("deny")

    assert heard.named(FlowCancelled) == [FlowCancelled(flow="book")]
    assert [request.action for request in heard.actions] == ["release_hold"]
    assert (patient.stack, patient.conversation.parked) == ([], ())


def test_a_task_set_aside_while_times_were_offered_offers_them_again() -> None:
    patient = offered_times()
    patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))
    patient.hears(text="thirty tablets")

    patient.hears("affirm")

    assert patient.asked == "offer"
    assert patient.choices == [EARLY, LATE]


def in_the_middle_of_a_proof() -> Talk:
    patient = talk()
    patient.hears("request_records")
    patient.hears(entities=(entity("person_name", "Testa Exampleson"),), text="Testa Exampleson")
    assert (patient.stack, patient.asked) == (["letter", "prove"], "code")
    return patient


def test_a_task_left_in_the_middle_of_a_proof_goes_on_with_the_proof() -> None:
    patient = in_the_middle_of_a_proof()
    patient.later(hours=7)
    patient.hears("greet")
    assert patient.asked == "resume"

    heard = patient.hears("affirm")

    assert "utter_not_booked" not in heard.keys
    assert patient.asked in {"person_name", "code"}


def test_what_is_offered_again_is_the_task_and_never_a_part_of_it() -> None:
    patient = talk()
    patient.hears("request_letter")
    patient.hears(entities=(entity("person_name", "Testa Exampleson"),), text="Testa Exampleson")
    patient.later(hours=7)

    patient.hears("greet")

    assert [frame.flow for frame in patient.conversation.parked] == ["letter"]


@pytest.mark.parametrize(("idle", "offered_again"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_a_task_untouched_for_longer_than_six_hours_is_offered_again(
    idle: timedelta,
    offered_again: bool,  # noqa: FBT001  # a column of the table
) -> None:
    patient = asked_for_a_day()
    patient.now += STALE_AFTER + idle

    heard = patient.hears("greet")

    assert ("utter_ask_resume" in heard.keys) is offered_again
    assert (patient.asked == "when") is not offered_again


def test_a_stale_task_is_set_aside_without_a_word() -> None:
    patient = asked_for_a_day()
    patient.later(days=2)

    heard = patient.hears("clinic_info")

    assert heard.keys == ["utter_hours", "utter_ask_resume"]


def test_an_old_answer_does_not_answer_a_stale_question() -> None:
    patient = asked_to_confirm()
    patient.later(days=2)

    heard = patient.hears("affirm")

    assert heard.actions == ()
    assert [frame.flow for frame in patient.conversation.parked] == ["book"]


def test_a_reminder_may_be_answered_days_later() -> None:
    patient = talk()
    patient.hears("greet")
    patient.is_reminded(visit="visit-1")
    patient.later(days=3)

    heard = patient.hears("affirm")

    assert [request.action for request in heard.actions] == ["confirm_visit"]
    assert heard.actions[0].slots["visit"] == "visit-1"


def test_a_reminder_answered_with_no_asks_whether_to_move_or_cancel_that_visit() -> None:
    patient = talk()
    patient.is_reminded(visit="visit-1")

    patient.hears("deny")

    assert patient.asked == "keep_or_move"
    assert patient.slots["visit"] == "visit-1"
    assert patient.choices == ["move", "cancel", "keep"]


def test_a_nudge_leaves_the_question_open_as_it_stands() -> None:
    patient = offered_times()
    before = patient.conversation.prompt

    heard = patient.takes(TimerFired(kind="nudge"))

    assert heard.keys == ["utter_nudge"]
    assert patient.conversation.prompt == before


def test_after_staff_hand_back_the_open_question_is_asked_without_ado() -> None:
    patient = asked_for_a_day()

    heard = patient.takes(TimerFired(kind="continue"))

    assert heard.keys == ["utter_ask_when"]


def test_a_repair_question_gives_way_to_a_new_task() -> None:
    patient = talk()
    patient.hears(text="mumble")
    patient.hears(text="mumble")
    assert patient.asked == "want_person"

    patient.hears("book_appointment")

    assert patient.stack == ["book"]
    assert patient.asked == "visit_type"


def test_a_choice_between_two_meanings_starts_the_chosen_one() -> None:
    patient = talk()
    heard = patient.hears(clarify=("refill_request", "request_letter"))
    assert heard.keys == ["utter_ask_clarified"]

    patient.chooses(1)

    assert patient.stack == ["refill"]


def test_a_meaning_chosen_in_the_middle_of_a_task_sets_that_task_aside() -> None:
    patient = asked_for_a_day()
    patient.hears(clarify=("refill_request", "request_letter"))

    patient.chooses(1)

    assert patient.stack == ["refill"]
    assert [frame.flow for frame in patient.conversation.parked] == ["book"]


def test_a_repair_question_is_never_set_aside_in_place_of_the_task() -> None:
    patient = talk()
    patient.hears("book_appointment")
    patient.hears(clarify=("refill_request", "request_letter"))

    patient.chooses(1)

    assert "pattern_clarify" not in [frame.flow for frame in patient.conversation.parked]


def test_never_mind_leaves_the_question_in_between_and_not_the_task_beneath() -> None:
    patient = asked_for_a_day()
    patient.hears("insurance_question")

    heard = patient.hears("stop_task")

    assert heard.named(FlowCancelled) == [FlowCancelled(flow="insurance")]
    assert patient.stack == ["book"]
    assert patient.asked == "when"


def test_what_else_was_asked_with_a_never_mind_is_answered() -> None:
    patient = asked_for_a_day()

    heard = patient.hears("stop_task", "clinic_info")

    assert heard.named(FlowCancelled) == [FlowCancelled(flow="book")]
    assert "utter_hours" in heard.keys
