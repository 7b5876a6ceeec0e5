"""Visits from CSV: checked against the clinic's facts, each other and the calendar, and never brought in twice.

It is Monday 2 March 2026, 7 in the morning at the clinic; its clocks go forward on Sunday the 8th.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.importing import ImportReport
from domain.appointment import AppointmentStatus, Modality
from domain.changes import PlaceHold, SaveAppointment, SaveLeave, SavePatient, WriteSet
from domain.clinic import Leave
from domain.ids import ProviderId, SiteId, VisitTypeId
from tests.builders.importing import appointments, patients, said
from tests.builders.storage import NOON, Desk, a_hold, a_slot, a_visit

HEADER = "mrn,provider,visit_type,site,start"
LINE = "A-1,ada,visit,main,2026-03-10 09:30"
NINE_THIRTY = datetime(2026, 3, 10, 13, 30, tzinfo=UTC)
WEEK = (NOON, NOON + timedelta(days=14))


@pytest.fixture(autouse=True)
async def people(desk: Desk) -> None:
    await patients(
        desk,
        "mrn,given_name,family_name,birth_date",
        "A-1,Testa,Exampleson,1980-05-17",
        "A-2,Testb,Otherson,1990-01-02",
    )


async def test_a_line_becomes_a_visit_in_local_time_that_takes_its_time(desk: Desk) -> None:
    report = await appointments(desk, HEADER, LINE)

    patient = await desk.store.patients.with_mrn("A-1")
    (visit,) = await desk.store.calendar.day(*WEEK)
    assert report == ImportReport(good=1)
    assert patient is not None
    assert (visit.patient_id, visit.status, visit.version) == (patient.id, AppointmentStatus.BOOKED, 1)
    assert visit.slot.starts_at == NINE_THIRTY
    assert visit.slot.ends_at == NINE_THIRTY + timedelta(minutes=30)
    assert (visit.slot.provider_id, visit.slot.site_id) == (ProviderId("ada"), SiteId("main"))
    assert await desk.store.calendar.of_patient(patient.id) == (visit,)
    assert len(await desk.store.calendar.busy(*WEEK)) == 1
    assert (await desk.store.check()).ok


async def test_length_modality_and_status_may_be_given(desk: Desk) -> None:
    await appointments(
        desk, f"{HEADER},minutes,modality,status", "A-1,ada,talk,main,3/10/2026 2:30 pm,25,phone,confirmed"
    )

    (visit,) = await desk.store.calendar.day(*WEEK)
    assert visit.slot.starts_at == datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert visit.slot.ends_at - visit.slot.starts_at == timedelta(minutes=25)
    assert visit.slot.modality is Modality.PHONE
    assert visit.slot.visit_type_id == VisitTypeId("talk")
    assert visit.status is AppointmentStatus.CONFIRMED


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-03-10T09:30", 9), ("2026-03-10 09:30:00", 9), ("3/10/2026 9:30", 9), ("3/10/2026 9:30 AM", 9),
        ("3/10/2026 12:30 PM", 12), ("03/10/2026 01:30 p.m.", 13),
    ],
)  # fmt: skip
async def test_times_are_read_as_clinics_write_them(desk: Desk, written: str, hour: int) -> None:
    await appointments(desk, HEADER, f"A-1,ada,visit,main,{written}")

    (visit,) = await desk.store.calendar.day(*WEEK)
    assert visit.slot.starts_at == datetime(2026, 3, 10, hour + 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A-9,ada,visit,main,2026-03-10 09:30", "mrn is not on file"),
        ("A-1,eve,visit,main,2026-03-10 09:30", "provider cannot be taken: expected a provider id: ada, ben"),
        ("A-1,ada,nap,main,2026-03-10 09:30", "visit_type cannot be taken: expected a visit type id: visit, talk"),
        ("A-1,ada,visit,west,2026-03-10 09:30", "site cannot be taken: expected a site id: main, east"),
        ("A-1,ben,talk,east,2026-03-10 09:30", "visit_type is not one of this provider's"),
        ("A-1,ada,visit,east,2026-03-10 09:30", "site is not one of this provider's"),
        ("A-1,ada,visit,main,2026-03-10", "expected the clinic's local date and time"),
        ("A-1,ada,visit,main,2026-03-10 09:30Z", "expected the clinic's local date and time"),
        ("A-1,ada,visit,main,2026-03-10 09:30-05:00", "expected the clinic's local date and time"),
        ("A-1,ada,visit,main,3/10/2026 13:30 PM", "expected the clinic's local date and time"),
        ("A-1,ada,visit,main,2026-03-10 25:00", "on a five-minute mark"),
        ("A-1,ada,visit,main,2026-03-10 09:32", "on a five-minute mark"),
        ("A-1,ada,visit,main,2026-02-30 09:30", "a date that exists"),
        ("A-1,ada,visit,main,2026-03-02 06:55", "a start that is still to come"),
        ("A-1,ada,visit,main,2062-03-10 09:30", "within two years"),
        ("A-1,ada,visit,main,2026-03-08 02:30", "the clock is put forward over this one"),
        ("A-1,ada,visit,main,2026-11-01 01:30", "the clock is set back over this one"),
        ("A-1,ada,visit,main,2026-03-07 09:30", "outside the site's day"),
        ("A-1,ada,visit,main,2026-03-10 07:45", "outside the site's day"),
        ("A-1,ada,visit,main,2026-03-10 16:45", "outside the site's day"),
        ("A-1,ada,visit,main,2026-03-17 09:30", "outside the site's day"),
        ("A-1,ada,visit,main,2026-03-20 09:30", "the provider is on leave then"),
    ],
)
async def test_a_line_against_the_facts_is_refused(desk: Desk, line: str, expected: str) -> None:
    report = await appointments(desk, HEADER, line)

    ((number, words),) = said(report)
    assert number == 2
    assert expected in words
    assert await desk.store.calendar.day(NOON, NOON + timedelta(days=800)) == ()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (",phone,", "modality is not one of this visit type's: expected in_person"),
        ("7,,", "minutes in steps of 5"),
        ("485,,", "minutes in steps of 5, up to 480"),
        (",,cancelled", "one of: booked, confirmed"),
        (",by post,", "one of: in_person, video, phone"),
    ],
)
async def test_an_optional_cell_is_checked_too(desk: Desk, cells: str, expected: str) -> None:
    report = await appointments(desk, f"{HEADER},minutes,modality,status", f"{LINE},{cells}")

    assert expected in said(report)[0][1]
    assert len(report.problems) == 1


async def test_what_staff_booked_need_not_keep_the_rules_for_the_bot(desk: Desk) -> None:
    """Over lunch, on a day the provider does not work there, within the lead time."""
    report = await appointments(
        desk, HEADER, "A-1,ada,visit,main,2026-03-02 12:15", "A-2,ben,visit,main,2026-03-03 09:00"
    )

    assert report == ImportReport(good=2)


async def test_of_two_lines_at_one_providers_time_the_later_is_refused_and_neighbours_are_not(desk: Desk) -> None:
    report = await appointments(
        desk,
        HEADER,
        "A-2,ada,visit,main,2026-03-10 09:45",
        LINE,
        "A-2,ada,visit,main,2026-03-10 10:15",
        "A-2,ben,visit,east,2026-03-10 09:30",
    )

    assert said(report) == [(2, "the provider has the visit of line 3 then: expected a free time")]
    assert await desk.store.calendar.day(*WEEK) == ()


async def test_a_long_visit_is_in_the_way_of_all_within_it(desk: Desk) -> None:
    report = await appointments(
        desk,
        f"{HEADER},minutes",
        "A-1,ada,visit,main,2026-03-10 09:00,120",
        "A-2,ada,visit,main,2026-03-10 09:30,10",
        "A-2,ada,visit,main,2026-03-10 10:30,10",
    )

    assert [line for line, _ in said(report)] == [3, 4]


async def test_a_time_taken_on_the_calendar_is_refused(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    slot = a_slot(NINE_THIRTY + timedelta(minutes=15), provider="ada")
    hold = a_hold(conversation_id, slot=slot)
    await desk.store.commits.commit(WriteSet(changes=(PlaceHold(hold=hold),)))

    report = await appointments(desk, HEADER, LINE)

    assert said(report) == [(2, "the provider's time is taken on the calendar: expected a free time")]


async def test_leave_that_staff_entered_is_refused(desk: Desk) -> None:
    away = Leave(provider_id=ProviderId("ada"), starts_at=NINE_THIRTY, ends_at=NINE_THIRTY + timedelta(hours=1))
    await desk.store.commits.commit(WriteSet(changes=(SaveLeave(leave=away),)))

    assert said(await appointments(desk, HEADER, LINE)) == [
        (2, "the provider is on leave then: expected a time they are there")
    ]


async def test_a_patient_who_died_gets_no_visit(desk: Desk) -> None:
    patient = await desk.store.patients.with_mrn("A-1")
    assert patient is not None
    await desk.store.commits.commit(WriteSet(changes=(SavePatient(patient=replace(patient, deceased=True)),)))

    assert "expected a living patient" in said(await appointments(desk, HEADER, LINE))[0][1]


async def test_brought_in_again_a_visit_is_known(desk: Desk) -> None:
    await appointments(desk, HEADER, LINE)
    report = await appointments(desk, HEADER, LINE, "A-2,ada,visit,main,2026-03-10 10:00")

    assert report == ImportReport(good=1, known=1)
    assert len(await desk.store.calendar.day(*WEEK)) == 2


@pytest.mark.parametrize("became", ["cancelled", "moved"])
async def test_a_visit_the_patient_changed_since_does_not_come_back(desk: Desk, became: str) -> None:
    await appointments(desk, HEADER, LINE)
    (visit,) = await desk.store.calendar.day(*WEEK)
    later = replace(
        visit.slot, starts_at=NINE_THIRTY + timedelta(days=1), ends_at=visit.slot.ends_at + timedelta(days=1)
    )
    changed = (
        replace(visit, status=AppointmentStatus.CANCELLED, version=2)
        if became == "cancelled"
        else replace(visit, slot=later, version=2)
    )
    await desk.store.commits.commit(
        WriteSet(changes=(SaveAppointment(appointment=changed, expected_version=visit.version),))
    )

    report = await appointments(desk, HEADER, LINE)

    assert report == ImportReport(known=1)
    assert await desk.store.calendar.appointment(visit.id) == changed
    assert len(await desk.store.calendar.day(*WEEK)) == (0 if became == "cancelled" else 1)


async def test_a_visit_booked_in_chat_is_known_by_patient_provider_and_start(desk: Desk) -> None:
    patient = await desk.store.patients.with_mrn("A-1")
    assert patient is not None
    booked = a_visit("booked-in-chat", patient_id=patient.id, slot=a_slot(NINE_THIRTY, provider="ada"))
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=booked),)))

    assert await appointments(desk, HEADER, LINE) == ImportReport(known=1)


async def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    report = await appointments(desk, HEADER, LINE, dry_run=True)

    assert report == ImportReport(good=1)
    assert await desk.store.calendar.day(*WEEK) == ()


async def test_visits_are_brought_in_as_one_audited_act(desk: Desk) -> None:
    await appointments(desk, HEADER, LINE, "A-2,ben,visit,east,2026-03-10 09:30")

    assert await desk.counted("SELECT count(*) FROM audit_log WHERE event = 'appointments.imported'") == 1
    assert (await desk.store.audit.verify()).ok
