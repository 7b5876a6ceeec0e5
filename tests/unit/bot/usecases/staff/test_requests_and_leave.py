"""Visits asked for, registrations by chat, and calls about leave: decided once, told or promised, times given back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.usecases.call_about_leave import CallAboutLeave
from bot.usecases.registrations import (
    DecideRegistration,
    NoSuchRegistration,
    RegistrationDecided,
    UnfitNumber,
)
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.visit_requests import DecideRequest, ListRequests, NoSuchRequest, RequestDecided
from domain.appointment import Appointment, AppointmentStatus
from domain.handoff import Handoff
from domain.identity import Level, ProofKind
from domain.ids import AppointmentId, PatientId
from domain.patient import Patient
from domain.promise import PromiseKind
from tests.builders.desk import time_at
from tests.fakes.staff import FRONT, NURSE, FakeClinic, demo_clinic
from tests.fakes.staff_ports import FakePromises, FakeRecords, desk_of

NEW = Patient(
    id=PatientId("patient-new"),
    given_name="Nia",
    family_name="Testwell",
    birth_date=date(1990, 2, 3),
    phones=("+15550102",),
    pending=True,
)


def a_request(clinic: FakeClinic, *, hours: float = 48) -> Appointment:
    return Appointment(
        id=AppointmentId("visit-1"),
        subject_id=NEW.subject_id,
        patient_id=NEW.id,
        slot=time_at(hours + 2),
        status=AppointmentStatus.REQUESTED,
        version=1,
        created_at=clinic.clock.now(),
    )


def a_clinic(*, linked: bool = True, proven: bool = False) -> tuple[FakeClinic, StaffDesk, Handoff]:
    clinic = FakeClinic()
    clinic.hire(FRONT, NURSE)
    case = clinic.patient_waits("I would like a visit")
    clinic.patients[NEW.id] = NEW
    clinic.calendar.visits = [a_request(clinic)]
    if linked:
        clinic.link(case.conversation_id, NEW)
    if proven:
        clinic.handles[case.conversation_id] = clinic.handles[case.conversation_id].proved(
            patient_id=NEW.id,
            level=Level.PROVEN,
            proof=ProofKind.CODE,
            now=clinic.clock.now(),
            span=timedelta(hours=12),
        )
    return clinic, desk_of(clinic), case


def deciding(clinic: FakeClinic, desk: StaffDesk) -> DecideRequest:
    return DecideRequest(desk=desk, calendar=clinic.calendar, clinic=demo_clinic)


def registering(clinic: FakeClinic, desk: StaffDesk) -> DecideRegistration:
    return DecideRegistration(desk=desk, patients=FakeRecords(clinic), calendar=clinic.calendar)


@pytest.mark.parametrize(
    ("proven", "key"), [(True, "utter_request_confirmed"), (False, "utter_request_confirmed_generic")]
)
async def test_a_confirmed_visit_is_booked_reminded_of_and_told_at_the_patients_level(
    *, proven: bool, key: str
) -> None:
    clinic, desk, _ = a_clinic(proven=proven)

    outcome = await deciding(clinic, desk)(AppointmentId("visit-1"), staff=FRONT, confirm=True)

    [visit] = clinic.calendar.visits
    assert isinstance(outcome, RequestDecided)
    assert (outcome.told, visit.status, visit.version) == (True, AppointmentStatus.BOOKED, 2)
    assert [(item.version, item.due_at) for item in clinic.reminders] == [
        (2, visit.slot.starts_at - timedelta(hours=24))
    ]
    assert clinic.outbox[-1].message.text.split()[0] == key
    assert clinic.outbox[-1].check is not None
    assert clinic.audit[-1].event == "appointment.request_confirmed"
    assert clinic.audit[-1].actor.id == FRONT.id


async def test_a_declined_visit_gives_its_time_back_and_is_told() -> None:
    clinic, desk, _ = a_clinic()

    await deciding(clinic, desk)(AppointmentId("visit-1"), staff=FRONT, confirm=False)

    [visit] = clinic.calendar.visits
    assert visit.status is AppointmentStatus.CANCELLED
    assert await clinic.calendar.busy(visit.slot.starts_at, visit.slot.ends_at) == ()
    assert clinic.outbox[-1].message.text.startswith("utter_request_declined_generic")


async def test_what_is_decided_is_decided_once() -> None:
    clinic, desk, _ = a_clinic()
    decide = deciding(clinic, desk)
    await decide(AppointmentId("visit-1"), staff=FRONT, confirm=True)

    again = await decide(AppointmentId("visit-1"), staff=NURSE, confirm=False)

    assert again == NoSuchRequest()
    assert await decide(AppointmentId("no-such"), staff=FRONT, confirm=True) == NoSuchRequest()
    assert clinic.calendar.visits[0].status is AppointmentStatus.BOOKED


@pytest.mark.parametrize("shut", ["opted_out", "frozen", "suspended", "outreach_held"])
async def test_a_patient_who_cannot_be_written_to_is_to_be_called(shut: str) -> None:
    clinic, desk, case = a_clinic()
    clinic.handles[case.conversation_id] = replace(clinic.handles[case.conversation_id], **{shut: True})

    outcome = await deciding(clinic, desk)(AppointmentId("visit-1"), staff=FRONT, confirm=True)

    [promise] = clinic.promises.values()
    assert isinstance(outcome, RequestDecided)
    assert not outcome.told
    assert (promise.kind, promise.queue) == (PromiseKind.CALLBACK, "front_desk")
    assert clinic.outbox == []


async def test_a_patient_who_never_wrote_is_decided_on_and_not_told() -> None:
    clinic, desk, _ = a_clinic(linked=False)

    outcome = await deciding(clinic, desk)(AppointmentId("visit-1"), staff=FRONT, confirm=False)

    assert isinstance(outcome, RequestDecided)
    assert not outcome.told
    assert clinic.calendar.visits[0].status is AppointmentStatus.CANCELLED
    assert clinic.promises == {}


async def test_the_list_of_requests_is_audited_and_leaves_out_what_has_passed() -> None:
    clinic, desk, _ = a_clinic()
    list_them = ListRequests(calendar=clinic.calendar, patients=FakeRecords(clinic), desk=desk)

    waiting = await list_them(FRONT)
    clinic.clock.forward(hours=60)
    later = await list_them(FRONT)

    assert [(row.name, row.pending) for row in waiting.visits] == [("Nia Testwell", True)]
    assert [item.id for item in waiting.registrations] == [NEW.id]
    assert later.visits == ()
    assert [(event.event, event.purpose, event.subject_id) for event in clinic.audit] == [
        ("patient.read", "requests", NEW.subject_id)
    ] * 2


async def test_a_registration_is_taken_up_with_its_number() -> None:
    clinic, desk, _ = a_clinic()

    outcome = await registering(clinic, desk)(NEW.id, staff=FRONT, confirm=True, number=" A-17 ")

    assert outcome == RegistrationDecided(confirmed=True, told=True)
    assert (clinic.patients[NEW.id].pending, clinic.patients[NEW.id].mrn) == (False, "A-17")
    assert clinic.calendar.visits[0].status is AppointmentStatus.REQUESTED, "the visit is a decision of its own"
    assert clinic.outbox[-1].message.text.startswith("utter_registration_checked")


async def test_a_number_that_is_anothers_or_none_is_refused() -> None:
    clinic, desk, _ = a_clinic()
    clinic.patients[PatientId("other")] = replace(NEW, id=PatientId("other"), pending=False, mrn="A-17")
    decide = registering(clinic, desk)

    assert await decide(NEW.id, staff=FRONT, confirm=True, number="A-17") == UnfitNumber(taken=True)
    assert await decide(NEW.id, staff=FRONT, confirm=True, number="<b>") == UnfitNumber(taken=False)
    assert clinic.patients[NEW.id].pending


async def test_a_registration_not_taken_up_is_unlinked_and_its_times_are_free() -> None:
    clinic, desk, case = a_clinic()
    decide = registering(clinic, desk)

    outcome = await decide(NEW.id, staff=FRONT, confirm=False)
    again = await decide(NEW.id, staff=FRONT, confirm=True)

    handle = clinic.handles[case.conversation_id]
    assert outcome == RegistrationDecided(confirmed=False, told=True)
    assert again == NoSuchRegistration()
    assert (handle.patient_id, handle.level_at(clinic.clock.now())) == (None, Level.ANYONE)
    assert clinic.patients[NEW.id].declined
    assert clinic.calendar.visits[0].status is AppointmentStatus.CANCELLED
    assert await FakeRecords(clinic).matching(family_name="Testwell", birth_date=NEW.birth_date) == ()


async def test_calls_about_leave_are_promised_once_and_said_where_nobody_can_be_reminded() -> None:
    clinic, desk, _ = a_clinic()
    stranger = replace(a_request(clinic), id=AppointmentId("visit-2"), patient_id=None)
    about = CallAboutLeave(desk=desk, promises=FakePromises(clinic), patients=FakeRecords(clinic), clinic=demo_clinic)

    first = await about((clinic.calendar.visits[0], stranger), staff=FRONT)
    again = await about((clinic.calendar.visits[0],), staff=FRONT)

    assert [(item.name, item.promised) for item in first] == [("Nia Testwell", True), ("", False)]
    assert again[0].promised
    [promise] = clinic.promises.values()
    assert promise.kind is PromiseKind.CALLBACK
    assert clinic.events().count("promise.made") == 1
    assert clinic.events().count("patient.read") == 2
