"""The patient's own visits: moved whole or not at all, cancelled once, confirmed while they lie ahead."""

import pytest

from bot.actions.desk import Action
from bot.actions.visits import (
    cancel_visit,
    confirm_visit,
    list_visits,
    move_visit,
    next_visit,
    note_late,
    offer_visits,
)
from domain.appointment import AppointmentStatus
from domain.changes import PlanReminder, SaveAppointment, SavePromise, SupersedeOutbox
from tests.builders.desk import (
    Scene,
    asks,
    busy,
    changed,
    handle,
    hold,
    keys,
    on_leave,
    proven_scene,
    time_at,
    visit,
)
from tests.fakes.records import FakeCalendar

OLD, NEW = time_at(48), time_at(72)


def with_visits(*visits: object, level: int = 2, **fields: object) -> Scene:
    return proven_scene(level=level, visits=visits, **fields)


async def test_a_single_visit_is_taken_as_meant() -> None:
    done = await offer_visits(asks(), with_visits(visit()).desk())

    assert done.result.slots == {"visit": "visit-1"}
    assert keys(done) == ["utter_your_visit"]


async def test_several_visits_are_offered_soonest_first() -> None:
    scene = with_visits(visit("later", slot=time_at(90)), visit("sooner", slot=time_at(30)))

    done = await offer_visits(asks(), scene.desk())

    assert [item.value for item in done.result.offers or ()] == ["sooner", "later"]


async def test_the_doctor_named_tells_which_visit_is_meant() -> None:
    scene = with_visits(visit("one"), visit("two", slot=time_at(50, provider="lee_daniel")))

    done = await offer_visits(asks(provider="lee_daniel"), scene.desk())

    assert done.result.slots == {"visit": "two"}


@pytest.mark.parametrize("status", [item for item in AppointmentStatus if not item.is_live])
async def test_a_visit_that_is_over_or_gone_is_not_offered(status: AppointmentStatus) -> None:
    done = await offer_visits(asks(), with_visits(visit(status=status)).desk())

    assert (keys(done), done.result.facts["outcome"]) == (["utter_no_visits"], "none")


async def test_the_list_is_read_out_and_the_reading_noted() -> None:
    done = await list_visits(asks(), with_visits(visit("one"), visit("two", slot=NEW)).desk())

    assert done.result.replies[0].values == {"visits": (OLD, NEW), "count": 2}
    assert [event.event for event in done.audit] == ["appointments.read"]


async def test_a_move_takes_the_new_time_and_gives_the_old_back_in_one_change() -> None:
    mine = hold(NEW)
    scene = with_visits(visit(version=3), hold=mine)

    done = await move_visit(asks(visit="visit-1", offer=NEW), scene.desk())

    save = changed(done, SaveAppointment)
    assert (save.appointment.slot, save.expected_version, save.appointment.version) == (NEW, 3, 4)
    assert save.from_hold == mine.id
    assert changed(done, SupersedeOutbox).below_version == 4
    assert changed(done, PlanReminder).version == 4


async def test_a_move_of_a_request_stays_a_request() -> None:
    scene = with_visits(visit(status=AppointmentStatus.REQUESTED), hold=hold(NEW))

    done = await move_visit(asks(visit="visit-1", offer=NEW), scene.desk())

    assert changed(done, SaveAppointment).appointment.status is AppointmentStatus.REQUESTED


async def test_a_confirmed_visit_that_is_moved_wants_confirming_again() -> None:
    scene = with_visits(visit(status=AppointmentStatus.CONFIRMED), hold=hold(NEW))

    done = await move_visit(asks(visit="visit-1", offer=NEW), scene.desk())

    assert changed(done, SaveAppointment).appointment.status is AppointmentStatus.BOOKED


async def test_a_move_to_the_time_it_has_changes_nothing() -> None:
    done = await move_visit(asks(visit="visit-1", offer=OLD), with_visits(visit()).desk())

    assert (keys(done), done.changes) == (["utter_already_booked"], ())


async def test_a_move_to_a_time_somebody_took_is_refused() -> None:
    scene = with_visits(visit(), calendar=FakeCalendar(taken=[busy(NEW)]))

    done = await move_visit(asks(visit="visit-1", offer=NEW), scene.desk())

    assert (done.result.facts["outcome"], done.changes) == ("taken", ())


@pytest.mark.parametrize("held", [True, False], ids=["held", "not held"])
async def test_a_move_to_a_provider_put_on_leave_since_is_refused(held: bool) -> None:  # noqa: FBT001  # a case
    scene = with_visits(visit(), hold=hold(NEW) if held else None, calendar=FakeCalendar(away=[on_leave(NEW)]))

    done = await move_visit(asks(visit="visit-1", offer=NEW), scene.desk())

    assert (done.result.facts["outcome"], done.changes) == ("taken", ())


async def test_a_move_that_overlaps_the_old_time_is_not_stopped_by_it() -> None:
    there = visit(slot=OLD)
    nearby = time_at(48.25)
    scene = with_visits(there, calendar=FakeCalendar(visits=[there]))

    done = await move_visit(asks(visit="visit-1", offer=nearby), scene.desk())

    assert done.result.facts["outcome"] == "moved"


async def test_a_visit_is_cancelled_and_what_was_to_be_said_of_it_is_taken_back() -> None:
    done = await cancel_visit(asks(visit="visit-1"), with_visits(visit()).desk())

    assert changed(done, SaveAppointment).appointment.status is AppointmentStatus.CANCELLED
    assert changed(done, SupersedeOutbox).below_version == 2
    assert keys(done) == ["utter_cancelled"]


async def test_a_cancelled_visit_is_not_cancelled_again() -> None:
    done = await cancel_visit(asks(visit="visit-1"), with_visits(visit(status=AppointmentStatus.CANCELLED)).desk())

    assert (keys(done), done.changes) == (["utter_already_cancelled"], ())


@pytest.mark.parametrize(("action", "key"), [(cancel_visit, "utter_cancelled"), (confirm_visit, "utter_confirmed")])
async def test_below_level_two_no_visit_is_named(action: Action, key: str) -> None:
    done = await action(asks(visit="visit-1"), with_visits(visit(), level=1).desk())

    assert keys(done) == [f"{key}_generic"]


async def test_a_visit_is_confirmed_once_and_still_reminded_of() -> None:
    booked = await confirm_visit(asks(visit="visit-1"), with_visits(visit()).desk())
    again = await confirm_visit(asks(visit="visit-1"), with_visits(visit(status=AppointmentStatus.CONFIRMED)).desk())

    assert changed(booked, SaveAppointment).appointment.status is AppointmentStatus.CONFIRMED
    assert changed(booked, PlanReminder).version == 2
    assert (keys(again), again.changes) == (["utter_confirmed"], ())


async def test_a_request_is_not_turned_into_a_confirmed_visit_by_the_patient() -> None:
    done = await confirm_visit(asks(visit="visit-1"), with_visits(visit(status=AppointmentStatus.REQUESTED)).desk())

    assert done.changes == ()


@pytest.mark.parametrize("action", [cancel_visit, confirm_visit, move_visit, note_late])
async def test_an_unknown_visit_is_changed_by_nothing(action: Action) -> None:
    done = await action(asks(visit="visit-9", offer=NEW, minutes=10), with_visits(visit()).desk())

    assert (keys(done), done.changes) == (["utter_visit_unknown"], ())


@pytest.mark.parametrize("action", [cancel_visit, confirm_visit, note_late])
async def test_a_visit_that_is_past_is_changed_by_nothing(action: Action) -> None:
    scene = with_visits(visit(slot=time_at(-30)))

    done = await action(asks(visit="visit-1", minutes=10), scene.desk())

    assert (keys(done), done.changes) == (["utter_visit_unknown"], ())


async def test_being_late_is_a_task_for_the_front_desk_and_a_note_on_the_visit() -> None:
    soon = time_at(1)

    done = await note_late(asks(visit="visit-1", minutes=15), with_visits(visit(slot=soon)).desk())

    promise, saved = changed(done, SavePromise).promise, changed(done, SaveAppointment).appointment
    assert (promise.queue, promise.due_at, promise.detail) == ("front_desk", soon.starts_at, "late:visit-1:15")
    assert (saved.note, saved.version) == ("late 15 min", 2)


async def test_the_visit_that_comes_next_is_the_one_one_is_late_for() -> None:
    scene = with_visits(visit("later", slot=time_at(90)), visit("sooner", slot=time_at(2)))

    done = await next_visit(asks(), scene.desk())

    assert done.result.slots == {"visit": "sooner"}


async def test_somebody_not_linked_has_no_visits() -> None:
    done = await next_visit(asks(), Scene(handle=handle()).desk())

    assert keys(done) == ["utter_no_visits"]
