"""Reminders: each once, true at this moment, for those who may be written to, and never into a live talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.appointment import AppointmentStatus
from domain.changes import CloseReminder, PlanReminder
from domain.dialogue.conversation import Prompt
from domain.errors import FenceLostError
from domain.handoff import Owner, OwnerKind
from domain.ids import AppointmentId
from domain.outbox import TruthCheck
from tests.builders.desk import NOW, TALK, TESTA, proven_scene, time_at, visit
from tests.builders.dialogue import understood
from tests.fakes.records import FakeCalendar
from tests.fakes.turns import Turns
from tests.unit.bot.usecases.turns.arrange import turns

TOMORROW = time_at(24)


def clinic_that_reminds() -> Turns:
    there = visit(slot=TOMORROW)
    clinic = turns(
        scene=proven_scene(level=1, visits=[there], calendar=FakeCalendar(visits=[there])), yes=understood("affirm")
    )
    clinic.talk.reminders = [
        PlanReminder(
            rule="day_before",
            appointment_id=AppointmentId("visit-1"),
            version=1,
            conversation_id=TALK,
            due_at=NOW,
        )
    ]
    return clinic


def closed(clinic: Turns) -> list[str]:
    return [
        change.outcome for write in clinic.talk.writes for change in write.changes if isinstance(change, CloseReminder)
    ]


async def test_a_reminder_that_is_due_is_sent_and_asks_whether_the_patient_comes() -> None:
    clinic = clinic_that_reminds()

    count = await clinic.reminding()()

    assert (count, closed(clinic), clinic.talk.said()) == (1, ["sent"], ["utter_reminder"])
    assert clinic.talk.conversation.prompt is not None
    assert clinic.talk.conversation.prompt.slot == "coming"


async def test_a_reminder_names_the_visit_it_is_true_for_and_ends_with_it() -> None:
    clinic = clinic_that_reminds()

    await clinic.reminding()()

    [sent] = clinic.talk.writes[0].outbox
    assert sent.check == TruthCheck(appointment_id=AppointmentId("visit-1"), version=1)
    assert sent.expires_at == TOMORROW.starts_at
    assert clinic.renderer.rendered[0].values["slot"] == TOMORROW


async def test_a_second_round_sends_nothing() -> None:
    clinic = clinic_that_reminds()
    await clinic.reminding()()

    assert await clinic.reminding()() == 0
    assert len(clinic.talk.writes) == 1


async def test_an_answer_to_a_reminder_confirms_that_visit() -> None:
    clinic = clinic_that_reminds()
    await clinic.reminding()()
    clinic.talk.sends("yes")

    await clinic.run()

    assert clinic.talk.scene.visits[-1].status is AppointmentStatus.CONFIRMED
    assert clinic.talk.said() == ["utter_confirmed_generic"]


def with_patient(**fields: object) -> Callable[[Turns], None]:
    def arrange(clinic: Turns) -> None:
        clinic.talk.scene.patient = replace(TESTA, **fields)  # type: ignore[arg-type]  # Patient's own fields

    return arrange


def with_handle(**fields: object) -> Callable[[Turns], None]:
    def arrange(clinic: Turns) -> None:
        clinic.talk.scene.handle = replace(clinic.talk.scene.handle, **fields)  # type: ignore[arg-type]  # Handle's own

    return arrange


def with_visit(*found: object) -> Callable[[Turns], None]:
    def arrange(clinic: Turns) -> None:
        clinic.talk.scene.calendar.visits = list(found)  # type: ignore[arg-type]  # visits they are

    return arrange


def with_staff(clinic: Turns) -> None:
    owner = Owner(kind=OwnerKind.QUEUE, id="front_desk")
    clinic.talk.conversation = replace(clinic.talk.conversation, owner=owner)


WHY_NOT: dict[str, tuple[Callable[[Turns], None], str]] = {
    "the visit is gone": (with_visit(), "visit_changed"),
    "the visit was moved": (with_visit(visit(slot=TOMORROW, version=2)), "visit_changed"),
    "the visit was cancelled": (with_visit(visit(slot=TOMORROW, status=AppointmentStatus.CANCELLED)), "visit_changed"),
    "the visit has begun": (with_visit(visit(slot=time_at(0))), "too_late"),
    "the patient wants none": (with_patient(opted_out=True), "opted_out"),
    "the handle wants none": (with_handle(opted_out=True), "opted_out"),
    "a wrong number": (with_handle(frozen=True), "handle_closed"),
    "a dead number": (with_handle(suspended=True), "handle_closed"),
    "a death was reported": (with_handle(outreach_held=True), "handle_closed"),
    "the patient has died": (with_patient(deceased=True), "handle_closed"),
    "staff have the thread": (with_staff, "staff_have_the_thread"),
}


@pytest.mark.parametrize(("arrange", "reason"), WHY_NOT.values(), ids=WHY_NOT.keys())
async def test_a_reminder_that_may_not_go_is_closed_with_the_reason(
    arrange: Callable[[Turns], None], reason: str
) -> None:
    clinic = clinic_that_reminds()
    arrange(clinic)

    count = await clinic.reminding()()

    assert (count, closed(clinic)) == (1, [reason])
    [write] = clinic.talk.writes
    assert (write.outbox, write.transcript, write.conversation) == ((), (), None)
    assert [event.event for event in write.audit] == [f"reminder.suppressed.{reason}"]


@pytest.mark.parametrize(("ago", "waits"), [(9, True), (11, False)])
async def test_a_reminder_waits_for_a_live_talk_to_end(ago: int, waits: bool) -> None:  # noqa: FBT001  # a column
    clinic = clinic_that_reminds()
    clinic.talk.conversation = replace(
        clinic.talk.conversation,
        prompt=Prompt(id="p", slot="when", asked_at=NOW),
        last_patient_at=NOW - timedelta(minutes=ago),
    )

    count = await clinic.reminding()()

    assert count == (0 if waits else 1)
    assert bool(clinic.talk.reminders) is waits


async def test_a_claim_lost_to_a_turn_leaves_the_reminder_for_the_next_round() -> None:
    clinic = clinic_that_reminds()
    clinic.talk.failures = [FenceLostError("theirs")]

    first = await clinic.reminding()()
    second = await clinic.reminding()()

    assert (first, second) == (0, 1)
    assert clinic.talk.said() == ["utter_reminder"]
