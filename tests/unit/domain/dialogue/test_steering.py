"""The patient moves about in a task: skips, goes back, starts over, stops, repeats, presses what is old."""

from dataclasses import replace

import pytest

from domain.dialogue.events import (
    ChoiceExpired,
    ClarificationAsked,
    FlowCancelled,
    FlowStarted,
    LanguageChanged,
    Missed,
)
from domain.dialogue.turn import ContactGiven, Unreadable
from domain.handoff import OwnerKind
from domain.message import UnsupportedKind
from tests.builders.dialogue import entity, on_day
from tests.unit.domain.dialogue.arrange import (
    CHECK_UP,
    DOCTOR,
    EARLY,
    LATE,
    asked_for_a_day,
    asked_to_confirm,
    offered_times,
    talk,
)


def test_an_optional_question_may_be_skipped() -> None:
    patient = talk()
    patient.hears("book_appointment", entities=(CHECK_UP,))
    assert patient.asked == "provider"

    heard = patient.hears("skip")

    assert patient.slots["provider"] == "any"
    assert heard.keys == ["utter_ask_when"]


def test_a_question_that_must_be_answered_is_asked_in_other_words_when_skipped() -> None:
    patient = talk()
    patient.hears("book_appointment")

    heard = patient.hears("unsure")

    assert heard.keys == ["utter_ask_visit_type_again"]
    assert patient.asked == "visit_type"


@pytest.mark.parametrize("intent", ["skip", "unsure"])
def test_no_preference_for_a_day_means_any(intent: str) -> None:
    patient = asked_for_a_day()

    patient.hears(intent)

    assert patient.asked == "offer"


def test_going_back_empties_the_last_answer_and_what_hung_on_it() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("go_back")

    assert patient.asked == "offer"
    assert patient.choices == [EARLY, LATE]
    assert "offer" not in patient.slots
    assert heard.actions == ()


def test_going_back_twice_reaches_the_question_before() -> None:
    patient = asked_to_confirm()
    patient.hears("go_back")

    patient.hears("go_back")

    assert patient.asked == "when"
    assert patient.slots.keys() == {"visit_type", "provider"}


def test_going_back_at_the_first_question_asks_it_again() -> None:
    patient = talk()
    patient.hears("book_appointment")

    heard = patient.hears("go_back")

    assert heard.keys == ["utter_ask_visit_type_again"]


def test_starting_over_begins_the_task_with_nothing_filled() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("start_over")

    assert heard.keys == ["utter_ask_visit_type"]
    assert patient.slots == {}
    assert patient.stack == ["book"]


def test_stopping_with_nothing_held_leaves_at_once() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("stop_task")

    assert heard.named(FlowCancelled) == [FlowCancelled(flow="book")]
    assert heard.keys == ["utter_stopped"]
    assert (patient.stack, patient.asked) == ([], None)


def test_stopping_with_a_time_held_asks_first() -> None:
    patient = asked_to_confirm()
    patient.facts["has_hold"] = True

    heard = patient.hears("stop_task")

    assert heard.keys == ["utter_ask_drop"]
    assert heard.named(FlowCancelled) == []


def test_a_yes_to_stopping_releases_the_time() -> None:
    patient = asked_to_confirm()
    patient.facts["has_hold"] = True
    patient.hears("stop_task")

    heard = patient.hears("affirm")

    assert [request.action for request in heard.actions] == ["release_hold"]
    assert heard.keys == ["utter_stopped"]
    assert patient.stack == []


def test_a_no_to_stopping_goes_on_with_the_same_question() -> None:
    patient = asked_to_confirm()
    patient.facts["has_hold"] = True
    patient.hears("stop_task")

    heard = patient.hears("deny")

    assert heard.keys == ["utter_ask_confirm"]
    assert patient.slots["offer"] == EARLY


def test_repeating_uses_the_other_wording_with_the_same_choices() -> None:
    patient = offered_times()

    heard = patient.hears("repeat")

    assert heard.keys == ["utter_ask_offer_again"]
    assert [choice.label for choice in heard.replies[-1].choices] == [EARLY, LATE]


def test_repeating_with_nothing_asked_says_so() -> None:
    patient = talk()

    heard = patient.hears("repeat")

    assert heard.keys == ["utter_nothing_to_repeat"]


def test_asking_for_what_is_going_on_repeats_the_question() -> None:
    patient = asked_for_a_day()

    heard = patient.hears("book_appointment")

    assert heard.keys == ["utter_ask_when_again"]
    assert heard.named(FlowStarted) == []


def test_a_button_of_an_older_question_has_expired_and_the_present_one_is_shown() -> None:
    patient = offered_times()
    assert patient.conversation.prompt is not None
    old = patient.conversation.prompt.options[0].payload
    patient.chooses(1)

    heard = patient.presses(old)

    assert heard.named(ChoiceExpired) == [ChoiceExpired()]
    assert heard.keys == ["utter_choice_expired", "utter_ask_confirm"]
    assert patient.slots["offer"] == EARLY


@pytest.mark.parametrize("payload", ["", "/", "/nothing", "/c:", "/c:id-00001:99", "\u0000", "/c:\ud83d", "x" * 9_000])
def test_a_payload_nobody_gave_is_answered_like_an_expired_one(payload: str) -> None:
    patient = asked_to_confirm()

    heard = patient.presses(payload)

    assert heard.keys == ["utter_choice_expired", "utter_ask_confirm"]


def test_a_button_of_the_menu_starts_its_flow() -> None:
    patient = talk()

    heard = patient.presses("/clinic_info")

    assert heard.keys == ["utter_hours"]


def test_pressing_a_task_that_is_going_on_does_not_begin_it_twice() -> None:
    patient = asked_for_a_day()

    patient.presses("/book_appointment")

    assert patient.stack == ["book"]
    assert patient.conversation.parked == ()


def test_the_ladder_of_misses_says_sorry_offers_a_person_then_gives_one() -> None:
    patient = asked_for_a_day()

    first, second, third = (patient.hears(text="mumble") for _ in range(3))

    assert first.keys == ["utter_sorry", "utter_ask_when_again"]
    assert second.keys == ["utter_ask_want_person"]
    assert [request.action for request in third.actions] == ["hand_over_misses"]
    assert [heard.named(Missed) for heard in (first, second, third)] == [[Missed(count=n)] for n in (1, 2, 3)]
    assert patient.conversation.owner.kind is OwnerKind.QUEUE


def test_the_ladder_begins_with_the_menu_when_nothing_is_going_on() -> None:
    patient = talk()

    heard = patient.hears(text="mumble")

    assert heard.keys == ["utter_not_understood"]


def test_a_message_that_is_understood_starts_the_ladder_anew() -> None:
    patient = asked_for_a_day()
    patient.hears(text="mumble")
    patient.hears("clinic_info")

    heard = patient.hears(text="mumble")

    assert heard.named(Missed) == [Missed(count=1)]


def test_refusing_the_person_goes_back_to_the_task() -> None:
    patient = asked_for_a_day()
    patient.hears(text="mumble")
    patient.hears(text="mumble")

    patient.hears("deny")

    assert patient.asked == "when"
    assert patient.conversation.misses == 0


def test_close_meanings_are_offered_with_a_way_out() -> None:
    patient = talk()

    heard = patient.hears(clarify=("refill_request", "request_letter"))

    assert heard.named(ClarificationAsked) == [ClarificationAsked(intents=("refill_request", "request_letter"))]
    assert patient.choices == ["refill_request", "request_letter", "none"]


def test_meanings_no_flow_has_are_not_offered() -> None:
    patient = talk()

    heard = patient.hears(clarify=("video_visit_help", "manage_proxy"))

    assert heard.named(ClarificationAsked) == []
    assert heard.keys == ["utter_not_understood"]


def test_the_first_message_in_another_language_is_answered_in_it() -> None:
    patient = talk()
    patient.conversation = replace(patient.conversation, greeted=False)

    heard = patient.hears("greet", language="es", sure=True)

    assert patient.conversation.language == "es"
    assert heard.replies[0].key == "utter_first_contact"


def test_two_short_messages_in_another_language_change_it_and_keep_the_slots() -> None:
    patient = asked_for_a_day()
    patient.hears("clinic_info", language="es", sure=True, text="horario")
    assert patient.conversation.language == "en"

    heard = patient.hears("clinic_info", language="es", sure=True, text="horario")

    assert heard.named(LanguageChanged) == [LanguageChanged(language="es")]
    assert patient.slots == {"visit_type": "primary_visit", "provider": "lee_grace"}
    assert patient.asked == "when"


def test_a_message_in_our_language_in_between_starts_the_count_anew() -> None:
    patient = asked_for_a_day()
    patient.hears("clinic_info", language="es", sure=True, text="horario")
    patient.hears("clinic_info", language="en", sure=False, text="hours")

    patient.hears("clinic_info", language="es", sure=True, text="horario")

    assert patient.conversation.language == "en"


def test_asking_for_a_language_changes_it_in_the_middle_of_a_question() -> None:
    patient = offered_times()

    heard = patient.hears("change_language", entities=(entity("language", "es"),))

    assert heard.keys == ["utter_language_changed", "utter_ask_offer"]
    assert patient.conversation.language == "es"
    assert patient.choices == [EARLY, LATE]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (UnsupportedKind.VOICE, "utter_person"),
        (UnsupportedKind.PHOTO, "utter_person"),
        (UnsupportedKind.DOCUMENT, "utter_person"),
        (UnsupportedKind.TOO_LONG, "utter_person"),
        (UnsupportedKind.STICKER, "utter_only_text"),
        (UnsupportedKind.LOCATION, "utter_only_text"),
        (UnsupportedKind.OTHER, "utter_only_text"),
        (UnsupportedKind.GROUP, "utter_no_groups"),
    ],
)
def test_what_cannot_be_read_is_answered_and_kept_for_staff_where_it_may_be_clinical(
    kind: UnsupportedKind, key: str
) -> None:
    patient = talk()

    heard = patient.takes(Unreadable(kind=kind))

    assert heard.keys == [key]
    assert (patient.conversation.owner.kind is OwnerKind.QUEUE) == (key == "utter_person")


def test_a_sticker_in_the_middle_of_a_task_is_answered_and_the_question_asked_again() -> None:
    patient = asked_for_a_day()

    heard = patient.takes(Unreadable(kind=UnsupportedKind.STICKER))

    assert heard.keys == ["utter_only_text", "utter_back_to_task", "utter_ask_when"]


def test_a_number_shared_unasked_interrupts_nothing_for_long() -> None:
    patient = asked_for_a_day()

    heard = patient.takes(ContactGiven(phone="+15550123"))

    assert heard.keys == ["utter_contact_noted", "utter_back_to_task", "utter_ask_when"]


def test_a_whole_booking_in_one_message_still_asks_before_it_books() -> None:
    patient = talk()

    heard = patient.hears("book_appointment", "affirm", entities=(CHECK_UP, DOCTOR), when=on_day(1))

    assert [request.action for request in heard.actions] == ["find_slots"]
