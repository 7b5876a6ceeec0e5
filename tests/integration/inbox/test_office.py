"""The pages about no single case: requests, registrations, leave; who may open them, and what they do."""

from datetime import date

import pytest

from domain.appointment import Appointment, AppointmentStatus
from domain.ids import AppointmentId, PatientId
from domain.patient import Patient
from tests.builders.desk import time_at
from tests.integration.inbox.conftest import House

NEW = Patient(
    id=PatientId("patient-new"),
    given_name="Nia",
    family_name="<b>Testwell",
    birth_date=date(1990, 2, 3),
    phones=("+15550102",),
    pending=True,
)


def asked_for(house: House, *, status: AppointmentStatus = AppointmentStatus.REQUESTED) -> Appointment:
    visit = Appointment(
        id=AppointmentId("visit-1"),
        subject_id=NEW.subject_id,
        patient_id=NEW.id,
        slot=time_at(50),
        status=status,
        version=1,
        created_at=house.clinic.clock.now(),
    )
    house.clinic.patients[NEW.id] = NEW
    house.clinic.calendar.visits = [visit]
    case = house.clinic.patient_waits("hello")
    house.clinic.link(case.conversation_id, NEW)
    return visit


@pytest.mark.parametrize(
    ("username", "open_to"),
    [
        ("robin", {"promises", "requests", "leave"}),
        ("noa", {"promises", "requests"}),
        ("ada", {"leave"}),
    ],
)
async def test_each_page_is_for_those_it_is_granted_to_and_named_to_no_others(
    house: House, username: str, open_to: set[str]
) -> None:
    browser = await house.signed_in(username)
    every = ("promises", "requests", "leave")

    opened = {name for name in every if (await browser.client.get(f"/staff/{name}")).status == 200}
    named = {name for name in every if f'href="/staff/{name}"' in await browser.page("/staff")}

    assert opened == named == open_to


async def test_a_visit_asked_for_is_confirmed_from_the_page(house: House) -> None:
    asked_for(house)
    robin = await house.signed_in("robin")

    page = await robin.page("/staff/requests")
    answer = await robin.post("/staff/requests/visit-1/confirm", script=False)
    after = await robin.page(answer.headers["Location"])

    assert "Nia &lt;b&gt;Testwell" in page
    assert "registered by chat, not yet checked" in page
    assert "+15550102" in page
    assert "Confirmed. The patient was told." in after
    assert house.clinic.calendar.visits[0].status is AppointmentStatus.BOOKED


async def test_a_visit_asked_for_is_declined_from_the_case(house: House) -> None:
    asked_for(house)
    [case] = house.clinic.cases.values()
    robin, one = await house.signed_in("robin"), f"/staff/cases/{case.id}"

    page = await robin.page(one)
    answer = await robin.post("/staff/requests/visit-1/decline", script=False, case=case.id)

    assert 'action="/staff/requests/visit-1/decline"' in page
    assert answer.headers["Location"] == f"{one}?done=request_declined"
    assert house.clinic.calendar.visits[0].status is AppointmentStatus.CANCELLED


async def test_a_visit_that_is_booked_or_none_is_not_decided_on(house: House) -> None:
    asked_for(house, status=AppointmentStatus.BOOKED)
    robin = await house.signed_in("robin")

    booked = await robin.post("/staff/requests/visit-1/decline")
    none = await robin.post("/staff/requests/visit-9/decline")
    admin = await (await house.signed_in("ada")).post("/staff/requests/visit-1/decline")

    assert [(await answer.json())["code"] for answer in (booked, none)] == ["request_gone"] * 2
    assert admin.status == 403
    assert house.clinic.calendar.visits[0].status is AppointmentStatus.BOOKED


async def test_a_registration_is_decided_from_the_page(house: House) -> None:
    asked_for(house)
    robin = await house.signed_in("robin")

    unfit = await robin.post("/staff/registrations/patient-new/confirm", number="a b c")
    taken_up = await robin.post("/staff/registrations/patient-new/confirm", script=False, number="A-17")
    gone = await robin.post("/staff/registrations/patient-new/decline")

    assert (unfit.status, (await unfit.json())["code"]) == (422, "number_unfit")
    assert taken_up.headers["Location"] == "/staff/requests?done=registration_confirmed"
    assert (await gone.json())["code"] == "request_gone"
    assert house.clinic.patients[NEW.id].mrn == "A-17"


async def test_a_provider_is_put_on_leave_and_each_patient_is_to_be_called(house: House) -> None:
    visit = asked_for(house, status=AppointmentStatus.BOOKED)
    robin = await house.signed_in("robin")
    day = visit.slot.starts_at.date().isoformat()
    fields = {"provider": "lee_grace", "first": day, "last": day, "reason": "training"}

    page = await (await robin.post("/staff/leave", script=False, **fields)).text()
    back = await robin.post("/staff/leave/take-back", script=False, **fields)

    [promise] = house.clinic.promises.values()
    assert "Kept. Visits booked in that time: 1." in page
    assert "Nia &lt;b&gt;Testwell" in page
    assert "A call is under Promises." in page
    assert promise.detail.startswith("Call the patient about the visit of Wed 4 Mar")
    added = next(event for event in house.clinic.audit if event.event == "leave.added")
    assert (added.actor.id, added.purpose) == ("staff-front", "training")
    assert back.headers["Location"] == "/staff/leave?done=leave_taken_back"
    assert house.clinic.calendar.away == []


async def test_an_admin_enters_leave_without_reading_who_is_concerned(house: House) -> None:
    visit = asked_for(house, status=AppointmentStatus.BOOKED)
    admin = await house.signed_in("ada")
    day = visit.slot.starts_at.date().isoformat()

    page = await (
        await admin.post("/staff/leave", script=False, provider="lee_grace", first=day, last=day, reason="planned")
    ).text()

    assert "Visits booked in that time: 1." in page
    assert "Testwell" not in page
    assert "+15550102" not in page


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"provider": "lee_grace", "first": "2026-03-09", "last": "2026-03-08"}, "The last day is before the first."),
        ({"provider": "lee_grace", "first": "2026-02-01", "last": "2026-02-02"}, "Those days have passed."),
        ({"provider": "nobody", "first": "2026-03-09", "last": "2026-03-09"}, "Choose one of the list."),
        ({"provider": "lee_grace", "first": "tomorrow", "last": ""}, "Choose who, and both days."),
    ],
)
async def test_leave_that_cannot_be_is_told_and_what_was_typed_kept(
    house: House, fields: dict[str, str], line: str
) -> None:
    robin = await house.signed_in("robin")

    answer = await robin.post("/staff/leave", script=False, **fields)
    page = await answer.text()

    assert answer.status == 422
    assert line in page
    assert house.clinic.calendar.away == []


async def test_a_reason_no_page_offers_is_refused(house: House) -> None:
    robin = await house.signed_in("robin")

    answer = await robin.post("/staff/leave", provider="lee_grace", first="2026-03-09", last="2026-03-09", reason="flu")

    assert answer.status == 400


async def test_the_office_pages_keep_the_policy_of_the_others(house: House) -> None:
    robin = await house.signed_in("robin")
    for path in ("/staff/promises", "/staff/requests", "/staff/leave"):
        answer = await robin.client.get(path, headers={"Accept": "text/html"})
        page = await answer.text()

        assert page.count("<script") == page.count('<script type="module" src="/staff/static/')
        assert " style=" not in page
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
