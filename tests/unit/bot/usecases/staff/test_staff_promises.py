"""What staff promise: kept with the case, which does not end on it; visible to those who work in its queue."""

from dataclasses import replace
from datetime import timedelta

from bot.understanding_room import ClinicTimes
from bot.usecases.claim_handoff import ClaimHandoff
from bot.usecases.hand_back import (
    HandBack,
    HandBackForm,
    HandedBack,
    Outcome,
    PromiseHandedOnUnsaid,
    PromisesOpen,
)
from bot.usecases.heard_promise import PromiseEar
from bot.usecases.list_cases import ListCases
from bot.usecases.reply_as_staff import Replied, ReplyAsStaff, StaffReply
from bot.usecases.staff_desk import NoSuchCase, StaffDesk
from bot.usecases.staff_promises import (
    HandOnPromise,
    KeepPromise,
    ListPromises,
    MakePromise,
    NewPromise,
    NoSuchPromise,
    PromiseKept,
    PromiseMade,
    UnclearTime,
)
from bot.web.inbox.words import load_promise_phrases
from domain.handoff import EscalationReason, Handoff
from domain.ids import ConversationId, PromiseId
from domain.promise import Promise, PromiseKind
from tests.fakes.staff import DESK_TWO, FRONT, NURSE, FakeClinic, demo_clinic
from tests.fakes.staff_ports import FakePromises, desk_of


def ear() -> PromiseEar:
    return PromiseEar(times=ClinicTimes(demo_clinic().zone), clinic=demo_clinic, phrases=load_promise_phrases())


async def a_held_case(**fields: object) -> tuple[FakeClinic, StaffDesk, Handoff]:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO, NURSE)
    case = clinic.patient_waits("please call me", **fields)  # type: ignore[arg-type]  # keywords are the builder's own
    desk = desk_of(clinic)
    holder = FRONT if case.queue == "front_desk" else NURSE
    await ClaimHandoff(desk=desk)(case.id, staff=holder)
    return clinic, desk, case


async def promised(desk: StaffDesk, case: Handoff, *, when: str = "3 pm") -> Promise:
    make = MakePromise(desk=desk, ear=ear())
    staff = FRONT if case.queue == "front_desk" else NURSE
    made = await make(case.id, staff=staff, promise=NewPromise(what="Call her back", who="a nurse", due_words=when))
    assert isinstance(made, PromiseMade)
    return made.promise


def hand_back(desk: StaffDesk) -> HandBack:
    async def resume(_: ConversationId) -> None:
        return None

    return HandBack(desk=desk, continue_with=resume)


def ended(outcome: Outcome) -> HandBackForm:
    return HandBackForm(outcome=outcome, seen_seq=2)


async def test_a_promise_keeps_what_who_and_by_when_and_tells_the_patient_nothing() -> None:
    clinic, desk, case = await a_held_case()
    sent = len(clinic.outbox)

    promise = await promised(desk, case)

    assert (promise.detail, promise.who, promise.made_by, promise.queue) == (
        "Call her back",
        "a nurse",
        FRONT.id,
        "front_desk",
    )
    assert promise.due_at.astimezone(demo_clinic().zone).hour == 15
    assert len(clinic.outbox) == sent
    assert clinic.audit[-1].event == "promise.made"
    assert "Call" not in repr(clinic.audit[-1])


async def test_a_time_that_cannot_be_read_makes_no_promise() -> None:
    clinic, desk, case = await a_held_case()
    make = MakePromise(desk=desk, ear=ear())

    outcomes = [
        await make(case.id, staff=FRONT, promise=NewPromise(what="Call", due_words="soon")),
        await make(case.id, staff=FRONT, promise=NewPromise(what="Call", due_at=clinic.clock.now())),
        await make(
            case.id, staff=FRONT, promise=NewPromise(what="Call", due_at=clinic.clock.now() + timedelta(days=400))
        ),
    ]

    assert outcomes == [UnclearTime()] * 3
    assert clinic.promises == {}


async def test_no_case_ends_while_a_promise_of_its_own_is_open() -> None:
    clinic, desk, case = await a_held_case()
    promise = await promised(desk, case)

    refused = await hand_back(desk)(case.id, staff=FRONT, form=ended(Outcome.CALLED))
    kept = await KeepPromise(desk=desk, promises=FakePromises(clinic))(promise.id, staff=FRONT)
    done = await hand_back(desk)(case.id, staff=FRONT, form=ended(Outcome.CALLED))

    assert refused == PromisesOpen(count=1)
    assert isinstance(kept, PromiseKept)
    assert isinstance(done, HandedBack)
    assert clinic.promises[promise.id].kept_by == FRONT.id


async def test_a_promise_handed_on_lets_the_case_end_when_its_outcome_says_so() -> None:
    clinic, desk, case = await a_held_case()
    promise = await promised(desk, case)
    await HandOnPromise(desk=desk, promises=FakePromises(clinic))(promise.id, staff=FRONT)

    unsaid = await hand_back(desk)(case.id, staff=FRONT, form=ended(Outcome.ANSWERED))
    done = await hand_back(desk)(case.id, staff=FRONT, form=ended(Outcome.PASSED_ON))

    assert unsaid == PromiseHandedOnUnsaid()
    assert isinstance(done, HandedBack)
    assert clinic.promises[promise.id].is_open, "handed on is not kept"


async def test_what_the_bot_promised_binds_no_case() -> None:
    clinic, desk, case = await a_held_case()
    bots = Promise(
        id=PromiseId("bots"),
        conversation_id=case.conversation_id,
        subject_id=case.subject_id,
        kind=PromiseKind.REFILL,
        queue="nurse_today",
        detail="the blue pills",
        made_at=clinic.clock.now(),
        due_at=clinic.clock.now() + timedelta(hours=2),
    )
    clinic.promises[bots.id] = bots

    done = await hand_back(desk)(case.id, staff=FRONT, form=ended(Outcome.ANSWERED))

    assert isinstance(done, HandedBack)


async def test_a_reply_that_promises_is_sent_unchanged_and_the_promise_offered() -> None:
    clinic, desk, case = await a_held_case()
    reply = StaffReply(client_id="page-0001", text="A nurse will call by 3.", seen_seq=2)

    outcome = await ReplyAsStaff(desk=desk, ear=ear())(case.id, staff=FRONT, reply=reply)

    assert isinstance(outcome, Replied)
    assert outcome.heard is not None
    assert outcome.heard.kind is PromiseKind.CALLBACK
    assert clinic.outbox[-1].message.text == "A nurse will call by 3."
    assert clinic.promises == {}, "offered, not made"


async def test_a_promise_of_another_queue_is_neither_listed_nor_touched() -> None:
    clinic, desk, case = await a_held_case(queue="safeguarding", reason=EscalationReason.SAFEGUARDING)
    promise = await promised(desk, case)
    promises = FakePromises(clinic)

    listed = await ListPromises(desk=desk, promises=promises)(FRONT)
    kept = await KeepPromise(desk=desk, promises=promises)(promise.id, staff=FRONT)
    handed_on = await HandOnPromise(desk=desk, promises=promises)(promise.id, staff=FRONT)
    guessed = await KeepPromise(desk=desk, promises=promises)(PromiseId("no-such"), staff=FRONT)

    assert listed.rows == ()
    assert kept == handed_on == guessed == NoSuchPromise()
    assert clinic.promises[promise.id].is_open
    assert [event.outcome for event in clinic.audit if event.event == "access.denied"] == ["denied", "denied"]


async def test_a_protection_matter_in_a_general_queue_promises_in_the_restricted_one() -> None:
    clinic, desk, case = await a_held_case(reason=EscalationReason.SAFEGUARDING, queue="billing")

    promise = await promised(desk, case)

    assert promise.queue == "safeguarding"
    assert (await ListPromises(desk=desk, promises=FakePromises(clinic))(FRONT)).rows == ()


async def test_nobody_promises_on_a_case_they_may_not_work_on() -> None:
    clinic, desk, case = await a_held_case(queue="nurse_today")

    outcome = await MakePromise(desk=desk, ear=ear())(
        case.id, staff=FRONT, promise=NewPromise(what="Call", due_words="3 pm")
    )

    assert outcome == NoSuchCase()
    assert clinic.promises == {}


async def test_what_is_overdue_stands_first_after_what_is_urgent() -> None:
    clinic, desk, case = await a_held_case()
    await promised(desk, case)
    clinic.patient_waits("b", due_in=timedelta(hours=30))
    urgent = clinic.patient_waits("c", urgent=True, due_in=timedelta(hours=40))
    clinic.cases[case.id] = replace(clinic.cases[case.id], due_at=clinic.clock.now() + timedelta(hours=35))
    before = [row.handoff.id for row in (await ListCases(desk=desk)(FRONT)).rows]
    clinic.clock.forward(hours=6)

    rows = (await ListCases(desk=desk)(FRONT)).rows
    owed = await ListPromises(desk=desk, promises=FakePromises(clinic))(FRONT)

    assert before[0] == urgent.id
    assert before[-1] == case.id
    assert [row.handoff.id for row in rows[:2]] == [urgent.id, case.id]
    assert rows[1].late(clinic.clock.now())
    assert owed.overdue == 1
