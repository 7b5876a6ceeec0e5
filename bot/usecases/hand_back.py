"""A member of staff ends a case with an outcome: the bot owns the thread again and goes on where it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.usecases.add_note import note_entry
from bot.usecases.staff_desk import (
    Act,
    CaseAtHand,
    CaseRefusal,
    HeldByColleague,
    NotClaimed,
    PatientWroteSince,
    StaffDesk,
)
from bot.usecases.staff_words import UnusableText, cleaned, fault_of, unseen
from domain.access import Permission
from domain.changes import SaveHandoff, WriteSet
from domain.dialogue.reply import Reply
from domain.handoff import BOT, HandoffStatus
from domain.ids import ConversationId, EntryId, HandoffId
from domain.staff import StaffAccount

HANDED_BACK = "utter_handed_back"
"""Told to the patient when the bot answers again."""

Continue = Callable[[ConversationId], Awaitable[None]]
"""Let the bot take up the task that was open in a conversation."""


class Outcome(StrEnum):
    """How a case ended."""

    ANSWERED = "answered"
    ARRANGED = "arranged"
    CALLED = "called"
    EMERGENCY_SERVICES = "emergency_services"
    PASSED_ON = "passed_on"
    NO_ANSWER = "no_answer"
    NOTHING_NEEDED = "nothing_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBackForm:
    """How the case ended, in a code and perhaps a note, and the last transcript entry the reader had seen."""

    outcome: Outcome
    seen_seq: int
    note: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack:
    """The case is closed and the bot owns the thread; `resumes` when it had a task open."""

    conversation_id: ConversationId
    resumes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisesOpen:
    """The case has promises of its own that are neither kept nor handed on."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseHandedOnUnsaid:
    """A promise of the case was handed on and stays open, and the outcome given does not say so."""


HandBackOutcome = HandedBack | PatientWroteSince | PromisesOpen | PromiseHandedOnUnsaid | UnusableText | CaseRefusal
_Decided = HandedBack | PatientWroteSince | PromisesOpen | PromiseHandedOnUnsaid | HeldByColleague | NotClaimed


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """Close the case; only whoever has it may, so that nobody ends a colleague's talk."""

    desk: StaffDesk
    continue_with: Continue

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount, form: HandBackForm) -> HandBackOutcome:
        """Hand the conversation back, or say why not. Raises UnavailableError."""
        note = cleaned(form.note)
        if note and (fault := fault_of(note)):
            return fault

        async def decide(case: CaseAtHand) -> Act[_Decided]:
            return await self._decide(case, form, note)

        outcome = await self.desk.act(handoff_id, staff=staff, permission=Permission.HAND_BACK, decide=decide)
        if isinstance(outcome, HandedBack) and outcome.resumes:
            await self.continue_with(outcome.conversation_id)
        return outcome

    async def _decide(self, case: CaseAtHand, form: HandBackForm, note: str) -> Act[_Decided]:
        if case.held_by_other:
            return Act(outcome=await self.desk.holder(case.handoff))
        if not case.held_by_me:
            return Act(outcome=NotClaimed())
        if not form.confirmed and (stale := unseen(case, await self.desk.latest(case), form.seen_seq)):
            return Act(outcome=stale)
        if owed := _owed(case, form.outcome):
            return Act(outcome=owed)
        return self._closed(case, form, note)

    def _closed(self, case: CaseAtHand, form: HandBackForm, note: str) -> Act[_Decided]:
        before = case.snapshot.conversation
        closed = replace(
            case.handoff,
            status=HandoffStatus.CLOSED,
            closed_at=case.now,
            outcome=form.outcome.value,
            version=case.handoff.version + 1,
        )
        spoken = self.desk.spoken(case, (self.desk.word(case, Reply(key=HANDED_BACK)),))
        notes = (note_entry(case, EntryId(self.desk.ids()), note),) if note else ()
        write = WriteSet(
            conversation=replace(before, owner=BOT, told_waiting=False, misses=0),
            changes=(SaveHandoff(handoff=closed, expected_version=case.handoff.version),),
            transcript=(*notes, *spoken.transcript),
            outbox=spoken.outbox,
            audit=(case.audit("handoff.closed", detail=form.outcome.value),),
        )
        outcome = HandedBack(conversation_id=case.conversation_id, resumes=bool(before.frames))
        return Act(outcome=outcome, write=write)


def _owed(case: CaseAtHand, outcome: Outcome) -> PromisesOpen | PromiseHandedOnUnsaid | None:
    """What the clinic still owes from this case, if that keeps it from ending so."""
    own = [promise for promise in case.snapshot.promises if promise.handoff_id == case.handoff.id and promise.is_open]
    binding = sum(promise.binds(case.handoff.id) for promise in own)
    if binding:
        return PromisesOpen(count=binding)
    return PromiseHandedOnUnsaid() if own and outcome is not Outcome.PASSED_ON else None
