"""The Patients, Handoffs, Reminders and StaffAccounts ports, and seeding."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.changes import CloseReminder, PlanReminder, SaveAppointment, SavePatient, WriteSet
from domain.clinic_text import LocalText
from domain.errors import SlotTakenError, StaleVersionError
from domain.handoff import HandoffStatus
from domain.ids import ConversationId, PatientId, ProviderId, StaffId
from domain.medicine import Medicine, MedicineId, RefillStatus
from domain.results import ResultId, ResultStatus, TestResult
from domain.staff import Role, StaffAccount, StaffSession
from tests.builders.storage import NOON, Desk, a_patient, a_slot, a_visit, event

BORN = date(1980, 5, 17)


async def save(desk: Desk, *patients: object) -> None:
    await desk.store.commits.commit(WriteSet(changes=tuple(SavePatient(patient=patient) for patient in patients)))


async def test_a_patient_comes_back_as_saved_and_as_changed(desk: Desk) -> None:
    patient = replace(a_patient(), email="a@example.org", mrn="A-1", discreet=True)
    await save(desk, patient)
    first = await desk.store.patients.get(patient.id)
    changed = replace(patient, family_name="Changedson", phones=("+15550101",))
    await save(desk, changed)

    assert first == patient
    assert await desk.store.patients.get(patient.id) == changed
    assert await desk.store.patients.get(PatientId("patient-9")) is None


@pytest.mark.parametrize("spelt", ["Muñoz", "munoz", "MUÑOZ ", "Mun\u0303oz"])
async def test_a_patient_is_matched_by_family_name_and_birth_date_however_spelt(desk: Desk, spelt: str) -> None:
    patient = a_patient(family="Muñoz")
    await save(desk, patient)

    assert await desk.store.patients.matching(family_name=spelt, birth_date=BORN) == (patient,)


async def test_a_match_needs_both_the_name_and_the_date(desk: Desk) -> None:
    await save(desk, a_patient())

    assert await desk.store.patients.matching(family_name="Otherson", birth_date=BORN) == ()
    assert await desk.store.patients.matching(family_name="Exampleson", birth_date=BORN + timedelta(days=1)) == ()


async def test_records_sharing_an_index_value_by_chance_are_told_apart(desk: Desk) -> None:
    """The index keeps ten bits, so among 3,000 people strangers share values; only true matches are answered."""
    people = [a_patient(f"patient-{number}", family=f"Name{number}", phones=()) for number in range(3_000)]
    await desk.store.seed(patients=people, audit=event("store.seeded"))

    shared = await desk.counted("SELECT count(*) - count(DISTINCT name_birth_ref) FROM patients")
    found = [await desk.store.patients.matching(family_name=f"name{number}", birth_date=BORN) for number in (0, 1_500)]

    assert shared > 1_500
    assert found == [(people[0],), (people[1_500],)]


async def test_twins_are_both_matched(desk: Desk) -> None:
    twins = (a_patient("patient-1", given="Ada"), a_patient("patient-2", given="Bea"))
    await save(desk, *twins)

    assert await desk.store.patients.matching(family_name="Exampleson", birth_date=BORN) == twins


async def test_patients_are_found_by_a_phone_they_share_and_not_by_one_given_up(desk: Desk) -> None:
    first = a_patient("patient-1", phones=("+15550100", "+15550101"))
    second = a_patient("patient-2", phones=("+15550100",))
    await save(desk, first, second)

    assert await desk.store.patients.with_phone("+1 555-0100") == (first, second)
    assert await desk.store.patients.with_phone("+15550101") == (first,)
    await save(desk, replace(first, phones=("+15550102",)))
    assert await desk.store.patients.with_phone("+15550101") == ()


async def test_cases_are_listed_urgent_first_then_by_due_time(desk: Desk) -> None:
    conversations = [(await desk.accept(sender=f"visitor-{number}")).conversation_id for number in range(3)]
    cases = [
        await desk.open_case(conversation_id, urgent=number == 2)
        for number, conversation_id in enumerate(conversations)
    ]

    listed = await desk.store.handoffs.listed([HandoffStatus.OPEN, HandoffStatus.CLAIMED])

    assert [case.id for case in listed] == [cases[2].id, cases[0].id, cases[1].id]
    assert await desk.store.handoffs.listed([HandoffStatus.CLOSED]) == ()
    assert await desk.store.handoffs.get(cases[0].id) == cases[0]


async def test_a_reminder_planned_twice_is_due_once_until_it_is_closed(desk: Desk) -> None:
    conversation_id: ConversationId = (await desk.accept()).conversation_id
    visit = a_visit()
    plan = PlanReminder(
        rule="day-before",
        appointment_id=visit.id,
        version=1,
        conversation_id=conversation_id,
        due_at=NOON + timedelta(hours=1),
    )
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit), plan, plan)))

    early = await desk.store.reminders.due(NOON)
    due = await desk.store.reminders.due(plan.due_at)
    end = CloseReminder(rule=plan.rule, appointment_id=visit.id, due_at=plan.due_at, outcome="sent")
    await desk.store.commits.commit(WriteSet(changes=(end,)))
    await desk.store.commits.commit(WriteSet(changes=(plan,)))

    assert (early, due) == ((), (plan,))
    assert await desk.store.reminders.due(plan.due_at) == ()


async def test_a_staff_account_is_found_by_name_and_id_and_changed(desk: Desk) -> None:
    account = StaffAccount(
        id=StaffId("staff-1"),
        username="nurse",
        display_name="Nurse One",
        roles=frozenset({Role.AGENT, Role.CLINICIAN}),
        password_digest="$argon2id$fake",
    )
    await desk.store.staff.save(account, audit=event("staff.added"))
    changed = replace(account, roles=frozenset({Role.AUDITOR}))
    first = await desk.store.staff.by_username("nurse")
    await desk.store.staff.save(changed, audit=event("staff.changed"))

    assert first == account
    assert await desk.store.staff.get(account.id) == changed
    assert await desk.store.staff.by_username("nobody") is None
    assert (await desk.store.audit.verify()).entries == 2


async def test_two_accounts_never_share_a_name(desk: Desk) -> None:
    first = StaffAccount(id=StaffId("staff-1"), username="nurse", display_name="N", roles=frozenset())
    await desk.store.staff.save(first, audit=event("staff.added"))

    with pytest.raises(StaleVersionError):
        await desk.store.staff.save(replace(first, id=StaffId("staff-2")), audit=event("staff.added"))

    assert (await desk.store.audit.verify()).entries == 1


async def test_a_session_lives_until_sign_out_or_until_its_account_is_disabled(desk: Desk) -> None:
    account = StaffAccount(id=StaffId("staff-1"), username="nurse", display_name="N", roles=frozenset())
    await desk.store.staff.save(account, audit=event("staff.added"))
    sessions = [
        StaffSession(
            token_digest=digest,
            staff_id=account.id,
            created_at=NOON,
            last_seen_at=NOON,
            expires_at=NOON + timedelta(hours=12),
            csrf="c",
        )
        for digest in ("digest-1", "digest-2")
    ]
    for session in sessions:
        await desk.store.staff.save_session(session)
    touched = replace(sessions[0], last_seen_at=NOON + timedelta(minutes=5))
    await desk.store.staff.save_session(touched)

    assert await desk.store.staff.session("digest-1") == touched
    await desk.store.staff.drop_session("digest-1")
    assert await desk.store.staff.session("digest-1") is None
    await desk.store.staff.save(replace(account, disabled=True), audit=event("staff.disabled"))
    assert await desk.store.staff.session("digest-2") is None


async def test_seeding_brings_in_all_a_snapshot_shows(desk: Desk) -> None:
    patient, visit = a_patient(), a_visit()
    results = [a_result("result-1", days=3), a_result("result-2", days=1)]
    await desk.store.seed(
        patients=[patient],
        appointments=[visit],
        results=results,
        medicines=[a_medicine()],
        audit=event("store.seeded", detail="1 patient"),
    )
    conversation_id = (await desk.accept()).conversation_id
    await desk.link(conversation_id, patient.id)

    snapshot = await desk.snapshot(conversation_id)
    assert snapshot.patient == patient
    assert snapshot.appointments == (visit,)
    assert snapshot.results == (results[1], results[0])
    assert snapshot.medicines == (a_medicine(),)


async def test_seeding_is_whole_or_not_at_all(desk: Desk) -> None:
    twice = [a_visit("visit-1"), a_visit("visit-2", slot=a_slot(minutes=10))]

    with pytest.raises(SlotTakenError):
        await desk.store.seed(patients=[a_patient()], appointments=twice, audit=event("store.seeded"))

    assert await desk.store.patients.get(PatientId("patient-1")) is None
    assert (await desk.store.audit.verify()).entries == 0


async def test_a_refill_asked_for_is_kept_with_the_medicine(desk: Desk) -> None:
    await desk.store.seed(patients=[a_patient()], medicines=[a_medicine()], audit=event("store.seeded"))
    asked = replace(a_medicine(), refill=RefillStatus.ASKED)
    await desk.store.seed(medicines=[asked], audit=event("store.seeded"))
    conversation_id = (await desk.accept()).conversation_id
    await desk.link(conversation_id, PatientId("patient-1"))

    assert (await desk.snapshot(conversation_id)).medicines == (asked,)


async def test_reads_and_writes_at_once_do_not_disturb_each_other(desk: Desk) -> None:
    await save(desk, a_patient())

    found = await asyncio.gather(
        *(desk.store.patients.with_phone("+15550100") for _ in range(50)),
        *(desk.accept(sender=f"visitor-{number}") for number in range(50)),
    )

    assert found[:50] == [(a_patient(),)] * 50
    assert len(await desk.store.inbox.waiting(NOON)) == 50


def a_result(result_id: str, *, days: int) -> TestResult:
    return TestResult(
        id=ResultId(result_id),
        patient_id=PatientId("patient-1"),
        test_name="blood-count",
        status=ResultStatus.FINAL,
        collected_at=NOON - timedelta(days=days),
        resulted_at=NOON,
        text=LocalText(texts=(("en", "Within the usual range."),), default="en"),
    )


def a_medicine() -> Medicine:
    return Medicine(
        id=MedicineId("medicine-1"),
        patient_id=PatientId("patient-1"),
        prescriber_id=ProviderId("dr-one"),
        kind="example-pill",
        strength="10 mg",
        pharmacy="corner",
        filled_on=date(2026, 2, 1),
        days_supplied=30,
        refills_left=2,
    )
