"""A member of staff takes a case: from that commit on the bot is silent and one named person answers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.usecases.speak import Speech
from bot.usecases.staff_desk import Act, CaseAtHand, CaseRefusal, HeldByColleague, StaffDesk
from domain.access import Permission
from domain.changes import SaveHandoff, WriteSet
from domain.dialogue.conversation import Conversation
from domain.dialogue.reply import Reply
from domain.handoff import Handoff, HandoffStatus, Owner, OwnerKind
from domain.ids import HandoffId, StaffId
from domain.staff import StaffAccount

PERSON_JOINED = "utter_person_joined"
"""Told once to the patient when a person takes over; its value `name` is their display name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The case is this person's; `already` when it was before."""

    handoff: Handoff
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHandoff:
    """Take an open case, or take it over from the colleague named in `take_from`; of two at once exactly one wins."""

    desk: StaffDesk

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, take_from: StaffId | None = None
    ) -> Claimed | CaseRefusal:
        """Claim the case. Raises UnavailableError."""

        async def decide(case: CaseAtHand) -> Act[Claimed | HeldByColleague]:
            if case.held_by_me:
                return Act(outcome=Claimed(handoff=case.handoff, already=True))
            if case.held_by_other and case.handoff.claimed_by != take_from:
                return Act(outcome=await self.desk.holder(case.handoff))
            handoff = taken(case)
            spoken = self.desk.spoken(case, (joined(self.desk, case),))
            write = WriteSet(
                conversation=owned(case),
                changes=(SaveHandoff(handoff=handoff, expected_version=case.handoff.version),),
                transcript=spoken.transcript,
                outbox=spoken.outbox,
                audit=(case.audit(claim_event(case), detail=case.handoff.claimed_by or ""),),
            )
            return Act(outcome=Claimed(handoff=handoff), write=write)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.CLAIM_CASE, decide=decide)


def taken(case: CaseAtHand) -> Handoff:
    """The case in this person's hands, acknowledged."""
    return replace(
        case.handoff,
        status=HandoffStatus.CLAIMED,
        claimed_by=case.staff.id,
        claimed_at=case.now,
        acknowledged_at=case.handoff.acknowledged_at or case.now,
        acknowledged_by=case.handoff.acknowledged_by or case.staff.id,
        version=case.handoff.version + 1,
    )


def owned(case: CaseAtHand) -> Conversation:
    """The conversation with this person as its one owner."""
    owner = Owner(kind=OwnerKind.PERSON, id=case.staff.id)
    return replace(case.snapshot.conversation, owner=owner, told_waiting=False)


def joined(desk: StaffDesk, case: CaseAtHand) -> Speech:
    """The words that announce the person."""
    return desk.word(case, Reply(key=PERSON_JOINED, values={"name": case.staff.display_name}))


def claim_event(case: CaseAtHand) -> str:
    """The audit's name for the claim."""
    return "handoff.taken_over" if case.held_by_other else "handoff.claimed"
