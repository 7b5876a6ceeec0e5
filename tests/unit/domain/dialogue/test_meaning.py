"""What a message means here: fixed words, a topic, a kind of visit, and times relative to what was shown."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from domain.dialogue.turn import ActionResult
from domain.understanding import Signal
from domain.when import Grain, Interval, When, WhenStatus
from tests.builders.dialogue import NOW, Talk, came_to, entity, offered, on_day, packaged_flows, time_slot
from tests.unit.domain.dialogue.arrange import asked_to_confirm, offered_times

CANT_COME = (Signal.CANT_COME,)


def packaged_talk(**facts: str | int | bool) -> Talk:
    """A conversation over the flows that ship, in which every action finds two times."""
    talk = Talk(flows=packaged_flows(), world=lambda request: found(request.action))
    talk.facts |= facts
    return talk


def found(action: str) -> ActionResult:
    if action == "find_slots":
        return replace(came_to("found"), offers=offered(time_slot(24), time_slot(48)))
    if action == "offer_visits":
        return came_to("one", visit="visit-1")
    return came_to("ok")


def test_not_coming_asks_whether_to_move_or_to_cancel() -> None:
    talk = packaged_talk(level=2, has_visit=True)

    talk.hears("running_late", signals=CANT_COME)

    assert talk.asked == "keep_or_move"
    assert talk.stack == ["cant_make_it"]


@pytest.mark.parametrize(
    ("word", "flow"),
    [(Signal.CANCEL_WORD, "cancel_appointment"), (Signal.MOVE_WORD, "reschedule_appointment")],
)
def test_not_coming_with_a_word_of_what_to_do_does_that(word: Signal, flow: str) -> None:
    talk = packaged_talk(level=2, has_visit=True)

    talk.hears("running_late", signals=(Signal.CANT_COME, word))

    assert talk.stack == [flow]


def test_being_late_is_not_staying_away() -> None:
    talk = packaged_talk(level=2, has_visit=True)

    talk.hears("running_late", signals=(Signal.CANT_COME, Signal.LATE_WORD))

    assert talk.stack[0] == "running_late"


def test_a_faint_wish_to_move_is_asked_about_when_there_is_no_visit() -> None:
    talk = packaged_talk()

    talk.hears(("reschedule_appointment", 0.53), when=on_day(3))

    assert talk.asked == "meant"
    assert talk.slots["clarified"] == "reschedule_appointment"


def test_not_coming_at_the_times_offered_declines_them() -> None:
    talk = offered_times()

    talk.hears("cancel_appointment", signals=CANT_COME)

    assert talk.asked == "when"


def test_a_question_with_a_topic_is_answered_and_corrects_nothing() -> None:
    talk = packaged_talk()
    talk.hears("book_appointment", entities=(entity("visit_type", "eye_exam"),), when=on_day(1))
    asked_for = talk.slots["when"]

    heard = talk.hears(
        ("clinic_info", 0.4), text="when do you close on fridays?", entities=(entity("topic", "hours"),), when=on_day(4)
    )

    assert "answer_clinic_info" in [request.action for request in heard.actions]
    assert talk.slots["when"] == asked_for
    assert talk.asked == "offer"


def test_a_mention_of_a_relative_in_the_middle_books_for_nobody_else() -> None:
    talk = packaged_talk()
    talk.hears("book_appointment", entities=(entity("visit_type", "eye_exam"),), when=on_day(1))

    talk.hears("unsure", text="let me ask my wife", entities=(entity("relation", "wife"),))

    assert talk.slots["whom"] == "me"
    assert "relation" not in talk.slots


def test_a_child_is_whom_a_visit_is_for() -> None:
    talk = packaged_talk()

    talk.hears("book_appointment", entities=(entity("visit_type", "child_sick"), entity("relation", "son")))

    assert talk.slots["whom"] == "other"


def test_registering_beside_booking_is_part_of_it() -> None:
    talk = packaged_talk()

    talk.hears("book_appointment", "register_patient", entities=(entity("visit_type", "primary_new"),))

    assert talk.stack == ["book_appointment"]
    assert talk.conversation.parked == ()


def test_undecided_at_a_read_back_is_given_time_and_told_otherwise_each_time() -> None:
    talk = asked_to_confirm()

    said = [tuple(talk.hears("unsure").keys) for _ in range(3)]

    assert said[0] == ("utter_no_hurry",)
    assert len(set(said)) == 3
    assert talk.asked == "confirm"


def test_the_third_choice_there_is_not_leads_to_a_person() -> None:
    talk = packaged_talk()
    talk.hears("book_appointment", entities=(entity("visit_type", "eye_exam"),), when=on_day(1))

    for number in ("7", "8", "9"):
        talk.hears(text=number)

    assert talk.asked == "want_person"


def test_an_answer_kept_back_twice_is_let_be() -> None:
    talk = packaged_talk()
    talk.hears("list_appointments")

    talk.hears("skip")
    talk.hears("skip")

    assert talk.stack[-1] == "pattern_refused"


def test_any_other_day_leaves_out_the_days_shown() -> None:
    talk = offered_times()
    shown = [option.value for option in talk.conversation.shown]

    talk.hears(("reschedule_appointment", 0.95), signals=(Signal.OTHER_DAY,))

    wish = talk.slots["when"]
    assert isinstance(wish, When)
    assert not any(wish.admits(slot.starts_at) for slot in shown)  # type: ignore[union-attr]  # times were offered
    assert talk.stack == ["book"]


def test_the_week_after_is_the_one_after_the_last_time_shown() -> None:
    talk = offered_times()
    last = max(option.value.starts_at for option in talk.conversation.shown)  # type: ignore[union-attr]  # times were offered

    talk.hears(signals=(Signal.WEEK_AFTER,))

    wish = talk.slots["when"]
    assert isinstance(wish, When)
    assert wish.start is not None
    assert wish.start.weekday() == 0
    assert timedelta(0) < wish.start - last <= timedelta(days=7)


def test_a_week_after_keeps_the_time_of_day_asked_for() -> None:
    talk = offered_times()
    day = NOW.replace(hour=0)
    after_three = When(
        status=WhenStatus.OK,
        grain=Grain.DAY,
        windows=(Interval(start=day.replace(hour=15), end=day.replace(hour=20)),),
        start=day.replace(hour=15),
        date_given=True,
        time_given=True,
    )
    talk.hears(when=after_three)

    talk.hears(signals=(Signal.WEEK_AFTER,))

    wish = talk.slots["when"]
    assert isinstance(wish, When)
    assert {window.start.astimezone(UTC).hour for window in wish.windows if window.start} == {15}
