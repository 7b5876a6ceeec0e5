"""A red flag beats everything, in every state; STOP comes next; then whoever owns the thread."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from domain.dialogue.alarms import ALARM_KEYS
from domain.dialogue.events import Escalated, FlowCancelled, WaitingNoted
from domain.dialogue.turn import ContactGiven, Pressed, Said, StopWord, TimerFired, Unreadable, Utterance
from domain.handoff import EscalationReason, Owner, OwnerKind
from domain.message import UnsupportedKind
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from tests.builders.dialogue import EMERGENCY, QUEUES, Talk, entity, understood
from tests.unit.domain.dialogue.arrange import CHECK_UP, asked_for_a_day, asked_to_confirm, offered_times, talk


def waiting_for_staff() -> Talk:
    patient = asked_for_a_day()
    patient.hears("talk_to_person")
    assert patient.conversation.owner.kind is OwnerKind.QUEUE
    return patient


def taken_by_a_person() -> Talk:
    patient = waiting_for_staff()
    patient.conversation = replace(patient.conversation, owner=Owner(kind=OwnerKind.PERSON, id="staff-1"))
    return patient


def with_a_task_set_aside() -> Talk:
    patient = asked_for_a_day()
    patient.hears("refill_request", entities=(entity("medicine", "lisinopril"),))
    assert patient.conversation.parked
    return patient


def asked_to_resume() -> Talk:
    patient = with_a_task_set_aside()
    patient.hears(text="thirty tablets")
    assert patient.asked == "resume"
    return patient


def asked_which_doctor() -> Talk:
    patient = talk()
    patient.hears("book_appointment", entities=(CHECK_UP, entity("provider", alternatives=("lee_grace", "lee_daniel"))))
    return patient


def asked_which_was_meant() -> Talk:
    patient = asked_for_a_day()
    patient.hears(clarify=("refill_request", "request_letter"))
    return patient


def after_two_misses() -> Talk:
    patient = asked_for_a_day()
    patient.hears(text="mumble")
    patient.hears(text="mumble")
    return patient


def reminded() -> Talk:
    patient = talk()
    patient.is_reminded(visit="visit-1")
    return patient


def never_greeted() -> Talk:
    patient = talk()
    patient.conversation = replace(patient.conversation, greeted=False)
    return patient


def proving_who_asks() -> Talk:
    patient = talk()
    patient.hears("request_letter")
    return patient


STATES: Mapping[str, Callable[[], Talk]] = {
    "idle": talk,
    "never greeted": never_greeted,
    "mid-question": asked_for_a_day,
    "times offered": offered_times,
    "read back": asked_to_confirm,
    "a task set aside": with_a_task_set_aside,
    "asked to resume": asked_to_resume,
    "asked which doctor": asked_which_doctor,
    "asked which was meant": asked_which_was_meant,
    "after two misses": after_two_misses,
    "reminded": reminded,
    "proving": proving_who_asks,
    "waiting for staff": waiting_for_staff,
    "taken by a person": taken_by_a_person,
}

in_every_state = pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())

UTTERANCES: Mapping[str, Utterance] = {
    "words": Said(text="x", understanding=understood("stop_task")),
    "a button": Pressed(payload="/clinic_info"),
    "a photo": Unreadable(kind=UnsupportedKind.PHOTO),
    "a number": ContactGiven(phone="+15550123"),
    "STOP": StopWord(),
}


@in_every_state
def test_a_red_flag_is_answered_first_alone_and_in_the_safety_lane(state: Callable[[], Talk]) -> None:
    patient = state()

    heard = patient.takes(UTTERANCES["words"], verdict=EMERGENCY)

    assert [(reply.key, reply.safety) for reply in heard.replies] == [("utter_emergency", True)]
    assert heard.actions == ()


@in_every_state
def test_a_red_flag_pages_staff_and_asks_nothing_more(state: Callable[[], Talk]) -> None:
    patient = state()

    heard = patient.takes(UTTERANCES["words"], verdict=EMERGENCY)

    queue = QUEUES[EscalationReason.EMERGENCY]
    assert heard.named(Escalated) == [Escalated(reason=EscalationReason.EMERGENCY, queue=queue, urgent=True)]
    assert patient.asked is None
    if state is not taken_by_a_person:
        assert patient.conversation.owner == Owner(kind=OwnerKind.QUEUE, id=queue)


@in_every_state
def test_a_red_flag_ends_whatever_was_going_on_and_says_what_it_was(state: Callable[[], Talk]) -> None:
    patient = state()
    before = [*patient.stack, *(frame.flow for frame in patient.conversation.parked)]

    heard = patient.takes(UTTERANCES["words"], verdict=EMERGENCY)

    assert (patient.stack, patient.conversation.parked) == ([], ())
    assert heard.named(FlowCancelled) == [FlowCancelled(flow=flow) for flow in before]


@pytest.mark.parametrize("utterance", UTTERANCES.values(), ids=UTTERANCES.keys())
def test_a_red_flag_beats_whatever_else_a_message_is(utterance: Utterance) -> None:
    patient = asked_for_a_day()

    heard = patient.takes(utterance, verdict=EMERGENCY)

    assert heard.keys == ["utter_emergency"]


def test_the_person_who_has_the_thread_keeps_it_and_is_paged() -> None:
    patient = taken_by_a_person()

    heard = patient.takes(UTTERANCES["words"], verdict=EMERGENCY)

    assert patient.conversation.owner == Owner(kind=OwnerKind.PERSON, id="staff-1")
    assert heard.named(Escalated)


ALARMS = {
    (SafetyCategory.EMERGENCY, Urgency.NOW): ("utter_emergency", EscalationReason.EMERGENCY),
    (SafetyCategory.EMERGENCY, Urgency.TODAY): ("utter_urgent_today", EscalationReason.NURSE_TODAY),
    (SafetyCategory.SELF_HARM, Urgency.NOW): ("utter_self_harm", EscalationReason.SELF_HARM),
    (SafetyCategory.SELF_HARM, Urgency.TODAY): ("utter_self_harm", EscalationReason.SELF_HARM),
    (SafetyCategory.SAFEGUARDING, Urgency.NOW): ("utter_safeguarding", EscalationReason.SAFEGUARDING),
    (SafetyCategory.SAFEGUARDING, Urgency.TODAY): ("utter_safeguarding", EscalationReason.SAFEGUARDING),
}


@pytest.mark.parametrize(("category", "urgency"), [(item, urgency) for item in SafetyCategory for urgency in Urgency])
def test_every_verdict_has_its_words_and_its_queue(category: SafetyCategory, urgency: Urgency) -> None:
    key, reason = ALARMS[category, urgency]
    verdict = SafetyVerdict(category=category, urgency=urgency, rule="test_rule", language="en")

    heard = talk().takes(UTTERANCES["words"], verdict=verdict)

    assert heard.keys == [key]
    assert heard.named(Escalated) == [Escalated(reason=reason, queue=QUEUES[reason], urgent=True)]
    assert len(ALARM_KEYS) == len(ALARMS)


def test_a_waiting_patient_is_acknowledged_once() -> None:
    patient = waiting_for_staff()

    first, second = patient.hears("clinic_info"), patient.hears("book_appointment")

    assert first.keys == ["utter_waiting_for_staff"]
    assert second.replies == ()
    assert second.named(WaitingNoted) == [WaitingNoted(acknowledged=False)]
    assert first.actions == second.actions == ()


def test_the_bot_is_silent_while_a_person_has_the_thread() -> None:
    patient = taken_by_a_person()

    for utterance in (UTTERANCES["words"], UTTERANCES["a button"], UTTERANCES["a photo"], TimerFired(kind="nudge")):
        heard = patient.takes(utterance)

        assert heard.replies == ()
        assert heard.actions == ()


@pytest.mark.parametrize("reason", ["emergency", "self_harm"])
def test_whoever_waits_after_an_alarm_is_told_each_time_where_to_turn(reason: str) -> None:
    patient = waiting_for_staff()
    patient.facts["case"] = reason

    first, second = patient.hears("greet"), patient.hears("greet")

    assert [(reply.key, reply.safety) for reply in (*first.replies, *second.replies)] == [(f"utter_{reason}", True)] * 2


def test_whoever_asked_for_protection_is_told_nothing_more_unasked() -> None:
    patient = waiting_for_staff()
    patient.facts["case"] = "safeguarding"

    heard = patient.hears("greet")

    assert heard.replies == ()


@in_every_state
def test_stop_is_confirmed_once_and_ends_everything(state: Callable[[], Talk]) -> None:
    patient = state()

    heard = patient.takes(StopWord())

    assert [request.action for request in heard.actions] == ["opt_out"]
    assert heard.keys == ["utter_opted_out"]
    assert (patient.stack, patient.asked, patient.conversation.parked) == ([], None, ())


def test_stop_does_not_take_the_thread_from_staff() -> None:
    patient = taken_by_a_person()

    patient.takes(StopWord())

    assert patient.conversation.owner == Owner(kind=OwnerKind.PERSON, id="staff-1")


def test_asking_for_a_person_hands_over_and_asks_nothing_more() -> None:
    patient = asked_to_confirm()

    heard = patient.hears("talk_to_person")

    assert heard.keys == ["utter_person"]
    assert patient.asked is None
    assert patient.conversation.owner == Owner(kind=OwnerKind.QUEUE, id="front_desk")


def test_after_staff_hand_back_the_task_goes_on_where_it_stood() -> None:
    patient = waiting_for_staff()
    patient.conversation = replace(patient.conversation, owner=Owner(kind=OwnerKind.BOT))

    patient.takes(TimerFired(kind="continue"))

    assert patient.asked == "when"
    assert patient.stack == ["book"]
