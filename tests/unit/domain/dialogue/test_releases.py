"""A conversation outlives its release: steps, flows and slots may be gone when the patient writes again."""

import re
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.codec import CodecError
from domain.dialogue.conversation import FORMAT, Conversation, Frame
from domain.dialogue.flow import FlowSet
from domain.dialogue.reading import on_the_date_of
from domain.dialogue.slot import SlotValue
from domain.dialogue.snapshot import dump, load
from domain.handoff import OwnerKind
from domain.ids import ConversationId, HandleId
from domain.when import Grain, Interval, When, WhenStatus
from tests.builders.dialogue import small_flows
from tests.unit.domain.dialogue.arrange import FLOWS, asked_for_a_day, asked_to_confirm, clinic_flows, talk


def release_without(gone: str) -> FlowSet:
    """The same flows but for one."""
    flows = clinic_flows()
    kept = {name: flow for name, flow in flows.flows.items() if name != gone}
    intents = {name: flow for name, flow in flows.by_intent.items() if flow.id != gone}
    return replace(flows, flows=kept, by_intent=intents)


_BOOKING_STEPS = re.compile(r"(- id: |then: |else: |next: )(what|who|day|find|choose|sure|do|done|another_day)\b")


def renamed() -> FlowSet:
    """The same flows with every step of the booking under another id."""
    return small_flows(_BOOKING_STEPS.sub(r"\1new_\2", FLOWS))


def test_a_step_that_is_gone_begins_again_at_the_first_unfilled_slot() -> None:
    patient = asked_for_a_day()
    patient.released(renamed())

    heard = patient.hears("clinic_info")

    assert heard.keys[-1] == "utter_ask_when"
    assert patient.slots == {"visit_type": "primary_visit", "provider": "lee_grace"}


def test_a_task_read_back_under_an_older_release_is_confirmed_again() -> None:
    patient = asked_to_confirm()
    patient.released(renamed())

    heard = patient.hears("affirm")
    patient.chooses(1)

    assert "book_visit" not in [request.action for request in heard.actions]
    assert patient.asked == "confirm"
    assert patient.slots.keys() == {"visit_type", "provider", "when", "offer"}


def test_a_flow_that_is_gone_is_left_and_the_patient_answered() -> None:
    patient = asked_for_a_day()

    patient.released(release_without("book"))
    heard = patient.hears("clinic_info")

    assert "utter_hours" in heard.keys
    assert "book" not in patient.stack


def test_a_task_set_aside_whose_flow_is_gone_is_not_offered() -> None:
    patient = asked_for_a_day()
    patient.later(hours=7)
    patient.hears("greet")
    patient.hears("clinic_info")

    patient.released(release_without("book"))
    heard = patient.hears("affirm")

    assert heard.keys
    assert "book" not in patient.stack


def test_a_slot_that_is_gone_is_forgotten_and_the_patient_answered() -> None:
    patient = asked_for_a_day()
    assert patient.conversation.prompt is not None
    patient.conversation = replace(patient.conversation, prompt=replace(patient.conversation.prompt, slot="colour"))

    heard = patient.hears("clinic_info")

    assert "utter_hours" in heard.keys


@pytest.mark.parametrize("intent", ["log_dose", "check_in"], ids=["silent", "talking"])
def test_a_flow_that_never_ends_is_handed_to_staff(intent: str) -> None:
    patient = talk()

    heard = patient.hears(intent)

    assert [request.action for request in heard.actions] == ["hand_over_fault"]
    assert patient.conversation.owner.kind is OwnerKind.QUEUE


def test_a_flow_that_never_ends_does_not_flood_the_patient() -> None:
    patient = talk()

    heard = patient.hears("check_in")

    assert len(heard.replies) <= 3


def test_a_conversation_comes_back_as_it_was_stored() -> None:
    patient = asked_to_confirm()
    patient.hears("insurance_question")

    assert load(dump(patient.conversation)) == patient.conversation


def test_a_conversation_of_a_newer_format_is_refused() -> None:
    newer = replace(talk().conversation, format=FORMAT + 1)

    with pytest.raises(CodecError, match="newer"):
        load(dump(newer))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "1", '{"$type":"Conversation"}', '{"$type":"Path","x":1}', '{"$enum":"Grain","value":"x"}', "{}"],
)
def test_damaged_text_is_refused_and_builds_nothing(text: str) -> None:
    with pytest.raises(CodecError):
        load(text)


def test_values_of_every_kind_survive_storing() -> None:
    slots: dict[str, SlotValue] = {"text": "words", "number": 3, "yes": True, "day": date(1980, 5, 17)}
    stored = Conversation(
        id=ConversationId("talk"),
        handle_id=HandleId("handle"),
        language="en",
        frames=(Frame(flow="book", step="day", slots=slots),),
    )

    back = load(dump(stored)).frames[0].slots

    assert dict(back) == slots
    assert [type(value) for value in back.values()] == [type(slots[name]) for name in back]


NEW_YORK = ZoneInfo("America/New_York")


def local(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=NEW_YORK)


def test_a_time_said_after_a_stored_date_keeps_the_wall_clock_across_a_change_of_the_clock() -> None:
    """On 8 March 2026 the clocks in New York go forward."""
    days = Interval(start=local(7), end=local(10))
    asked = When(status=WhenStatus.OK, grain=Grain.DAY, start=days.start, windows=(days,), date_given=True)
    three = Interval(start=local(6, 15), end=local(6, 16))
    said = When(status=WhenStatus.OK, grain=Grain.HOUR, start=three.start, windows=(three,), time_given=True)
    frame = Frame(flow="book", step="day", slots={"when": asked})
    stored = load(dump(replace(talk().conversation, frames=(frame,))))
    earlier = stored.frames[0].slots["when"]
    assert isinstance(earlier, When)

    meant = on_the_date_of(said, earlier)

    starts = [window.start.astimezone(NEW_YORK) for window in meant.windows if window.start is not None]
    assert starts == [local(7, 15), local(8, 15), local(9, 15)]
