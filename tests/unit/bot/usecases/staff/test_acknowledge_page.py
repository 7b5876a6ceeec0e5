"""Pages: an urgent case calls until somebody says they have seen it, once for everyone; a new red flag calls anew."""

import asyncio
from dataclasses import replace

from bot.usecases.acknowledge_page import Acknowledged, AcknowledgePage
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.handoffs import HandoffContext, handoff_changes
from bot.usecases.staff_desk import NoSuchCase
from domain.changes import SaveHandoff
from domain.dialogue.events import Escalated
from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.ids import StaffId
from tests.fakes.staff import FRONT, NURSE, FakeClinic, demo_clinic
from tests.fakes.staff_ports import desk_of

SECOND_NURSE = replace(NURSE, id=StaffId("staff-nurse-2"), username="ira", display_name="Ira Example")


def an_emergency() -> tuple[FakeClinic, Handoff]:
    clinic = FakeClinic()
    clinic.hire(FRONT, NURSE, SECOND_NURSE)
    case = clinic.patient_waits("x", queue="nurse_now", reason=EscalationReason.EMERGENCY, urgent=True)
    return clinic, case


async def test_whoever_saw_it_first_is_kept_and_the_case_still_waits() -> None:
    clinic, case = an_emergency()
    see = AcknowledgePage(desk=desk_of(clinic))
    paged = clinic.case(case).pages

    outcomes = await asyncio.gather(see(case.id, staff=NURSE), see(case.id, staff=SECOND_NURSE))

    now = clinic.case(case)
    assert paged
    assert sorted(item.already for item in outcomes if isinstance(item, Acknowledged)) == [False, True]
    assert (now.acknowledged_by, now.acknowledged_at) == (NURSE.id, clinic.clock.now())
    assert (now.pages, now.status) == (False, HandoffStatus.OPEN)
    assert clinic.events().count("handoff.acknowledged") == 1
    assert clinic.outbox == [], "nobody tells the patient that someone comes"


async def test_taking_the_case_answers_its_page() -> None:
    clinic, case = an_emergency()

    await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=NURSE)

    assert (clinic.case(case).pages, clinic.case(case).acknowledged_by) == (False, NURSE.id)


async def test_a_page_of_a_queue_out_of_reach_is_not_answered() -> None:
    clinic, case = an_emergency()

    assert await AcknowledgePage(desk=desk_of(clinic))(case.id, staff=FRONT) == NoSuchCase()
    assert clinic.case(case).pages


async def test_a_new_red_flag_pages_anew() -> None:
    clinic, case = an_emergency()
    await AcknowledgePage(desk=desk_of(clinic))(case.id, staff=NURSE)
    context = HandoffContext(
        conversation=clinic.talk_of(case),
        open_now=clinic.case(case),
        clinic=demo_clinic(),
        subject_id=case.subject_id,
        said="y",
        tasks=(),
        now=clinic.clock.now(),
        new_id=clinic.ids,
    )

    [again] = handoff_changes((Escalated(reason=EscalationReason.SELF_HARM, queue="crisis", urgent=True),), context)
    [calm] = handoff_changes((Escalated(reason=EscalationReason.ASKED, queue="front_desk"),), context)

    assert isinstance(again, SaveHandoff)
    assert isinstance(calm, SaveHandoff)
    assert again.handoff.pages
    assert not calm.handoff.pages
