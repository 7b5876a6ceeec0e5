"""What staff look up: promises of everyone, visits asked for, registrations by chat; and a reminder's later version."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.appointment import AppointmentStatus
from domain.changes import CloseReminder, PlanReminder, SaveAppointment, SavePatient, SavePromise, WriteSet
from domain.errors import StaleVersionError
from domain.ids import ConversationId, HandoffId, PromiseId, StaffId
from domain.promise import Promise, PromiseKind
from tests.builders.storage import NOON, Desk, a_patient, a_slot, a_visit

BORN = a_patient().birth_date


async def a_promise(desk: Desk, name: str, *, hours: int = 1, sender: str = "visitor-1") -> Promise:
    accepted = await desk.accept(sender=sender)
    snapshot = await desk.snapshot(accepted.conversation_id)
    promise = Promise(
        id=PromiseId(name),
        conversation_id=accepted.conversation_id,
        subject_id=snapshot.handle.subject_id,
        kind=PromiseKind.CALLBACK,
        queue="front-desk",
        detail="call her back",
        made_at=NOON,
        due_at=NOON + timedelta(hours=hours),
        who="a nurse",
        made_by=StaffId("staff-1"),
        handoff_id=HandoffId("case-1"),
    )
    await desk.store.commits.commit(WriteSet(changes=(SavePromise(promise=promise),)))
    return promise


async def test_open_promises_of_every_conversation_are_listed_by_due_time(desk: Desk) -> None:
    late = await a_promise(desk, "p-1", hours=3)
    soon = await a_promise(desk, "p-2", hours=1, sender="visitor-2")
    done = await a_promise(desk, "p-3", hours=2)
    kept = replace(done, kept_at=NOON, kept_by=StaffId("staff-1"), version=2)
    await desk.store.commits.commit(WriteSet(changes=(SavePromise(promise=kept),)))

    assert await desk.store.promises.open() == (soon, late)
    assert await desk.store.promises.open(limit=1) == (soon,)
    assert await desk.store.promises.get(done.id) == kept
    assert await desk.store.promises.get(PromiseId("none")) is None


async def test_a_promise_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    promise = await a_promise(desk, "p-1")
    await desk.store.commits.commit(
        WriteSet(changes=(SavePromise(promise=replace(promise, handed_on_at=NOON, version=3)),))
    )

    with pytest.raises(StaleVersionError):
        await desk.store.commits.commit(
            WriteSet(changes=(SavePromise(promise=replace(promise, kept_at=NOON, version=2)),))
        )

    assert (await desk.store.promises.open())[0].handed_on_at == NOON


async def test_what_was_promised_is_sealed(desk: Desk) -> None:
    await a_promise(desk, "p-1")

    assert await desk.counted("SELECT count(*) FROM promises WHERE instr(sealed, 'nurse') > 0") == 0
    assert await desk.counted("SELECT count(*) FROM promises") == 1


async def test_visits_asked_for_are_listed_until_decided_or_past(desk: Desk) -> None:
    asked = replace(a_visit("visit-1", slot=a_slot(NOON + timedelta(days=2))), status=AppointmentStatus.REQUESTED)
    booked = a_visit("visit-2", slot=a_slot(NOON + timedelta(days=3)))
    past = replace(a_visit("visit-3", slot=a_slot(NOON - timedelta(days=1))), status=AppointmentStatus.REQUESTED)
    changes = tuple(SaveAppointment(appointment=visit) for visit in (asked, booked, past))
    await desk.store.commits.commit(WriteSet(changes=changes))

    before = await desk.store.calendar.requested(NOON)
    decided = replace(asked, status=AppointmentStatus.BOOKED, version=2)
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=decided, expected_version=1),)))

    assert before == (asked,)
    assert await desk.store.calendar.requested(NOON) == ()


async def test_registrations_wait_until_taken_up_or_declined_and_the_declined_match_nobody(desk: Desk) -> None:
    pending = replace(a_patient("patient-1"), pending=True)
    other = replace(a_patient("patient-2", family="Otherson", phones=("+15550109",)), pending=True)
    numbered = replace(a_patient("patient-3", family="Thirdson"), mrn="A-3")
    await desk.store.commits.commit(
        WriteSet(changes=tuple(SavePatient(patient=patient) for patient in (pending, other, numbered)))
    )

    both = await desk.store.patients.pending()
    await desk.store.commits.commit(
        WriteSet(
            changes=(
                SavePatient(patient=replace(pending, pending=False)),
                SavePatient(patient=replace(other, declined=True)),
            )
        )
    )

    assert both == (pending, other)
    assert await desk.store.patients.pending() == ()
    assert await desk.store.patients.matching(family_name="Otherson", birth_date=BORN) == ()
    assert await desk.store.patients.with_phone("+15550109") == ()
    assert len(await desk.store.patients.matching(family_name="Exampleson", birth_date=BORN)) == 1


async def test_an_open_reminder_follows_its_visit_to_a_later_version_and_a_closed_one_stays(desk: Desk) -> None:
    conversation_id: ConversationId = (await desk.accept()).conversation_id
    visit = a_visit("visit-1")
    plan = PlanReminder(
        rule="day_before", appointment_id=visit.id, version=1, conversation_id=conversation_id, due_at=NOON
    )
    later = replace(plan, version=2)
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit), plan)))

    await desk.store.commits.commit(WriteSet(changes=(later, plan)))
    followed = await desk.store.reminders.due(NOON)
    end = CloseReminder(rule=plan.rule, appointment_id=visit.id, due_at=NOON, outcome="sent")
    await desk.store.commits.commit(WriteSet(changes=(end, replace(plan, version=3))))

    assert followed == (later,)
    assert await desk.store.reminders.due(NOON) == ()
