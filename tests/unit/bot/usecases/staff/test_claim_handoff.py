"""Taking a case: exactly one person, the bot silent from that commit on, the patient told once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.live import LiveHub
from bot.usecases.claim_handoff import Claimed, ClaimHandoff
from bot.usecases.staff_desk import TRIES, CaseClosed, HeldByColleague, NoSuchCase, StaffDesk, TryAgain
from domain.handoff import HandoffStatus, Owner, OwnerKind
from domain.ids import ConversationId, HandoffId, PatientId
from domain.message import Address
from domain.ports import Claim, TurnSnapshot
from domain.transcript import TranscriptEntry
from tests.fakes.staff import ADMIN, DESK_TWO, FRONT, NURSE, FakeClinic
from tests.fakes.staff_ports import desk_of


def clinic_with_staff() -> FakeClinic:
    clinic = FakeClinic()
    clinic.hire(FRONT, DESK_TWO, NURSE, ADMIN)
    return clinic


async def test_a_claim_gives_the_conversation_to_one_named_person() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")

    outcome = await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT)

    now = clinic.case(case)
    assert outcome == Claimed(handoff=now)
    assert (now.status, now.claimed_by, now.claimed_at) == (HandoffStatus.CLAIMED, FRONT.id, clinic.clock.now())
    assert now.acknowledged_at == clinic.clock.now()
    assert clinic.talk_of(case).owner == Owner(kind=OwnerKind.PERSON, id=FRONT.id)
    assert clinic.events() == ["handoff.claimed"]


async def test_the_patient_is_told_once_who_joined() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    claim = ClaimHandoff(desk=desk_of(clinic))

    await claim(case.id, staff=FRONT)
    again = await claim(case.id, staff=FRONT)

    assert isinstance(again, Claimed)
    assert again.already
    assert [item.message.text for item in clinic.outbox] == ["utter_person_joined Robin Sample"]
    assert clinic.said(case)[-1].key == "utter_person_joined"
    assert clinic.outbox_rings == 1


async def test_a_turn_begun_before_the_claim_can_no_longer_commit() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    bots = await clinic.claim(case.conversation_id)

    await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert clinic.fences[case.conversation_id] > bots.fence
    assert case.conversation_id in clinic.woken, "the worker whose turn was lost is woken"


async def test_of_two_at_once_exactly_one_wins_and_the_other_learns_who() -> None:
    for _ in range(50):
        clinic = clinic_with_staff()
        case = clinic.patient_waits("a person please")
        claim = ClaimHandoff(desk=slow_desk(clinic))

        outcomes = await asyncio.gather(claim(case.id, staff=FRONT), claim(case.id, staff=DESK_TWO))

        winners = [outcome for outcome in outcomes if isinstance(outcome, Claimed)]
        losers = [outcome for outcome in outcomes if isinstance(outcome, HeldByColleague)]
        assert (len(winners), len(losers)) == (1, 1)
        assert losers[0].staff_id == winners[0].handoff.claimed_by == clinic.talk_of(case).owner.id
        assert len(clinic.outbox) == 1


async def test_of_two_processes_exactly_one_wins() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    here, there = ClaimHandoff(desk=slow_desk(clinic)), ClaimHandoff(desk=slow_desk(clinic))

    outcomes = await asyncio.gather(here(case.id, staff=FRONT), there(case.id, staff=DESK_TWO))

    assert sum(isinstance(outcome, Claimed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, HeldByColleague | TryAgain) for outcome in outcomes) == 1
    assert len(clinic.outbox) == 1


async def test_a_case_is_taken_over_only_from_the_person_named() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    claim = ClaimHandoff(desk=desk_of(clinic))
    await claim(case.id, staff=FRONT)

    refused = await claim(case.id, staff=NURSE, take_from=DESK_TWO.id)
    taken = await claim(case.id, staff=NURSE, take_from=FRONT.id)

    assert refused == HeldByColleague(staff_id=FRONT.id, name="Robin Sample")
    assert isinstance(taken, Claimed)
    assert clinic.talk_of(case).owner.id == NURSE.id
    assert clinic.events() == ["handoff.claimed", "handoff.taken_over"]
    assert clinic.audit[-1].detail == FRONT.id


async def test_a_lost_fence_is_tried_again() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    clinic.interrupts = [clinic.bot_turn(case), clinic.bot_turn(case)]

    outcome = await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert isinstance(outcome, Claimed)
    assert len(clinic.outbox) == 1
    assert clinic.woken == [case.conversation_id], "not between tries: the worker would claim in our way"


async def test_after_too_many_lost_fences_nothing_has_changed() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    clinic.interrupts = [clinic.bot_turn(case) for _ in range(TRIES)]

    outcome = await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert outcome == TryAgain()
    assert clinic.case(case) == case
    assert clinic.writes == []


async def test_a_case_out_of_reach_is_no_case_and_the_try_is_audited() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("it hurts", queue="nurse_today")

    outcome = await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT)

    assert outcome == NoSuchCase() == await ClaimHandoff(desk=desk_of(clinic))(HandoffId("none"), staff=FRONT)
    assert [(event.event, event.outcome, event.actor.id) for event in clinic.audit] == [
        ("access.denied", "denied", FRONT.id)
    ]
    assert clinic.fences[case.conversation_id] == 0, "a refused try costs the bot nothing"


async def test_a_case_that_moved_to_a_closer_queue_meanwhile_is_out_of_reach() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    desk = moving_desk(clinic, case.id, queue="safeguarding")

    outcome = await ClaimHandoff(desk=desk)(case.id, staff=FRONT)

    assert outcome == NoSuchCase()
    assert clinic.case(case).claimed_by is None


async def test_a_closed_case_cannot_be_claimed() -> None:
    clinic = clinic_with_staff()
    case = clinic.patient_waits("a person please")
    clinic.cases[case.id] = replace(case, status=HandoffStatus.CLOSED)

    assert await ClaimHandoff(desk=desk_of(clinic))(case.id, staff=FRONT) == CaseClosed()


async def test_watchers_are_told_after_the_commit_that_the_owner_changed() -> None:
    clinic, hub = clinic_with_staff(), LiveHub()
    case = clinic.patient_waits("a person please")

    with hub.watch(case.conversation_id) as watch:
        await ClaimHandoff(desk=desk_of(clinic, hub=hub))(case.id, staff=FRONT)
        event = await watch.get()

    assert event is not None
    assert "handoff.claimed" in event.acts
    assert [entry.key for entry in event.entries] == ["utter_person_joined"]


@dataclass
class ClaimsIn:
    """The clinic's conversations with something happening just after or before each claim."""

    clinic: FakeClinic
    before: Callable[[], None] = lambda: None

    async def claim(self, conversation_id: ConversationId) -> Claim:
        self.before()
        claim = await self.clinic.claim(conversation_id)
        await asyncio.sleep(0)
        return claim

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
        return await self.clinic.snapshot(conversation_id, now)

    async def of_address(self, address: Address) -> ConversationId | None:
        return await self.clinic.of_address(address)

    async def of_patient(self, patient_id: PatientId) -> tuple[ConversationId, ...]:
        return await self.clinic.of_patient(patient_id)

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        return await self.clinic.transcript(conversation_id, after_seq=after_seq, limit=limit)


def slow_desk(clinic: FakeClinic) -> StaffDesk:
    """A desk that lets others go first between its claim and its commit."""
    return replace(desk_of(clinic), conversations=ClaimsIn(clinic))


def moving_desk(clinic: FakeClinic, case_id: HandoffId, *, queue: str) -> StaffDesk:
    """A desk on which the case is moved while it is being claimed."""

    def move() -> None:
        clinic.cases[case_id] = replace(clinic.cases[case_id], queue=queue, version=2)

    return replace(desk_of(clinic), conversations=ClaimsIn(clinic, before=move))
