"""What every act of staff on a case shares: permission, fence, one transaction, a bounded number of tries."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from bot.live import Committed, LiveHub
from bot.usecases.speak import Speech, Spoken, speak
from domain.access import Permission, QueueKind, kind_of, may, may_in
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import WriteSet
from domain.dialogue.reply import Reply
from domain.errors import FenceLostError, StaleVersionError
from domain.handoff import Handoff, HandoffStatus
from domain.ids import ConversationId, EntryId, HandoffId, StaffId, TurnId
from domain.ports import (
    Audience,
    Claim,
    Clock,
    Commits,
    Conversations,
    Handoffs,
    IdSource,
    Renderer,
    StaffAccounts,
    TurnSnapshot,
)
from domain.staff import StaffAccount
from domain.transcript import TranscriptEntry

TRIES = 5
"""How often an act is decided anew when a turn or a colleague came between; then the person is asked to try again."""

_OURS = uuid.UUID("6f3c0c52-6a7e-5d2b-9a3c-2f6f0f1d7a10")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchCase:
    """There is no such case, or this person may not do that on it: both are told alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """The case was closed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldByColleague:
    """Someone else has the case."""

    staff_id: StaffId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotClaimed:
    """Nobody has the case yet; claim it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientWroteSince:
    """The patient wrote something this person had not seen; `latest_seq` is the last entry there is now."""

    latest_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """Too much happened at once on this conversation; nothing was changed."""


CaseRefusal = NoSuchCase | CaseClosed | HeldByColleague | NotClaimed | TryAgain


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAtHand:
    """A case as it stands under our fence, and who wants to act on it."""

    handoff: Handoff
    snapshot: TurnSnapshot
    staff: StaffAccount
    now: datetime
    turn_id: TurnId

    @property
    def conversation_id(self) -> ConversationId:
        """The conversation the case is about."""
        return self.handoff.conversation_id

    @property
    def held_by_other(self) -> bool:
        """A colleague has claimed it."""
        return self.handoff.status is HandoffStatus.CLAIMED and self.handoff.claimed_by != self.staff.id

    @property
    def held_by_me(self) -> bool:
        """This person has claimed it."""
        return self.handoff.status is HandoffStatus.CLAIMED and self.handoff.claimed_by == self.staff.id

    def audit(self, event: str, *, detail: str = "") -> AuditEvent:
        """The trace of an act on this case."""
        return replace(
            case_event(self.handoff, self.staff, event, now=self.now, action=AuditAction.UPDATE), detail=detail
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkAtHand:
    """A conversation as it stands under our fence, where no case is needed to act on it."""

    snapshot: TurnSnapshot
    now: datetime
    turn_id: TurnId

    @property
    def conversation_id(self) -> ConversationId:
        """The conversation."""
        return self.snapshot.conversation.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Generic[T]):
    """What was decided: the outcome, and what to write for it (None: nothing)."""

    outcome: T
    write: WriteSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDesk:
    """What staff use cases work with. `kinds` tells how closely each queue is kept.

    `wake` wakes the worker of a conversation's turns, `wake_outbox` the one that sends.
    """

    conversations: Conversations
    handoffs: Handoffs
    commits: Commits
    accounts: StaffAccounts
    renderer: Renderer
    clock: Clock
    ids: IdSource
    kinds: Callable[[], Mapping[str, QueueKind]]
    hub: LiveHub
    wake: Callable[[ConversationId], None]
    wake_outbox: Callable[[], None]
    _locks: WeakValueDictionary[ConversationId, asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False, repr=False, compare=False
    )

    def may(self, staff: StaffAccount, permission: Permission, case: Handoff) -> bool:
        """The policy's word on one case."""
        return may(staff, permission, case, kind_of(case, self.kinds()))

    def may_in(self, staff: StaffAccount, permission: Permission, queue: str) -> bool:
        """Ask the policy about something that stands in a queue and is nobody's case."""
        return may_in(staff, permission, self.kinds().get(queue, QueueKind.RESTRICTED))

    async def permitted(self, handoff_id: HandoffId, staff: StaffAccount, permission: Permission) -> Handoff | None:
        """The case, if there is one and the policy agrees; a refusal is audited."""
        case = await self.handoffs.get(handoff_id)
        if case is None:
            return None
        if self.may(staff, permission, case):
            return case
        denied = case_event(
            case, staff, "access.denied", now=self.clock.now(), action=AuditAction.READ, purpose=permission.value
        )
        await self.commits.commit(WriteSet(audit=(replace(denied, outcome="denied"),)))
        return None

    async def act(
        self,
        handoff_id: HandoffId,
        *,
        staff: StaffAccount,
        permission: Permission,
        decide: Callable[[CaseAtHand], Awaitable[Act[T]]],
    ) -> T | CaseRefusal:
        """Decide under the fence and commit; decide anew when something came between. Raises UnavailableError."""
        case = await self.permitted(handoff_id, staff, permission)
        if case is None:
            return NoSuchCase()
        if case.status is HandoffStatus.CLOSED:
            return CaseClosed()
        # Two people here act one after the other; the fence is for turns, and for other processes.
        lock = self._locks.setdefault(case.conversation_id, asyncio.Lock())
        async with lock:
            try:
                for _ in range(TRIES):
                    try:
                        return await self._once(case, staff=staff, permission=permission, decide=decide)
                    except (FenceLostError, StaleVersionError):
                        continue
                return TryAgain()
            finally:
                # Our claims may have cost a worker its turn: what the patient wrote must not wait for the next tick.
                # Only now: a worker woken earlier would claim, and cost us our next try.
                self.wake(case.conversation_id)

    async def _once(
        self,
        case: Handoff,
        *,
        staff: StaffAccount,
        permission: Permission,
        decide: Callable[[CaseAtHand], Awaitable[Act[T]]],
    ) -> T | CaseRefusal:
        claim, snapshot, now = await self._claimed(case.conversation_id)
        current = snapshot.handoff
        if current is None or current.id != case.id:
            return CaseClosed()
        if not self.may(staff, permission, current):
            return NoSuchCase()
        at_hand = CaseAtHand(handoff=current, snapshot=snapshot, staff=staff, now=now, turn_id=TurnId(self.ids()))
        act = await decide(at_hand)
        await self._commit(act.write, claim, snapshot)
        return act.outcome

    async def act_in(
        self, conversation_id: ConversationId, decide: Callable[[TalkAtHand], Awaitable[Act[T]]]
    ) -> T | TryAgain:
        """Decide and commit on a conversation without a case, under the same fence. Who may is the caller's to ask."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            try:
                for _ in range(TRIES):
                    try:
                        return await self._once_in(conversation_id, decide)
                    except (FenceLostError, StaleVersionError):
                        continue
                return TryAgain()
            finally:
                self.wake(conversation_id)

    async def _once_in(self, conversation_id: ConversationId, decide: Callable[[TalkAtHand], Awaitable[Act[T]]]) -> T:
        claim, snapshot, now = await self._claimed(conversation_id)
        act = await decide(TalkAtHand(snapshot=snapshot, now=now, turn_id=TurnId(self.ids())))
        await self._commit(act.write, claim, snapshot)
        return act.outcome

    async def _claimed(self, conversation_id: ConversationId) -> tuple[Claim, TurnSnapshot, datetime]:
        claim = await self.conversations.claim(conversation_id)
        now = self.clock.now()
        return claim, await self.conversations.snapshot(conversation_id, now), now

    async def _commit(self, write: WriteSet | None, claim: Claim, snapshot: TurnSnapshot) -> None:
        if write is None:
            return
        conversation = write.conversation or snapshot.conversation
        await self.commits.commit(replace(write, conversation=conversation, fence=claim.fence))
        self.hub.publish(
            Committed(
                conversation_id=claim.conversation_id,
                entries=write.transcript,
                acts=tuple(event.event for event in write.audit),
            )
        )
        if write.outbox:
            self.wake_outbox()

    async def holder(self, case: Handoff) -> HeldByColleague:
        """Who has a claimed case, by name."""
        staff_id = case.claimed_by or StaffId("")
        account = await self.accounts.get(staff_id)
        return HeldByColleague(staff_id=staff_id, name=account.display_name if account else staff_id)

    def word(self, case: CaseAtHand | TalkAtHand, reply: Reply) -> Speech:
        """A catalogue text for this patient, through the disclosure gate."""
        handle, patient = case.snapshot.handle, case.snapshot.patient
        audience = Audience(
            language=case.snapshot.conversation.language,
            level=handle.level_at(case.now),
            channel=handle.address.channel,
            discreet=patient is not None and patient.discreet,
        )
        return Speech(rendered=self.renderer.render(reply, audience))

    def spoken(self, case: CaseAtHand | TalkAtHand, speeches: Sequence[Speech]) -> Spoken:
        """The rows of what is said in this act."""
        return speak(
            speeches,
            conversation_id=case.conversation_id,
            handle=case.snapshot.handle,
            turn_id=case.turn_id,
            now=case.now,
            new_id=self.ids,
        )

    async def latest(self, case: CaseAtHand) -> tuple[TranscriptEntry, ...]:
        """The last entries of the conversation."""
        return await self.conversations.transcript(case.conversation_id)


def case_event(
    case: Handoff,
    staff: StaffAccount,
    event: str,
    *,
    now: datetime,
    action: AuditAction,
    purpose: str = "",
) -> AuditEvent:
    """The trace of what a member of staff did with a case."""
    return AuditEvent(
        at=now,
        actor=Actor(kind=ActorKind.STAFF, id=staff.id),
        action=action,
        event=event,
        subject_id=case.subject_id,
        object_type="handoff",
        object_id=case.id,
        purpose=purpose,
    )


def entry_id(case: CaseAtHand, client_id: str) -> EntryId:
    """The id of an entry made from a page's own id: the same page sending the same thing again gets the same one."""
    return EntryId(str(uuid.uuid5(_OURS, f"{case.conversation_id}/{case.staff.id}/{client_id}")))
