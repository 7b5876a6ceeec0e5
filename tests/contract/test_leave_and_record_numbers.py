"""Staff-entered leave and known visits on the Calendar port; patients found by the clinic's own record number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.appointment import AppointmentStatus
from domain.changes import DropLeave, SaveLeave, SavePatient, WriteSet
from domain.clinic import Leave
from domain.errors import StaleVersionError
from domain.ids import AppointmentId, PatientId, ProviderId
from domain.patient import Patient
from tests.builders.storage import NOON, Desk, a_patient, a_slot, a_visit, event

DAY = timedelta(days=1)


def away(first: int = 0, last: int = 1, provider: str = "dr-one") -> Leave:
    return Leave(provider_id=ProviderId(provider), starts_at=NOON + first * DAY, ends_at=NOON + last * DAY)


async def keep(desk: Desk, *changes: SaveLeave | DropLeave) -> None:
    await desk.store.commits.commit(WriteSet(changes=changes))


async def test_leave_is_read_where_it_overlaps_and_only_there(desk: Desk) -> None:
    await keep(desk, SaveLeave(leave=away(2, 4)), SaveLeave(leave=away(0, 1, "dr-two")))

    calendar = desk.store.calendar
    assert await calendar.leave(NOON, NOON + 5 * DAY) == (away(2, 4), away(0, 1, "dr-two"))
    assert await calendar.leave(NOON + 3 * DAY, NOON + 3 * DAY + timedelta(minutes=5)) == (away(2, 4),)
    assert await calendar.leave(NOON + 1 * DAY, NOON + 2 * DAY) == ()
    assert await calendar.leave(NOON + 4 * DAY, NOON + 9 * DAY) == ()


async def test_leave_saved_twice_is_kept_once_and_dropped_at_once(desk: Desk) -> None:
    await keep(desk, SaveLeave(leave=away()), SaveLeave(leave=away()))
    once = await desk.store.calendar.leave(NOON, NOON + DAY)
    await keep(desk, DropLeave(leave=away(0, 2)), DropLeave(leave=away(provider="dr-two")))
    others_gone = await desk.store.calendar.leave(NOON, NOON + DAY)
    await keep(desk, DropLeave(leave=away()))
    await keep(desk, DropLeave(leave=away()))

    assert once == others_gone == (away(),)
    assert await desk.store.calendar.leave(NOON, NOON + DAY) == ()


async def test_leave_that_does_not_last_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        await keep(desk, SaveLeave(leave=away(1, 1)))


async def test_seeding_brings_leave_in_and_the_store_stays_sound(desk: Desk) -> None:
    await desk.store.seed(leave=[away()], audit=event("store.seeded"))

    assert await desk.store.calendar.leave(NOON, NOON + DAY) == (away(),)
    assert (await desk.store.check()).ok


def numbered(patient_id: str, mrn: str | None) -> Patient:
    return replace(a_patient(patient_id), mrn=mrn)


async def save(desk: Desk, *people: Patient) -> None:
    await desk.store.commits.commit(WriteSet(changes=tuple(SavePatient(patient=patient) for patient in people)))


@pytest.mark.parametrize("asked", ["AB-012", "ab-012", " Ab-012 "])
async def test_a_record_is_found_by_its_number_whatever_its_case(desk: Desk, asked: str) -> None:
    await save(desk, numbered("patient-1", "AB-012"), numbered("patient-2", None), numbered("patient-3", None))

    assert await desk.store.patients.with_mrn(asked) == numbered("patient-1", "AB-012")


@pytest.mark.parametrize("asked", ["AB-12", "AB012", "AB-0123", ""])
async def test_every_sign_of_a_number_counts(desk: Desk, asked: str) -> None:
    await save(desk, numbered("patient-1", "AB-012"), numbered("patient-2", None))

    assert await desk.store.patients.with_mrn(asked) is None


async def test_many_numbers_are_looked_up_at_once_as_they_were_asked(desk: Desk) -> None:
    people = [numbered(f"patient-{number}", f"M{number}") for number in range(1_200)]
    await desk.store.seed(patients=people, audit=event("store.seeded"))

    found = await desk.store.patients.with_mrns([f"m{number}" for number in range(1_250)] + ["M7"])

    assert len(found) == 1_201
    assert found["m1199"] == people[1199]
    assert found["m7"] == found["M7"] == people[7]


async def test_a_number_follows_its_change_and_is_never_two_patients(desk: Desk) -> None:
    await save(desk, numbered("patient-1", "A-1"))
    await save(desk, numbered("patient-1", "A-2"))
    with pytest.raises(StaleVersionError):
        await save(desk, numbered("patient-2", "a-2"))

    assert await desk.store.patients.with_mrn("A-1") is None
    assert await desk.store.patients.with_mrn("A-2") == numbered("patient-1", "A-2")
    assert await desk.store.patients.get(PatientId("patient-2")) is None
    await save(desk, numbered("patient-1", None), numbered("patient-2", "A-2"))
    assert await desk.store.patients.with_mrn("A-2") == numbered("patient-2", "A-2")


async def test_which_of_many_visits_there_are_is_told_whatever_became_of_them(desk: Desk) -> None:
    visits = [
        a_visit("visit-1"),
        a_visit("visit-2", slot=a_slot(NOON + 2 * DAY), status=AppointmentStatus.CANCELLED),
    ]
    await desk.store.seed(appointments=visits, audit=event("store.seeded"))

    asked = [AppointmentId(f"visit-{number}") for number in range(1, 1_200)]
    assert await desk.store.calendar.known(asked) == {"visit-1", "visit-2"}
    assert await desk.store.calendar.known([]) == frozenset()
