"""Finding, holding and booking a time: never one that is taken, never twice, never for a record nobody checked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions.booking import (
    book_visit,
    check_visit_type,
    choose_visit_type,
    hold_slot,
    release_hold,
    search_slots,
)
from domain.appointment import AppointmentStatus, TimeSlot
from domain.changes import PlaceHold, PlanReminder, ReleaseHold, SaveAppointment
from domain.message import Channel
from tests.builders.desk import (
    NOW,
    TESTA,
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
from tests.builders.dialogue import on_day
from tests.fakes.records import FakeCalendar, FakePatients

SLOT = time_at(48)


def pending_scene() -> Scene:
    patient = replace(TESTA, pending=True)
    return Scene(handle=handle(level=1), patient=patient, patients=FakePatients([patient]))


async def test_times_found_are_offered_at_most_three_and_all_ahead() -> None:
    done = await search_slots(asks(visit_type="primary_visit", when=on_day(1)), Scene().desk())

    offers = done.result.offers
    assert offers is not None
    assert 0 < len(offers) <= 3
    assert all(isinstance(item.value, TimeSlot) and item.value.starts_at > NOW for item in offers)
    assert done.result.facts["outcome"] == "found"


async def test_a_time_somebody_else_holds_is_not_offered() -> None:
    free = await search_slots(asks(visit_type="primary_visit", when=on_day(1)), Scene().desk())
    assert free.result.offers
    first = free.result.offers[0].value
    assert isinstance(first, TimeSlot)
    scene = Scene(calendar=FakeCalendar(taken=[busy(first)]))

    done = await search_slots(asks(visit_type="primary_visit", when=on_day(1)), scene.desk())

    assert first not in [item.value for item in done.result.offers or ()]


async def test_the_patients_own_hold_does_not_stand_in_the_way() -> None:
    mine = hold(SLOT)
    scene = Scene(hold=mine, calendar=FakeCalendar(held={mine.id: busy(SLOT)}))

    done = await hold_slot(asks(offer=SLOT), scene.desk())

    assert done.result.facts["outcome"] == "held"
    assert done.changes == ()


async def test_a_past_day_says_why_and_offers_what_is_nearest() -> None:
    done = await search_slots(asks(visit_type="primary_visit", when=on_day(-3)), Scene().desk())

    assert keys(done) == ["utter_refusal_past"]


async def test_the_same_visit_on_a_day_already_booked_is_said_to_be_booked() -> None:
    scene = proven_scene(visits=[visit(slot=time_at(25))])

    done = await search_slots(asks(visit_type="primary_visit", when=on_day(1)), scene.desk())

    assert keys(done) == ["utter_already_booked"]


async def test_an_unproven_patient_is_told_of_no_visit() -> None:
    scene = proven_scene(level=1, visits=[visit(slot=time_at(25))])

    done = await search_slots(asks(visit_type="primary_visit", when=on_day(1)), scene.desk())

    assert "utter_already_booked" not in keys(done)


async def test_a_chosen_time_is_kept_for_ten_minutes() -> None:
    done = await hold_slot(asks(offer=SLOT), Scene().desk())

    placed = changed(done, PlaceHold).hold
    assert (placed.slot, placed.expires_at) == (SLOT, NOW + timedelta(minutes=10))
    assert done.result.facts["has_hold"] is True


GONE = {
    "taken by a visit": FakeCalendar(visits=[visit(slot=SLOT)]),
    "held by someone else": FakeCalendar(taken=[busy(SLOT)]),
    "on leave since": FakeCalendar(away=[on_leave(SLOT)]),
}


@pytest.mark.parametrize("calendar", GONE.values(), ids=GONE.keys())
async def test_a_time_that_went_meanwhile_is_not_held(calendar: FakeCalendar) -> None:
    done = await hold_slot(asks(offer=SLOT), Scene(calendar=calendar).desk())

    assert (done.result.facts["outcome"], keys(done), done.changes) == ("taken", ["utter_slot_taken"], ())


async def test_a_time_already_past_is_not_held() -> None:
    done = await hold_slot(asks(offer=time_at(-1)), Scene().desk())

    assert done.result.facts["outcome"] == "taken"


@pytest.mark.parametrize("calendar", GONE.values(), ids=GONE.keys())
async def test_a_time_that_went_meanwhile_is_not_booked(calendar: FakeCalendar) -> None:
    done = await book_visit(asks(offer=SLOT), proven_scene(calendar=calendar).desk())

    assert (done.result.facts["outcome"], done.changes) == ("taken", ())
    assert done.result.slots == {"offer": None, "confirm": None}


async def test_a_proven_patients_held_time_is_booked_and_reminded_of() -> None:
    mine = hold(SLOT)
    scene = proven_scene(hold=mine, calendar=FakeCalendar(held={mine.id: busy(SLOT)}))

    done = await book_visit(asks(offer=SLOT), scene.desk())

    save, plan = changed(done, SaveAppointment), changed(done, PlanReminder)
    assert (save.appointment.status, save.from_hold, save.expected_version) == (
        AppointmentStatus.BOOKED,
        mine.id,
        None,
    )
    assert save.appointment.patient_id == TESTA.id
    assert (plan.due_at, plan.version) == (SLOT.starts_at - timedelta(hours=24), 1)
    assert keys(done) == ["utter_booked"]
    assert done.result.facts["has_hold"] is False


async def test_an_expired_hold_is_no_hold() -> None:
    late = hold(SLOT, lasts=timedelta(0))
    scene = proven_scene(hold=late)

    done = await book_visit(asks(offer=SLOT), scene.desk())

    assert changed(done, SaveAppointment).from_hold is None


async def test_the_same_visit_is_not_booked_twice() -> None:
    there = visit(slot=SLOT)
    scene = proven_scene(visits=[there], calendar=FakeCalendar(visits=[there]))

    done = await book_visit(asks(offer=SLOT), scene.desk())

    assert (keys(done), done.changes) == (["utter_already_booked"], ())


async def test_a_visit_too_soon_for_a_reminder_gets_none() -> None:
    soon = time_at(20)

    done = await book_visit(asks(offer=soon), proven_scene().desk())

    assert [change for change in done.changes if isinstance(change, PlanReminder)] == []


async def test_a_pending_patients_visit_is_a_request_for_staff() -> None:
    done = await book_visit(asks(offer=SLOT), pending_scene().desk())

    assert changed(done, SaveAppointment).appointment.status is AppointmentStatus.REQUESTED
    assert keys(done) == ["utter_requested"]


async def test_a_pending_patients_visit_is_a_request_even_from_a_proven_handle() -> None:
    scene = pending_scene()
    scene.handle = handle(level=2)

    done = await book_visit(asks(offer=SLOT), scene.desk())

    assert changed(done, SaveAppointment).appointment.status is AppointmentStatus.REQUESTED


async def test_nothing_is_booked_for_nobody() -> None:
    done = await book_visit(asks(offer=SLOT), Scene().desk())

    assert (keys(done), done.changes) == (["utter_not_booked"], ())


async def test_a_hold_is_given_back() -> None:
    mine = hold(SLOT)

    done = await release_hold(asks(), Scene(hold=mine).desk())

    assert changed(done, ReleaseHold).hold_id == mine.id
    assert done.result.facts == {"has_hold": False}


async def test_giving_back_nothing_is_harmless() -> None:
    done = await release_hold(asks(), Scene().desk())

    assert done.changes == ()


async def test_the_kind_of_visit_follows_from_the_doctor() -> None:
    done = await choose_visit_type(asks(provider="lee_grace"), Scene().desk())

    assert done.result.slots == {"visit_type": "skin_visit"}


async def test_without_a_doctor_the_kinds_of_care_are_offered() -> None:
    done = await choose_visit_type(asks(provider="any"), Scene(handle=handle(channel=Channel.SMS)).desk())

    assert done.result.facts["outcome"] == "ask"
    assert done.result.offers is not None
    assert 1 < len(done.result.offers) <= 5


async def test_a_visit_that_needs_a_referral_is_refused_before_a_day_is_asked_for() -> None:
    clinic = Scene().clinic
    refused = next(item for item in clinic.visit_types if item.needs_referral and item.bookable)

    done = await check_visit_type(asks(visit_type=refused.id), Scene().desk())

    assert (done.result.facts["outcome"], keys(done)) == ("refused", ["utter_refusal_needs_referral"])
