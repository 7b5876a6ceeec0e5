"""Handing over with an honest word on when, opting out, the wrong number, and promises with a due time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.actions.people import HandOver, freeze_handle, hand_overs, opt_in, opt_out
from bot.actions.promises import make_promise
from bot.rendering.packaged import packaged_catalogue
from domain.changes import ReleaseHold, SaveHandle, SavePatient, SavePromise
from domain.identity import Level
from domain.promise import PromiseKind
from domain.scheduling import response_due
from tests.builders.desk import NOW, Scene, asks, changed, hold, keys, proven_scene, time_at

SUNDAY = datetime(2026, 3, 1, 15, 0, tzinfo=UTC)
CATALOGUE = packaged_catalogue().responses

by_name = pytest.mark.parametrize("name", sorted(hand_overs()))


@by_name
async def test_a_hand_over_goes_to_the_queue_of_its_reason(name: str) -> None:
    action = hand_overs()[name]
    assert isinstance(action, HandOver)
    scene = Scene()

    done = await action(asks(), scene.desk())

    escalated = done.result.escalate
    assert escalated is not None
    assert (escalated.reason, escalated.urgent) == (action.reason, action.urgent)
    assert escalated.queue == scene.clinic.queue_for(action.route or action.reason.value).id


@by_name
async def test_a_hand_over_says_other_words_out_of_hours_and_both_exist(name: str) -> None:
    action = hand_overs()[name]
    assert isinstance(action, HandOver)

    day, night = await action(asks(), Scene().desk()), await action(asks(), Scene(now=SUNDAY).desk())

    assert keys(day)[0] == action.key
    queue = Scene().clinic.queue_for(action.route or action.reason.value)
    always = queue.id in {"nurse_now", "crisis", "safeguarding"}
    assert keys(night)[0] == (action.key if always or action.safety else f"{action.key}_closed")
    assert set(keys(day)) | set(keys(night)) <= CATALOGUE.keys()


@by_name
async def test_what_a_hand_over_promises_is_a_time_the_queue_is_there(name: str) -> None:
    scene = Scene(now=SUNDAY)
    action = hand_overs()[name]

    done = await action(asks(), scene.desk())

    due = done.result.replies[0].values["due"]
    assert isinstance(due, datetime)
    assert due > SUNDAY


@pytest.mark.parametrize("name", ["alarm_emergency", "alarm_self_harm"])
async def test_the_models_alarm_is_answered_in_the_safety_lane_and_pages(name: str) -> None:
    done = await hand_overs()[name](asks(), Scene(now=SUNDAY).desk())

    assert done.result.replies[0].safety
    assert done.result.escalate is not None
    assert done.result.escalate.urgent


async def test_a_death_holds_every_message_of_ours() -> None:
    done = await hand_overs()["hand_over_death"](asks(), proven_scene().desk())

    assert changed(done, SaveHandle).handle.outreach_held


async def test_opting_out_counts_for_the_handle_and_the_patient_and_gives_a_held_time_back() -> None:
    mine = hold(time_at())

    done = await opt_out(asks(), proven_scene(hold=mine).desk())

    assert changed(done, SaveHandle).handle.opted_out
    assert changed(done, SavePatient).patient.opted_out
    assert changed(done, ReleaseHold).hold_id == mine.id
    assert keys(done) == ["utter_opted_out"]
    assert [event.event for event in done.audit] == ["consent.opted_out"]


async def test_opting_in_takes_it_back() -> None:
    scene = proven_scene()
    desk = scene.desk()
    desk.absorb(await opt_out(asks(), desk))

    desk.absorb(await opt_in(asks(), desk))

    assert not desk.handle.opted_out
    assert desk.patient is not None
    assert not desk.patient.opted_out


async def test_somebody_not_linked_may_opt_out() -> None:
    done = await opt_out(asks(), Scene().desk())

    assert changed(done, SaveHandle).handle.opted_out


async def test_a_wrong_number_closes_the_handle_at_once_and_tells_staff() -> None:
    mine = hold(time_at())

    done = await freeze_handle(asks(), proven_scene(hold=mine).desk())

    frozen = changed(done, SaveHandle).handle
    assert frozen.level_at(NOW) is Level.ANYONE
    assert changed(done, ReleaseHold).hold_id == mine.id
    assert done.result.facts["level"] == 0
    assert done.result.escalate is not None


@pytest.mark.parametrize("kind", PromiseKind)
async def test_a_promise_has_a_queue_and_a_time_its_queue_can_keep(kind: PromiseKind) -> None:
    scene = proven_scene()
    queue = scene.clinic.queue_for(kind.value)

    done = await make_promise(asks(work=kind.value, detail="the blue ones"), scene.desk())

    promise = changed(done, SavePromise).promise
    assert (promise.kind, promise.queue, promise.detail) == (kind, queue.id, "the blue ones")
    assert promise.due_at == response_due(scene.clinic, queue, NOW)
    assert done.result.replies[0].values["due"] == promise.due_at


async def test_a_promise_made_on_a_sunday_is_due_on_monday() -> None:
    scene = proven_scene(now=SUNDAY)

    done = await make_promise(asks(work="callback", detail="call me"), scene.desk())

    due = changed(done, SavePromise).promise.due_at.astimezone(scene.clinic.zone)
    assert (due.weekday(), due.hour) == (0, 9)
    assert due - SUNDAY < timedelta(days=2)


async def test_the_first_words_of_a_request_are_kept_with_its_detail() -> None:
    done = await make_promise(asks(work="letter", request="a letter for school", detail="by Friday"), Scene().desk())

    assert changed(done, SavePromise).promise.detail == "a letter for school\nby Friday"
