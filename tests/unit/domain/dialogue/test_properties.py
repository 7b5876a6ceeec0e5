"""Over the packaged flows: whatever is said in whatever order, a turn ends well and every word exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.actions.registry import all_actions
from bot.rendering.packaged import packaged_catalogue
from domain.dialogue.advance import MAX_STEPS
from domain.dialogue.events import Escalated
from domain.dialogue.flow import Collect, FlowSet
from domain.dialogue.reply import Reply, Words
from domain.dialogue.slot import SlotType
from domain.dialogue.snapshot import dump, load
from domain.dialogue.turn import (
    ActionRequest,
    ActionResult,
    ContactGiven,
    FlowRequested,
    Offered,
    Pressed,
    Said,
    StopWord,
    TimerFired,
    Unreadable,
    Utterance,
)
from domain.handoff import EscalationReason, OwnerKind
from domain.intents import INTENTS
from domain.message import UnsupportedKind
from domain.understanding import Entity, Understanding
from domain.when import NO_TIME, When
from tests.builders.dialogue import (
    EMERGENCY,
    Talk,
    entity,
    offered,
    on_day,
    one_of_days,
    packaged_flows,
    time_slot,
    understood,
)

FEW = settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
QUICK = settings(max_examples=80, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

OUTCOMES = (
    "ok", "found", "none", "refused", "held", "taken", "booked", "moved", "wrong", "locked", "expired", "sent", "ask",
    "one", "several", "readable", "told", "registered", "known", "twin", "unlisted",
)  # fmt: skip
TIMES = (time_slot(24), time_slot(30), time_slot(54, provider="lee_daniel"))
ENTITY_VALUES: Mapping[str, tuple[str, ...]] = {
    "visit_type": ("primary_visit", "dental_checkup"),
    "specialty": ("dental",),
    "provider": ("lee_grace", "lee_daniel"),
    "site": ("downtown", "eastside"),
    "medicine": ("lisinopril",),
    "test_name": ("cholesterol",),
    "insurer": ("medicare",),
    "topic": ("parking", "hours"),
    "person_name": ("Testa Exampleson",),
    "birth_date": ("1980-05-17",),
    "phone": ("+15550123",),
    "code": ("123456",),
    "duration": ("15",),
    "ordinal": ("1", "2", "9", "last", "later"),
    "language": ("es", "en"),
    "gender": ("female", "other"),
}

ONE_ONLY = {"ordinal", "language", "gender"}
"""What no phrase can mean several of."""

names = st.sampled_from(sorted(INTENTS))
whens: st.SearchStrategy[When] = st.sampled_from(
    [NO_TIME, NO_TIME, on_day(1), on_day(5), one_of_days(), one_of_days(2, 9)]
)


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    name = draw(st.sampled_from(sorted(ENTITY_VALUES)))
    values = ENTITY_VALUES[name]
    several = draw(st.booleans()) and len(values) > 1 and name not in ONE_ONLY
    return entity(
        name,
        "" if several else draw(st.sampled_from(values)),
        alternatives=values if several else (),
        negated=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def understandings(draw: st.DrawFn) -> Understanding:
    scores = st.sampled_from([0.3, 0.65, 0.95])
    chosen = draw(st.lists(names, max_size=3, unique=True))
    return understood(
        *((name, draw(scores)) for name in chosen),
        text=draw(st.sampled_from(["words", "1", "2", "15", "123456", "", "²", "what is it?"]) | st.text(max_size=12)),
        entities=draw(st.lists(entities(), max_size=3)),
        when=draw(whens),
        clarify=() if chosen else tuple(draw(st.lists(names, max_size=3, unique=True))),
        language=draw(st.sampled_from(["en", "en", "en", "es"])),
    )


def said(meant: Understanding) -> Utterance:
    return Said(text=meant.text, understanding=meant, language_sure=meant.language != "en")


utterances: st.SearchStrategy[Utterance] = st.one_of(
    understandings().map(said),
    understandings().map(said),
    understandings().map(said),
    st.builds(Pressed, payload=st.sampled_from(["/help", "/book_appointment", "/c:id-00003:0", "nonsense"])),
    st.builds(Unreadable, kind=st.sampled_from(UnsupportedKind)),
    st.builds(ContactGiven, phone=st.just("+15550123")),
    st.builds(TimerFired, kind=st.sampled_from(["nudge", "continue"])),
    st.builds(FlowRequested, flow=st.just("reminder"), slots=st.just({"visit": "visit-1"})),
    st.just(StopWord()),
)

button = st.integers(0, 4)
"""Instead of a message: which button of the open question is pressed."""


@cache
def flows() -> FlowSet:
    return packaged_flows()


@cache
def catalogue_keys() -> frozenset[str]:
    return frozenset(packaged_catalogue().responses)


def world_of(data: st.DataObject) -> Talk:
    """A talk whose outside work comes to anything it might."""

    def outside(request: ActionRequest) -> ActionResult:
        assert request.action in all_actions()
        if request.action.startswith(("hand_over", "alarm", "freeze")):
            return ActionResult(escalate=Escalated(reason=EscalationReason.ASKED, queue="front_desk"))
        outcome = data.draw(st.sampled_from(OUTCOMES))
        facts: dict[str, str | int | bool] = {"outcome": outcome, "level": data.draw(st.integers(0, 3))}
        some: tuple[Offered, ...] | None = None
        if request.action in {"find_slots", "find_new_slots"}:
            some = offered(*TIMES[: data.draw(st.integers(1, 3))])
        if request.action == "offer_visits":
            some = tuple(Offered(value=f"visit-{n}", label=TIMES[n]) for n in range(2))
        return ActionResult(facts=facts, offers=some, slots={"offer": None} if some else {})

    talk = Talk(flows=flows(), world=outside, most_actions=400)
    talk.facts |= {"level": data.draw(st.integers(0, 3)), "has_hold": data.draw(st.booleans())}
    talk.facts |= {"proves_phone": data.draw(st.booleans()), "shares_contact": data.draw(st.booleans())}
    return talk


def take(talk: Talk, data: st.DataObject) -> tuple[Reply, ...]:
    """One random turn: a message, or a button of the open question."""
    prompt = talk.conversation.prompt
    if prompt is not None and prompt.options and data.draw(st.booleans()):
        place = data.draw(button) % len(prompt.options)
        return talk.presses(prompt.options[place].payload).replies
    return talk.takes(data.draw(utterances)).replies


def check_state(talk: Talk) -> None:
    """Between turns: an open question belongs to what is being talked about, and no task stands still in silence."""
    conversation = talk.conversation
    if conversation.prompt is not None:
        assert conversation.frames, "a question without a task"
        flow = flows().flow(conversation.frames[-1].flow)
        assert conversation.prompt.slot in set(flow.takes())
    if conversation.owner.kind is OwnerKind.BOT and conversation.frames:
        assert conversation.prompt is not None, f"{talk.stack} waits for nothing"
    assert load(dump(conversation)) == conversation
    assert len(conversation.frames) < 30


def check_keys(replies: tuple[Reply, ...]) -> None:
    known = catalogue_keys()
    for reply in replies:
        assert reply.key in known or reply.key.removesuffix("_again") in known, reply.key
        labels = [choice.label.key for choice in reply.choices if isinstance(choice.label, Words)]
        assert set(labels) <= known
    assert len(replies) < MAX_STEPS


@FEW
@given(st.data())
def test_no_sequence_of_messages_breaks_a_conversation(data: st.DataObject) -> None:
    talk = world_of(data)
    for _ in range(data.draw(st.integers(1, 8))):
        replies = take(talk, data)
        check_state(talk)
        check_keys(replies)


DIGRESSIONS = ("greet", "bot_challenge", "chitchat", "insurance_question", "find_provider")
"""Answered at once, whatever the answer."""

OPENINGS = ("book_appointment", "reschedule_appointment", "request_callback", "running_late", "register_patient")


@QUICK
@given(st.data())
def test_a_digression_always_returns_to_the_same_question(data: st.DataObject) -> None:
    talk = world_of(data)
    talk.hears(data.draw(st.sampled_from(OPENINGS)))
    for _ in range(data.draw(st.integers(0, 4))):
        prompt = talk.conversation.prompt
        if prompt is None or not prompt.options:
            break
        talk.presses(prompt.options[data.draw(button) % len(prompt.options)].payload)
    asked, choices = talk.asked, talk.choices
    if asked is None or flows().slot(asked).type is SlotType.TEXT or talk.conversation.owner.kind is not OwnerKind.BOT:
        return  # to a question for free words, any words are the answer

    talk.hears(data.draw(st.sampled_from(DIGRESSIONS)))

    assert (talk.asked, talk.choices) == (asked, choices)


@QUICK
@given(st.data())
def test_a_red_flag_is_answered_alone_after_any_conversation(data: st.DataObject) -> None:
    talk = world_of(data)
    for _ in range(data.draw(st.integers(0, 4))):
        take(talk, data)

    heard = talk.takes(data.draw(utterances), verdict=EMERGENCY)

    assert [reply.key for reply in heard.replies] == ["utter_emergency"]
    assert talk.conversation.owner.kind is not OwnerKind.BOT
    assert talk.asked is None


@QUICK
@given(st.data())
def test_nothing_is_booked_moved_or_cancelled_without_a_yes_to_the_read_back(data: st.DataObject) -> None:
    talk = world_of(data)
    for _ in range(data.draw(st.integers(1, 6))):
        before = talk.conversation.prompt
        heard = talk.takes(data.draw(understandings().map(said)))
        done = {"book_visit", "move_visit", "cancel_visit"} & {request.action for request in heard.actions}
        assert not done or (before is not None and before.slot in _CAN_END_IN_A_BOOKING)


_CAN_END_IN_A_BOOKING = {
    "confirm", "resume", "birth_date", "code", "contact", "phone", "been_here", "person_name", "drop", "want_person",
}  # fmt: skip
"""The read back itself, the proof that follows it, and the repair questions that return to either."""


def test_every_question_of_the_packaged_flows_has_both_its_wordings() -> None:
    asked = {step.utter for flow in flows().flows.values() for step in flow.steps if isinstance(step, Collect)}

    assert {key for key in asked if key not in catalogue_keys()} == set()


def test_a_birth_date_is_a_date() -> None:
    talk = Talk(flows=flows())
    talk.hears("register_patient")
    talk.hears(entities=(entity("person_name", "Testa Exampleson"),), text="Testa Exampleson")

    talk.hears(entities=(entity("birth_date", "1980-05-17"),))

    assert talk.slots["birth_date"] == date(1980, 5, 17)
