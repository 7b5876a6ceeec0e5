"""Notes stay inside; every look is in the audit before anything is shown; each role sees its part."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.usecases.add_note import AddNote, Noted, StaffNote
from bot.usecases.follow_case import CaseNews, FollowCase
from bot.usecases.list_cases import ListCases
from bot.usecases.read_case import CaseView, ReadCase
from bot.usecases.staff_desk import NoSuchCase
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.changes import WriteSet
from domain.errors import UnavailableError
from domain.handoff import BOT, EscalationReason, HandoffStatus, Owner, OwnerKind
from domain.ids import AppointmentId, HandoffId, PatientId, ProviderId, SiteId, SubjectId, VisitTypeId
from domain.patient import Patient
from domain.staff import StaffAccount
from domain.transcript import Author
from tests.fakes.staff import ADMIN, DESK_TWO, FRONT, NOON, NURSE, FakeClinic
from tests.fakes.staff_ports import desk_of

WREN = Patient(
    id=PatientId("patient-wren"),
    given_name="Wren",
    family_name="Fictional",
    birth_date=date(1971, 4, 2),
    mrn="WS-1042",
    discreet=True,
)


def a_visit(*, days: int, status: AppointmentStatus = AppointmentStatus.BOOKED) -> Appointment:
    start = NOON + timedelta(days=days)
    slot = TimeSlot(
        provider_id=ProviderId("dr"),
        site_id=SiteId("downtown"),
        visit_type_id=VisitTypeId("visit"),
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
    )
    return Appointment(
        id=AppointmentId(f"visit-{days}-{status}"),
        subject_id=SubjectId(WREN.id),
        patient_id=WREN.id,
        slot=slot,
        status=status,
        version=1,
        created_at=NOON,
    )


def clinic_with_staff() -> FakeClinic:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO, NURSE, ADMIN)
    return clinic


async def test_a_note_is_kept_once_and_never_goes_out() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hello")
    add, note = AddNote(desk=desk_of(clinic)), StaffNote(client_id="page-0001", text="Hard of hearing.")

    first, second = await add(case.id, staff=FRONT, note=note), await add(case.id, staff=FRONT, note=note)

    assert isinstance(first, Noted)
    assert isinstance(second, Noted)
    assert (first.repeated, second.repeated) == (False, True)
    assert [(entry.author, entry.text) for entry in clinic.said(case)[1:]] == [(Author.NOTE, "Hard of hearing.")]
    assert clinic.outbox == []
    assert clinic.talk_of(case).owner.kind is OwnerKind.QUEUE, "a note takes nothing over"


async def test_reading_is_audited_with_who_and_what() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hello")

    view = await ReadCase(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert isinstance(view, CaseView)
    assert [entry.text for entry in view.entries] == ["hello"]
    event = clinic.audit[-1]
    assert (event.event, event.actor.id, event.object_id) == ("transcript.read", FRONT.id, case.id)


async def test_nothing_is_shown_when_the_look_cannot_be_audited() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hello")

    class Full:
        async def commit(self, write: WriteSet) -> None:
            raise UnavailableError(f"no room for {len(write.audit)} events")

    with pytest.raises(UnavailableError):
        await ReadCase(desk=replace(desk_of(clinic), commits=Full()))(case.id, staff=FRONT)


async def test_the_front_desk_sees_name_and_coming_visits_only() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hello")
    coming = a_visit(days=2)
    clinic.link(
        case.conversation_id, WREN, a_visit(days=-2), coming, a_visit(days=3, status=AppointmentStatus.CANCELLED)
    )

    view = await ReadCase(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert isinstance(view, CaseView)
    assert view.patient is not None
    assert (view.patient.name, view.patient.visits) == ("Wren Fictional", (coming,))
    assert (view.patient.birth_year, view.patient.record_number, view.patient.notices) == (None, None, ())
    assert clinic.events() == ["transcript.read", "patient.read"]
    assert clinic.audit[-1].subject_id == WREN.subject_id


async def test_a_clinician_sees_the_record_too() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hello")
    clinic.link(case.conversation_id, WREN)

    view = await ReadCase(desk=desk_of(clinic))(case.id, staff=NURSE)

    assert isinstance(view, CaseView)
    assert view.patient is not None
    assert (view.patient.birth_year, view.patient.record_number, view.patient.notices) == (
        1971,
        "WS-1042",
        ("discreet",),
    )


@pytest.mark.parametrize("staff", [FRONT, ADMIN])
async def test_a_case_out_of_reach_is_not_read(staff: StaffAccount) -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("it is about my daughter", queue="safeguarding", reason=EscalationReason.SAFEGUARDING)

    assert await ReadCase(desk=desk_of(clinic))(case.id, staff=staff) == NoSuchCase()
    assert await FollowCase(desk=desk_of(clinic))(case.id, staff=staff, after_seq=0, opening=True) == NoSuchCase()
    assert set(clinic.events()) == {"access.denied"}


async def test_the_front_desk_reads_a_day_back_and_not_further() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits()
    clinic.clock.forward(days=-2)
    clinic.patient_writes(case.conversation_id, "long ago")
    clinic.clock.forward(days=2)
    clinic.patient_writes(case.conversation_id, "today")

    desks = await ReadCase(desk=desk_of(clinic))(case.id, staff=FRONT)
    nurses = await ReadCase(desk=desk_of(clinic))(case.id, staff=NURSE)

    assert isinstance(desks, CaseView)
    assert isinstance(nurses, CaseView)
    assert ([entry.text for entry in desks.entries], desks.earlier) == (["today"], True)
    assert ([entry.text for entry in nurses.entries], nurses.earlier) == (["long ago", "today"], False)


async def test_an_old_case_is_no_way_into_what_came_after() -> None:
    clinic = clinic_with_staff()
    old = clinic.patient_waits("hello")
    talk = clinic.talk_of(old)
    clinic.cases[old.id] = replace(old, status=HandoffStatus.CLOSED, closed_at=clinic.clock.now(), version=2)
    clinic.talks[talk.id] = replace(talk, owner=BOT)
    clinic.clock.forward(hours=1)
    clinic.patient_writes(talk.id, "something for the bot")

    view = await ReadCase(desk=desk_of(clinic))(old.id, staff=FRONT)
    clinic.cases[HandoffId("newer")] = replace(
        old, id=HandoffId("newer"), queue="safeguarding", reason=EscalationReason.SAFEGUARDING
    )
    clinic.talks[talk.id] = replace(talk, owner=Owner(kind=OwnerKind.QUEUE, id="safeguarding"))

    assert isinstance(view, CaseView)
    assert [entry.text for entry in view.entries] == ["hello"]
    assert await ReadCase(desk=desk_of(clinic))(old.id, staff=FRONT) == NoSuchCase()
    assert await FollowCase(desk=desk_of(clinic))(old.id, staff=FRONT, after_seq=0, opening=False) == NoSuchCase()


async def test_following_tells_what_is_new_and_is_audited_when_it_opens() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("one", "two")
    follow = FollowCase(desk=desk_of(clinic))

    first = await follow(case.id, staff=FRONT, after_seq=1, opening=True)
    clinic.patient_writes(case.conversation_id, "three")
    second = await follow(case.id, staff=FRONT, after_seq=2, opening=False)

    assert isinstance(first, CaseNews)
    assert isinstance(second, CaseNews)
    assert [entry.text for entry in first.entries] == ["two"]
    assert [entry.text for entry in second.entries] == ["three"]
    assert clinic.events() == ["transcript.watched"]


async def test_each_role_lists_its_own_cases_urgent_first() -> None:
    clinic = clinic_with_staff()
    slow = clinic.patient_waits("later", due_in=timedelta(hours=9), flow="book_appointment")
    soon = clinic.patient_waits("soon")
    nurse = clinic.patient_waits("hurts", queue="nurse_now", urgent=True, reason=EscalationReason.EMERGENCY)
    lead = clinic.patient_waits("daughter", queue="safeguarding", reason=EscalationReason.SAFEGUARDING)
    desk = desk_of(clinic)

    async def listed(staff: StaffAccount) -> list[HandoffId]:
        return [row.handoff.id for row in (await ListCases(desk=desk)(staff)).rows]

    assert await listed(FRONT) == [soon.id, slow.id]
    assert await listed(NURSE) == [nurse.id, soon.id, lead.id, slow.id]
    assert await listed(ADMIN) == [nurse.id, soon.id, slow.id]
    rows = (await ListCases(desk=desk)(ADMIN)).rows
    assert not any(row.readable for row in rows)
    assert rows[-1].setting.flow == "book_appointment"


async def test_a_row_is_looked_at_again_only_when_told_to_forget() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("hola")
    listing = ListCases(desk=desk_of(clinic))
    await listing(FRONT)
    clinic.talks[case.conversation_id] = replace(clinic.talk_of(case), language="es")

    kept = (await listing(FRONT)).rows[0].setting.language
    listing.forget(case.conversation_id)

    assert (kept, (await listing(FRONT)).rows[0].setting.language) == ("en", "es")
