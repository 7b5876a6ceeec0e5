"""Vouching for a patient after a call: who may, for what, for how long; and nothing is told of anybody else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.actions.identity import pin_matches
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.staff_desk import HeldByColleague, NoSuchCase, NotClaimed, StaffDesk
from bot.usecases.verify_by_phone import (
    Checked,
    FindPatient,
    Found,
    LinkedElsewhere,
    NoMatch,
    NotProvenByPhone,
    PinSet,
    SetPin,
    Sought,
    TakeBackProof,
    TakenBack,
    TooLittleChecked,
    UnfitPin,
    VerifyByPhone,
    Vouched,
    VouchForm,
)
from domain.handoff import EscalationReason, Handoff
from domain.identity import Handle, Level, ProofKind
from domain.ids import PatientId, SubjectId
from domain.patient import Patient
from domain.pin import PinFault
from domain.staff import Role, StaffAccount
from tests.fakes.staff import ADMIN, DESK_TWO, FRONT, NURSE, FakeClinic, demo_clinic
from tests.fakes.staff_ports import FakeRecords, desk_of

ADA = Patient(
    id=PatientId("patient-ada"),
    given_name="Ada",
    family_name="Testwell",
    birth_date=date(1985, 4, 12),
    phones=("+15550101",),
)
ASKED = Sought(name="Ada Testwell", birth_date=ADA.birth_date)
COMPARED = frozenset({Checked.CALLED, Checked.BIRTH_DATE})
LEAD = replace(FRONT, roles=frozenset({Role.AGENT, Role.ADMIN}))


async def a_case(
    *records: Patient, staff: StaffAccount = FRONT, held: bool = True
) -> tuple[FakeClinic, StaffDesk, Handoff]:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO, NURSE, ADMIN)
    clinic.patients = {item.id: item for item in records or (ADA,)}
    case = clinic.patient_waits("it is me", reason=EscalationReason.IDENTITY)
    desk = desk_of(clinic)
    if held:
        await ClaimHandoff(desk=desk)(case.id, staff=staff)
    return clinic, desk, case


def vouching(clinic: FakeClinic, desk: StaffDesk) -> VerifyByPhone:
    return VerifyByPhone(desk=desk, patients=FakeRecords(clinic), clinic=demo_clinic)


def handle_of(clinic: FakeClinic, case: Handoff) -> Handle:
    return clinic.handles[case.conversation_id]


async def test_the_level_rises_for_twelve_hours_and_the_patient_is_told_without_a_name() -> None:
    clinic, desk, case = await a_case()

    outcome = await vouching(clinic, desk)(case.id, staff=FRONT, form=VouchForm(sought=ASKED, checked=COMPARED))

    handle, now = handle_of(clinic, case), clinic.clock.now()
    assert outcome == Vouched(level=Level.PROVEN)
    assert (handle.patient_id, handle.subject_id, handle.proof) == (ADA.id, ADA.subject_id, ProofKind.STAFF_PHONE)
    assert handle.level_at(now) is Level.PROVEN
    assert handle.level_at(now + timedelta(hours=12)) is Level.LINKED
    assert clinic.outbox[-1].message.text == "utter_staff_verified"
    proved = clinic.audit[-1]
    assert (proved.event, proved.actor.id, proved.purpose) == ("identity.proved", FRONT.id, f"handoff:{case.id}")
    assert proved.detail == "staff_phone level 2 birth_date called"
    assert clinic.dropped_challenges == [case.conversation_id]


async def test_for_clinical_content_a_nurse_vouches_for_ten_minutes() -> None:
    clinic, desk, case = await a_case(staff=NURSE)
    form = VouchForm(sought=ASKED, checked=COMPARED, level=Level.SECOND_FACTOR)

    await vouching(clinic, desk)(case.id, staff=NURSE, form=form)

    handle, now = handle_of(clinic, case), clinic.clock.now()
    assert handle.level_at(now) is Level.SECOND_FACTOR
    assert handle.level_at(now + timedelta(minutes=10)) is Level.PROVEN


async def test_the_front_desk_does_not_vouch_for_clinical_content_nor_an_admin_without_the_case() -> None:
    clinic, desk, case = await a_case()
    form = VouchForm(sought=ASKED, checked=COMPARED, level=Level.SECOND_FACTOR)

    front = await vouching(clinic, desk)(case.id, staff=FRONT, form=form)
    admin = await vouching(clinic, desk)(case.id, staff=ADMIN, form=form)
    pin = await SetPin(desk=desk)(case.id, staff=ADMIN, pin="4826", again="4826")

    assert front == admin == pin == NoSuchCase()
    assert handle_of(clinic, case).patient_id is None


async def test_an_admin_who_works_at_the_desk_may() -> None:
    clinic, desk, case = await a_case(staff=LEAD)
    form = VouchForm(sought=ASKED, checked=COMPARED, level=Level.SECOND_FACTOR)

    assert await vouching(clinic, desk)(case.id, staff=LEAD, form=form) == Vouched(level=Level.SECOND_FACTOR)


@pytest.mark.parametrize(
    "checked", [set(), {Checked.CALLED}, {Checked.BIRTH_DATE}, {Checked.BIRTH_DATE, Checked.ADDRESS}]
)
async def test_what_anybody_may_know_is_not_enough_without_the_call(checked: set[Checked]) -> None:
    clinic, desk, case = await a_case()
    form = VouchForm(sought=ASKED, checked=frozenset(checked))

    assert await vouching(clinic, desk)(case.id, staff=FRONT, form=form) == TooLittleChecked()
    assert handle_of(clinic, case).level_at(clinic.clock.now()) is Level.ANYONE


@pytest.mark.parametrize(
    "sought",
    [
        Sought(name="Ada Testwell", birth_date=date(1985, 4, 13)),
        Sought(name="Bea Testwell", birth_date=ADA.birth_date),
        Sought(name="Nobody", birth_date=ADA.birth_date),
    ],
)
async def test_a_wrong_match_says_only_that_none_fits(sought: Sought) -> None:
    clinic, desk, case = await a_case()
    find = FindPatient(desk=desk, patients=FakeRecords(clinic))

    found = await find(case.id, staff=FRONT, sought=sought)
    vouched = await vouching(clinic, desk)(case.id, staff=FRONT, form=VouchForm(sought=sought, checked=COMPARED))

    assert found == vouched == NoMatch()
    assert clinic.events()[-2:] == ["patient.sought", "identity.phone_unmatched"]
    assert {event.outcome for event in clinic.audit[-2:]} == {"none"}


@pytest.mark.parametrize("other", ["twin", "declined", "deceased"])
async def test_twins_the_declined_and_the_dead_are_no_match(other: str) -> None:
    records = {
        "twin": (ADA, replace(ADA, id=PatientId("patient-2"))),
        "declined": (replace(ADA, declined=True),),
        "deceased": (replace(ADA, deceased=True),),
    }[other]
    clinic, desk, case = await a_case(*records)

    assert await FindPatient(desk=desk, patients=FakeRecords(clinic))(case.id, staff=FRONT, sought=ASKED) == NoMatch()


async def test_a_look_for_a_patient_is_audited_with_its_purpose() -> None:
    clinic, desk, case = await a_case()

    found = await FindPatient(desk=desk, patients=FakeRecords(clinic))(case.id, staff=FRONT, sought=ASKED)

    assert found == Found(name="Ada Testwell", phones=ADA.phones)
    assert [(event.event, event.purpose) for event in clinic.audit[-2:]] == [
        ("patient.sought", f"handoff:{case.id}"),
        ("patient.read", f"handoff:{case.id}"),
    ]
    assert "Testwell" not in repr(clinic.audit)


async def test_only_whoever_has_the_case_looks_or_vouches() -> None:
    clinic, desk, case = await a_case(held=False)
    find = FindPatient(desk=desk, patients=FakeRecords(clinic))
    unheld = await find(case.id, staff=FRONT, sought=ASKED)
    await ClaimHandoff(desk=desk)(case.id, staff=DESK_TWO)

    held = await vouching(clinic, desk)(case.id, staff=FRONT, form=VouchForm(sought=ASKED, checked=COMPARED))

    assert unheld == NotClaimed()
    assert isinstance(held, HeldByColleague)


async def test_a_conversation_of_another_record_is_not_moved() -> None:
    clinic, desk, case = await a_case()
    bea = replace(ADA, id=PatientId("patient-bea"), given_name="Bea", birth_date=date(1990, 1, 1))
    clinic.link(case.conversation_id, bea)

    outcome = await vouching(clinic, desk)(case.id, staff=FRONT, form=VouchForm(sought=ASKED, checked=COMPARED))

    assert outcome == LinkedElsewhere()
    assert handle_of(clinic, case).patient_id == bea.id


async def test_a_proof_is_taken_back_at_once_and_a_wrong_record_unlinked() -> None:
    clinic, desk, case = await a_case(staff=NURSE)
    form = VouchForm(sought=ASKED, checked=COMPARED, level=Level.SECOND_FACTOR)
    await vouching(clinic, desk)(case.id, staff=NURSE, form=form)

    lowered = await TakeBackProof(desk=desk)(case.id, staff=FRONT, unlink=False)
    after = handle_of(clinic, case)
    unlinked = await TakeBackProof(desk=desk)(case.id, staff=NURSE, unlink=True)
    gone = handle_of(clinic, case)

    assert lowered == TakenBack(unlinked=False)
    assert unlinked == TakenBack(unlinked=True)
    assert after.level_at(clinic.clock.now()) is Level.LINKED
    assert (gone.patient_id, gone.subject_id) == (None, SubjectId(gone.id))
    assert clinic.events()[-1] == "identity.unlinked"


async def test_a_pin_is_set_after_the_call_and_earlier_tries_are_forgotten() -> None:
    clinic, desk, case = await a_case(staff=NURSE)
    set_pin = SetPin(desk=desk)
    before = await set_pin(case.id, staff=NURSE, pin="4826", again="4826")
    clinic.handles[case.conversation_id] = replace(
        handle_of(clinic, case), proofs_locked_until=clinic.clock.now() + timedelta(hours=1), failed_proofs=3
    )
    await vouching(clinic, desk)(case.id, staff=NURSE, form=VouchForm(sought=ASKED, checked=COMPARED))

    unequal = await set_pin(case.id, staff=NURSE, pin="4826", again="4862")
    easy = await set_pin(case.id, staff=NURSE, pin="1985", again="1985")
    done = await set_pin(case.id, staff=NURSE, pin="4826", again="4826")

    assert before == NotProvenByPhone()
    assert (unequal, easy) == (UnfitPin(fault=None), UnfitPin(fault=PinFault.BIRTH_DATE))
    assert done == PinSet()
    assert pin_matches("4826", clinic.patients[ADA.id].pin_digest)
    assert not handle_of(clinic, case).proofs_locked(clinic.clock.now())
    assert handle_of(clinic, case).failed_proofs == 0
    assert clinic.outbox[-1].message.text == "utter_staff_pin_set"
    assert "4826" not in repr((clinic.audit, clinic.entries, clinic.outbox))
