"""The Calendar port and the cells under it: no time is taken twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.appointment import AppointmentStatus, Busy, Hold
from domain.changes import PlaceHold, ReleaseHold, SaveAppointment, SavePatient, WriteSet
from domain.errors import SlotTakenError, StaleVersionError
from domain.ids import AppointmentId, ConversationId, HoldId, PatientId, ProviderId
from tests.builders.storage import NOON, Desk, a_hold, a_patient, a_slot, a_visit

DAY = (NOON, NOON + timedelta(days=2))


async def conversation(desk: Desk, sender: str = "visitor-1") -> ConversationId:
    return (await desk.accept(sender=sender)).conversation_id


async def commit(desk: Desk, *changes: PlaceHold | ReleaseHold | SaveAppointment | SavePatient) -> None:
    await desk.store.commits.commit(WriteSet(changes=changes))


async def test_a_held_time_is_busy_for_all_but_its_holder(desk: Desk) -> None:
    hold = a_hold(await conversation(desk))
    await commit(desk, PlaceHold(hold=hold))

    expected = Busy(provider_id=ProviderId("dr-one"), starts_at=hold.slot.starts_at, ends_at=hold.slot.ends_at)
    assert await desk.store.calendar.busy(*DAY) == (expected,)
    assert await desk.store.calendar.busy(*DAY, apart_from=hold.id) == ()


async def test_an_expired_hold_is_neither_busy_nor_in_the_way(desk: Desk) -> None:
    first, second = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    await commit(desk, PlaceHold(hold=a_hold(first, "hold-1")))
    desk.clock.advance(timedelta(minutes=10))

    busy = await desk.store.calendar.busy(*DAY)
    later = a_hold(second, "hold-2", expires_at=desk.clock.now() + timedelta(minutes=10))
    await commit(desk, PlaceHold(hold=later))

    assert busy == ()
    assert (await desk.snapshot(first)).hold is None
    assert (await desk.snapshot(second)).hold == later


@pytest.mark.parametrize(("shift", "minutes"), [(0, 30), (-25, 30), (25, 30), (10, 5), (-60, 180)])
async def test_a_time_overlapping_a_held_one_is_refused(desk: Desk, shift: int, minutes: int) -> None:
    first, second = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    held = a_slot()
    await commit(desk, PlaceHold(hold=a_hold(first, "hold-1", slot=held)))
    wanted = a_slot(held.starts_at + timedelta(minutes=shift), minutes=minutes)

    with pytest.raises(SlotTakenError):
        await commit(desk, PlaceHold(hold=a_hold(second, "hold-2", slot=wanted)))


@pytest.mark.parametrize(("shift", "provider"), [(30, "dr-one"), (-30, "dr-one"), (0, "dr-two")])
async def test_a_neighbouring_time_or_another_provider_is_free(desk: Desk, shift: int, provider: str) -> None:
    first, second = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    held = a_slot()
    await commit(desk, PlaceHold(hold=a_hold(first, "hold-1", slot=held)))
    wanted = a_slot(held.starts_at + timedelta(minutes=shift), provider=provider)

    await commit(desk, PlaceHold(hold=a_hold(second, "hold-2", slot=wanted)))

    assert (await desk.snapshot(second)).hold is not None


async def test_a_conversations_newer_hold_replaces_its_older(desk: Desk) -> None:
    mine, other = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    first = a_hold(mine, "hold-1")
    overlapping = a_hold(mine, "hold-2", slot=a_slot(first.slot.starts_at + timedelta(minutes=15)))
    await commit(desk, PlaceHold(hold=first))
    await commit(desk, PlaceHold(hold=overlapping))

    await commit(desk, PlaceHold(hold=a_hold(other, "hold-3", slot=a_slot(minutes=15))))

    assert (await desk.snapshot(mine)).hold == overlapping


async def test_a_hold_refused_leaves_the_older_one(desk: Desk) -> None:
    mine, other = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    kept = a_hold(mine, "hold-1", slot=a_slot(NOON))
    await commit(desk, PlaceHold(hold=kept))
    await commit(desk, PlaceHold(hold=a_hold(other, "hold-2")))

    with pytest.raises(SlotTakenError):
        await commit(desk, PlaceHold(hold=a_hold(mine, "hold-3")))

    assert (await desk.snapshot(mine)).hold == kept
    assert len(await desk.store.calendar.busy(*DAY)) == 2


async def test_a_released_hold_frees_its_time_and_may_be_released_again(desk: Desk) -> None:
    hold = a_hold(await conversation(desk))
    await commit(desk, PlaceHold(hold=hold))

    await commit(desk, ReleaseHold(hold_id=hold.id))
    await commit(desk, ReleaseHold(hold_id=hold.id))

    assert await desk.store.calendar.busy(*DAY) == ()
    assert await desk.counted("SELECT count(*) FROM slot_cells") == 0


async def test_a_visit_takes_over_the_time_of_its_hold(desk: Desk) -> None:
    mine = await conversation(desk)
    hold, visit = a_hold(mine), a_visit()
    await commit(desk, PlaceHold(hold=hold))

    await commit(desk, SaveAppointment(appointment=visit, from_hold=hold.id))

    assert await desk.store.calendar.appointment(visit.id) == visit
    assert (await desk.snapshot(mine)).hold is None
    assert len(await desk.store.calendar.busy(*DAY)) == 1


async def test_a_visit_from_a_hold_lost_meanwhile_is_refused(desk: Desk) -> None:
    mine, other = await conversation(desk, "visitor-1"), await conversation(desk, "visitor-2")
    await commit(desk, PlaceHold(hold=a_hold(mine, "hold-1")))
    desk.clock.advance(timedelta(minutes=11))
    fresh = a_hold(other, "hold-2", expires_at=desk.clock.now() + timedelta(minutes=10))
    await commit(desk, PlaceHold(hold=fresh))

    with pytest.raises(SlotTakenError):
        await commit(desk, SaveAppointment(appointment=a_visit(), from_hold=HoldId("hold-1")))


async def test_a_visit_moves_and_frees_its_old_time(desk: Desk) -> None:
    visit = a_visit()
    await commit(desk, SaveAppointment(appointment=visit))
    moved = replace(visit, slot=a_slot(NOON + timedelta(hours=1)), version=2)

    await commit(desk, SaveAppointment(appointment=moved, expected_version=1))

    (busy,) = await desk.store.calendar.busy(*DAY)
    assert busy.starts_at == moved.slot.starts_at
    assert await desk.store.calendar.appointment(visit.id) == moved


async def test_a_cancelled_visit_frees_its_time(desk: Desk) -> None:
    visit = a_visit()
    await commit(desk, SaveAppointment(appointment=visit))
    cancelled = replace(visit, status=AppointmentStatus.CANCELLED, version=2)

    await commit(desk, SaveAppointment(appointment=cancelled, expected_version=1))

    assert await desk.store.calendar.busy(*DAY) == ()
    assert await desk.store.calendar.day(*DAY) == ()
    assert await desk.store.calendar.appointment(visit.id) == cancelled


async def test_a_visit_read_before_it_changed_is_not_overwritten(desk: Desk) -> None:
    visit = a_visit()
    await commit(desk, SaveAppointment(appointment=visit))
    confirmed = replace(visit, status=AppointmentStatus.CONFIRMED, version=2)
    await commit(desk, SaveAppointment(appointment=confirmed, expected_version=1))

    with pytest.raises(StaleVersionError):
        await commit(desk, SaveAppointment(appointment=replace(visit, note="late", version=2), expected_version=1))
    with pytest.raises(StaleVersionError):
        await commit(desk, SaveAppointment(appointment=visit))
    with pytest.raises(ValueError, match="above"):
        await commit(desk, SaveAppointment(appointment=confirmed, expected_version=2))

    assert await desk.store.calendar.appointment(visit.id) == confirmed


async def test_a_day_lists_live_visits_by_start_and_by_provider(desk: Desk) -> None:
    late = a_visit("visit-1", slot=a_slot(NOON + timedelta(hours=3)))
    early = a_visit("visit-2", slot=a_slot(NOON + timedelta(hours=1), provider="dr-two"))
    tomorrow = a_visit("visit-3", slot=a_slot(NOON + timedelta(days=1)))
    await desk.store.commits.commit(
        WriteSet(changes=tuple(SaveAppointment(appointment=visit) for visit in (late, early, tomorrow)))
    )
    span = (NOON, NOON + timedelta(days=1))

    assert await desk.store.calendar.day(*span) == (early, late)
    assert await desk.store.calendar.of_provider(ProviderId("dr-one"), *span) == (late,)
    assert await desk.store.calendar.appointment(AppointmentId("visit-9")) is None


async def test_a_patient_sees_live_visits_and_those_changed_lately(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    gone = a_visit("visit-1", slot=a_slot(NOON + timedelta(hours=1)))
    live = a_visit("visit-2", slot=a_slot(NOON + timedelta(days=90)))
    other = a_visit("visit-3", patient_id="patient-2", slot=a_slot(NOON + timedelta(hours=4)))
    await commit(desk, SavePatient(patient=a_patient()))
    for visit in (gone, live, other):
        await commit(desk, SaveAppointment(appointment=visit))
    cancelled = replace(gone, status=AppointmentStatus.CANCELLED, version=2)
    await commit(desk, SaveAppointment(appointment=cancelled, expected_version=1))
    await desk.link(conversation_id, PatientId("patient-1"))

    lately = (await desk.snapshot(conversation_id)).appointments
    desk.clock.advance(timedelta(days=61))
    later = (await desk.snapshot(conversation_id)).appointments

    assert lately == (cancelled, live)
    assert later == (live,)


async def test_of_two_bookings_for_one_time_exactly_one_wins_a_hundred_times(desk: Desk) -> None:
    pair = [await conversation(desk, f"visitor-{number}") for number in (1, 2)]

    async def book(round_: int, side: int) -> bool:
        slot = a_slot(NOON + timedelta(hours=round_), minutes=45)
        hold = Hold(
            id=HoldId(f"hold-{round_}-{side}"),
            conversation_id=pair[side],
            slot=slot,
            expires_at=NOON + timedelta(minutes=10),
        )
        try:
            await commit(desk, PlaceHold(hold=hold))
            visit = a_visit(f"visit-{round_}-{side}", slot=slot)
            await commit(desk, SaveAppointment(appointment=visit, from_hold=hold.id))
        except SlotTakenError:
            return False
        return True

    for round_ in range(100):
        won = await asyncio.gather(book(round_, 0), book(round_, 1))
        assert sum(won) == 1

    assert await desk.counted("SELECT count(*) FROM appointments") == 100
    assert await desk.counted("SELECT count(*) FROM slot_cells") == 100 * 9
    assert (await desk.store.check()).problems == ()


@pytest.mark.parametrize("minutes", [0, -30, 24 * 60 + 5])
async def test_a_time_of_no_length_or_longer_than_a_day_is_a_mistake(desk: Desk, minutes: int) -> None:
    with pytest.raises(ValueError, match="lasts"):
        await commit(desk, SaveAppointment(appointment=a_visit(slot=a_slot(minutes=minutes))))


async def test_a_visit_that_began_before_the_span_asked_for_is_busy_in_it(desk: Desk) -> None:
    await commit(desk, SaveAppointment(appointment=a_visit(slot=a_slot(NOON - timedelta(hours=23), minutes=24 * 60))))

    assert len(await desk.store.calendar.busy(NOON, NOON + timedelta(minutes=5))) == 1
    assert await desk.store.calendar.busy(NOON + timedelta(hours=1), NOON + timedelta(hours=2)) == ()
