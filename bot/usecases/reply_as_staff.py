"""A member of staff writes to the patient: kept and queued for sending in one transaction, once however often sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.usecases.claim_handoff import claim_event, joined, owned, taken
from bot.usecases.heard_promise import HeardPromise, PromiseEar
from bot.usecases.speak import Speech
from bot.usecases.staff_desk import (
    Act,
    CaseAtHand,
    CaseRefusal,
    HeldByColleague,
    PatientWroteSince,
    StaffDesk,
    entry_id,
)
from bot.usecases.staff_words import UnusableText, cleaned, fault_of, unseen
from domain.access import Permission
from domain.changes import SaveHandoff, WriteSet
from domain.ids import EntryId, HandoffId
from domain.message import OutboundMessage
from domain.ports import Rendered
from domain.staff import StaffAccount
from domain.transcript import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReply:
    """What a page sends: its own id for this text, and the last transcript entry its reader had seen.

    `confirmed` sends although the patient wrote since.
    """

    client_id: str
    text: str
    seen_seq: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """The words are kept and on their way; `repeated` when they were already."""

    entry_id: EntryId
    repeated: bool = False
    heard: HeardPromise | None = None
    """What the words promise, for the page to offer as a promise with a due time; the words stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotReach:
    """The channel no longer takes messages for this patient: nothing was sent, another way is needed."""


ReplyOutcome = Replied | PatientWroteSince | UnusableText | CannotReach | CaseRefusal
_Decided = Replied | PatientWroteSince | CannotReach | HeldByColleague


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAsStaff:
    """Write to the patient; writing on a case nobody has takes it in the same transaction."""

    desk: StaffDesk
    ear: PromiseEar | None = None

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount, reply: StaffReply) -> ReplyOutcome:
        """Send the words, or say why not. Raises UnavailableError."""
        text = cleaned(reply.text)
        if fault := fault_of(text):
            return fault

        async def decide(case: CaseAtHand) -> Act[_Decided]:
            return await self._decide(case, reply, text)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.REPLY, decide=decide)

    async def _decide(self, case: CaseAtHand, reply: StaffReply, text: str) -> Act[_Decided]:
        if case.held_by_other:
            return Act(outcome=await self.desk.holder(case.handoff))
        entries = await self.desk.latest(case)
        ours = entry_id(case, reply.client_id)
        if any(entry.id == ours for entry in entries):
            return Act(outcome=Replied(entry_id=ours, repeated=True))
        if case.snapshot.handle.suspended:
            return Act(outcome=CannotReach())
        if not reply.confirmed and (stale := unseen(case, entries, reply.seen_seq)):
            return Act(outcome=stale)
        language = case.snapshot.conversation.language
        heard = self.ear.hear(text, now=case.now, language=language) if self.ear else None
        return Act(outcome=Replied(entry_id=ours, heard=heard), write=self._write(case, text, ours))

    def _write(self, case: CaseAtHand, text: str, ours: EntryId) -> WriteSet:
        words = Speech(
            rendered=Rendered(key="", message=OutboundMessage(text=text)), author=Author.STAFF, author_id=case.staff.id
        )
        takes = not case.held_by_me
        spoken = self.desk.spoken(case, (joined(self.desk, case), words) if takes else (words,))
        transcript = (*spoken.transcript[:-1], replace(spoken.transcript[-1], id=ours))
        changes = (SaveHandoff(handoff=taken(case), expected_version=case.handoff.version),) if takes else ()
        claim = (case.audit(claim_event(case)),) if takes else ()
        return WriteSet(
            conversation=owned(case) if takes else None,
            changes=changes,
            transcript=transcript,
            outbox=spoken.outbox,
            audit=(*claim, case.audit("handoff.replied")),
        )
