"""Staff put a provider on leave: whole local days, audited, told what is still booked, and no time is offered then.

It is Monday 2 March 2026, 7 in the morning at the clinic; its clocks go forward on Sunday the 8th.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions.booking import book_visit, hold_slot, search_slots
from bot.actions.desk import Desk as TurnDesk
from bot.actions.desk import Done, Office
from bot.usecases.put_on_leave import (
    LeaveDays,
    LeaveFault,
    LeaveKept,
    LeaveRefused,
    LeaveTakenBack,
    PutOnLeave,
    TakeBackLeave,
)
from domain.appointment import AppointmentStatus, TimeSlot
from domain.audit import Actor, ActorKind
from domain.changes import PlaceHold, SaveAppointment, SavePatient, WriteSet
from domain.clinic import Leave
from domain.dialogue.turn import ActionRequest
from domain.ids import PatientId, ProviderId
from tests.builders.importing import a_clinic
from tests.builders.storage import NOON, Desk, a_hold, a_patient, a_slot, a_visit, desk_at

ADA = ProviderId("ada")
FRIDAY, SUNDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 9)
FRIDAY_NINE = datetime(2026, 3, 6, 14, 0, tzinfo=UTC)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(tmp_path / "home") as opened:
        yield opened


def put_on_leave(desk: Desk) -> PutOnLeave:
    return PutOnLeave(calendar=desk.store.calendar, commits=desk.store.commits, clinic=a_clinic, clock=desk.clock)


def take_back(desk: Desk) -> TakeBackLeave:
    return TakeBackLeave(calendar=desk.store.calendar, commits=desk.store.commits, clinic=a_clinic, clock=desk.clock)


def days(first: date = FRIDAY, last: date = MONDAY, provider: str = "ada") -> LeaveDays:
    return LeaveDays(provider_id=ProviderId(provider), first=first, last=last)


async def test_leave_lasts_from_midnight_to_midnight_where_the_clinic_is(desk: Desk) -> None:
    outcome = await put_on_leave(desk)(days(SUNDAY, SUNDAY))

    expected = Leave(
        provider_id=ADA,
        starts_at=datetime(2026, 3, 8, 5, tzinfo=UTC),
        ends_at=datetime(2026, 3, 9, 4, tzinfo=UTC),
    )
    assert outcome == LeaveKept(leave=expected, visits=())
    assert await desk.store.calendar.leave(NOON, NOON + timedelta(days=30)) == (expected,)


async def test_visits_still_booked_are_told_and_left(desk: Desk) -> None:
    there = a_visit("visit-1", slot=a_slot(FRIDAY_NINE, provider="ada"))
    others = (
        a_visit("visit-2", slot=a_slot(FRIDAY_NINE - timedelta(days=1), provider="ada")),
        a_visit("visit-3", slot=a_slot(FRIDAY_NINE, provider="ben")),
        a_visit(
            "visit-4",
            slot=a_slot(FRIDAY_NINE + timedelta(hours=1), provider="ada"),
            status=AppointmentStatus.CANCELLED,
        ),
    )
    await desk.store.commits.commit(
        WriteSet(changes=tuple(SaveAppointment(appointment=visit) for visit in (there, *others)))
    )

    outcome = await put_on_leave(desk)(days())

    assert isinstance(outcome, LeaveKept)
    assert outcome.visits == (there,)
    assert await desk.store.calendar.appointment(there.id) == there


async def test_who_put_whom_on_leave_is_audited(desk: Desk) -> None:
    await put_on_leave(desk)(days(), by=Actor(kind=ActorKind.STAFF, id="staff-1"))
    await take_back(desk)(days())

    log = "SELECT group_concat(event || ' ' || actor_id || ' ' || object_id, '; ') FROM audit_log"
    assert await desk.counted(log) == "leave.added staff-1 ada; leave.taken_back  ada"
    assert (await desk.store.audit.verify()).ok


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (days(provider="eve"), LeaveFault.UNKNOWN_PROVIDER),
        (days(MONDAY, FRIDAY), LeaveFault.ENDS_BEFORE_START),
        (days(date(2026, 2, 1), date(2026, 3, 1)), LeaveFault.OVER),
        (days(FRIDAY, date(2062, 3, 9)), LeaveFault.TOO_LONG),
    ],
)
async def test_days_that_cannot_be_meant_are_refused(desk: Desk, asked: LeaveDays, fault: LeaveFault) -> None:
    assert await put_on_leave(desk)(asked) == LeaveRefused(fault=fault)
    assert (await desk.store.audit.verify()).entries == 0


async def test_leave_that_began_before_today_may_be_entered_today(desk: Desk) -> None:
    assert isinstance(await put_on_leave(desk)(days(date(2026, 2, 20), date(2026, 3, 2))), LeaveKept)


async def test_leave_is_taken_back_by_exactly_its_days(desk: Desk) -> None:
    await put_on_leave(desk)(days())
    wrong = await take_back(desk)(days(FRIDAY, SUNDAY))
    right = await take_back(desk)(days())

    assert wrong == LeaveRefused(fault=LeaveFault.NO_SUCH_LEAVE)
    assert isinstance(right, LeaveTakenBack)
    assert await desk.store.calendar.leave(NOON, NOON + timedelta(days=30)) == ()
    assert await take_back(desk)(days()) == LeaveRefused(fault=LeaveFault.NO_SUCH_LEAVE)
    assert await take_back(desk)(days(MONDAY, FRIDAY)) == LeaveRefused(fault=LeaveFault.ENDS_BEFORE_START)


async def turn(desk: Desk) -> TurnDesk:
    conversation_id = (await desk.accept()).conversation_id
    patient = a_patient()
    await desk.store.commits.commit(WriteSet(changes=(SavePatient(patient=patient),)))
    await desk.link(conversation_id, PatientId(patient.id))
    office = Office(
        clinic=a_clinic(),
        new_id=desk.ids,
        new_code=lambda: "000000",
        calendar=desk.store.calendar,
        patients=desk.store.patients,
    )
    return TurnDesk.of(await desk.snapshot(conversation_id), office, desk.clock.now())


def request(**slots: object) -> ActionRequest:
    return ActionRequest(action="an_action", flow="a_flow", slots=slots)


async def test_no_time_in_leave_is_offered(desk: Desk) -> None:
    before = await search_slots(request(visit_type="visit", provider="ada"), await turn(desk))
    await put_on_leave(desk)(days(date(2026, 3, 2), date(2026, 3, 13)))
    after = await search_slots(request(visit_type="visit", provider="ada"), await turn(desk))

    assert min(starts(before)) < NOON + timedelta(days=5)
    assert min(starts(after)) > datetime(2026, 3, 14, 4, tzinfo=UTC)


def starts(done: Done) -> list[datetime]:
    return [offer.value.starts_at for offer in done.result.offers or () if isinstance(offer.value, TimeSlot)]


async def test_a_time_offered_before_the_leave_is_neither_held_nor_booked_after_it(desk: Desk) -> None:
    slot = replace(a_slot(FRIDAY_NINE, provider="ada"), visit_type_id="visit")
    held = a_hold((await desk.accept()).conversation_id, slot=slot)
    free = await hold_slot(request(offer=slot), await turn(desk))
    await desk.store.commits.commit(WriteSet(changes=(PlaceHold(hold=held),)))
    booked = await book_visit(request(offer=slot), await turn(desk))
    await put_on_leave(desk)(days())
    late_booking = await book_visit(request(offer=slot), await turn(desk))
    later = replace(slot, starts_at=slot.ends_at, ends_at=slot.ends_at + timedelta(minutes=30))
    late_hold = await hold_slot(request(offer=later), await turn(desk))

    outcomes = [done.result.facts["outcome"] for done in (free, booked, late_booking, late_hold)]
    assert outcomes == ["held", "booked", "taken", "taken"]
