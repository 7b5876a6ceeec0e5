"""A visit for somebody else goes on their own record, is confirmed by staff, and tells nothing of any record."""

from dataclasses import replace
from datetime import date

import pytest

from bot.actions.household import book_for_other
from domain.appointment import AppointmentStatus
from domain.changes import SaveAppointment, SavePatient, SavePromise
from domain.ids import PatientId
from domain.promise import PromiseKind
from tests.builders.desk import NOW, TESTA, Scene, asks, changed, hold, keys, proven_scene, time_at
from tests.fakes.records import FakePatients

CHILD = replace(TESTA, id=PatientId("patient-9"), given_name="Tess", birth_date=date(2018, 5, 3))
SLOT = time_at(visit_type="child_sick", provider="vargas_luis")


def scene_with(*patients: object) -> Scene:
    return proven_scene(patients=FakePatients([TESTA, *patients]), hold=hold(SLOT))  # type: ignore[list-item]  # records


@pytest.mark.parametrize("known", [True, False])
async def test_a_record_on_file_and_a_new_one_sound_the_same(*, known: bool) -> None:
    scene = scene_with(*([CHILD] if known else []))

    done = await book_for_other(
        asks(offer=SLOT, person_name="Tess Exampleson", birth_date=CHILD.birth_date), scene.desk()
    )

    appointment = changed(done, SaveAppointment).appointment
    assert keys(done) == ["utter_requested_other"]
    assert appointment.status is AppointmentStatus.REQUESTED
    assert appointment.patient_id != TESTA.id
    assert (appointment.patient_id == CHILD.id) is known
    assert any(isinstance(change, SavePatient) for change in done.changes) is not known


async def test_staff_are_given_the_request_with_the_time_that_was_told() -> None:
    done = await book_for_other(
        asks(offer=SLOT, person_name="Tess Exampleson", birth_date=CHILD.birth_date), scene_with().desk()
    )

    promise = changed(done, SavePromise).promise
    assert promise.kind is PromiseKind.VISIT_REQUEST
    assert done.result.replies[0].values["due"] == promise.due_at > NOW


async def test_someone_unproven_never_reaches_a_record_on_file() -> None:
    scene = Scene(patients=FakePatients([TESTA, CHILD]), hold=hold(SLOT))

    done = await book_for_other(
        asks(offer=SLOT, person_name="Tess Exampleson", birth_date=CHILD.birth_date, phone=TESTA.phones[0]),
        scene.desk(),
    )

    assert changed(done, SaveAppointment).appointment.patient_id != CHILD.id
    assert changed(done, SavePatient).patient.pending


async def test_a_grown_up_gets_no_visit_for_children() -> None:
    done = await book_for_other(
        asks(offer=SLOT, person_name="Old Exampleson", birth_date=date(1950, 4, 15)), scene_with().desk()
    )

    assert keys(done) == ["utter_refusal_age"]
    assert done.changes == ()


async def test_the_writer_stays_who_they_are_after_the_child_is_written_down() -> None:
    desk = scene_with().desk()

    desk.absorb(
        await book_for_other(asks(offer=SLOT, person_name="Tess Exampleson", birth_date=CHILD.birth_date), desk)
    )

    assert desk.patient == TESTA
    assert desk.live_visits() == ()
