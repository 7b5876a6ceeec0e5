"""What staff promise on a case: made, kept, handed on; no case ends while one of its own is open and nobody's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.live import Committed
from bot.usecases.heard_promise import PromiseEar
from bot.usecases.staff_desk import Act, CaseAtHand, CaseRefusal, StaffDesk
from bot.usecases.staff_words import UnusableText, cleaned, fault_of
from domain.access import Permission, QueueKind, kind_of
from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import SavePromise, WriteSet
from domain.handoff import Handoff
from domain.ids import HandoffId, PromiseId
from domain.ports import Promises
from domain.promise import Promise, PromiseKind
from domain.staff import StaffAccount

FURTHEST = timedelta(days=366)
"""Beyond this a year was mistyped."""
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPromise:
    """What a page sends: what will be done, by whom, and by when, in words or as an instant the page was given."""

    what: str
    who: str = ""
    due_words: str = ""
    due_at: datetime | None = None
    kind: PromiseKind = PromiseKind.REPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseMade:
    """It is kept with the case, and asked about when its time comes."""

    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclearTime:
    """The time cannot be read, has passed, or is more than a year away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseKept:
    """Done; `already` when it was before."""

    promise: Promise
    already: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseHandedOn:
    """From now on it is the queue's."""

    promise: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchPromise:
    """There is none, or this person may not touch it: both are told alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePromise:
    """Promise something on a case. The patient is told nothing by this: whoever promises has said it, or will."""

    desk: StaffDesk
    ear: PromiseEar

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, promise: NewPromise
    ) -> PromiseMade | UnclearTime | UnusableText | CaseRefusal:
        """Keep the promise, or say why not. Raises UnavailableError."""
        what, who = cleaned(promise.what), cleaned(promise.who)
        if fault := fault_of(what):
            return fault

        async def decide(case: CaseAtHand) -> Act[PromiseMade | UnclearTime]:
            due = promise.due_at or self.ear.due(promise.due_words, now=case.now)
            if due is None or not case.now < due <= case.now + FURTHEST:
                return Act(outcome=UnclearTime())
            made = Promise(
                id=PromiseId(self.desk.ids()),
                conversation_id=case.conversation_id,
                subject_id=case.snapshot.handle.subject_id,
                kind=promise.kind,
                queue=queue_of(case.handoff, self.desk),
                detail=what,
                made_at=case.now,
                due_at=due,
                who=who,
                made_by=case.staff.id,
                handoff_id=case.handoff.id,
            )
            event = promise_event("promise.made", AuditAction.CREATE, made, case.staff, case.now)
            return Act(
                outcome=PromiseMade(promise=made),
                write=WriteSet(changes=(SavePromise(promise=made),), audit=(event,)),
            )

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.PROMISE, decide=decide)


def queue_of(case: Handoff, desk: StaffDesk) -> str:
    """Where a promise of a case stands: in the case's queue, or a closer one where the matter is closer than that."""
    kinds = desk.kinds()
    kind = kind_of(case, kinds)
    if kinds.get(case.queue) is kind or kind is not QueueKind.RESTRICTED:
        return case.queue
    return next((queue for queue, held in kinds.items() if held is QueueKind.RESTRICTED), case.queue)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPromise:
    """Say that a promise was kept, whoever made it."""

    desk: StaffDesk
    promises: Promises

    async def __call__(self, promise_id: PromiseId, *, staff: StaffAccount) -> PromiseKept | NoSuchPromise:
        """Mark it. Raises UnavailableError, StaleVersionError."""
        promise = await reachable(self.desk, self.promises, promise_id, staff)
        if promise is None:
            return NoSuchPromise()
        if not promise.is_open:
            return PromiseKept(promise=promise, already=True)
        now = self.desk.clock.now()
        kept = replace(promise, kept_at=now, kept_by=staff.id, version=promise.version + 1)
        await _save(self.desk, kept, "promise.kept", staff, now)
        return PromiseKept(promise=kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOnPromise:
    """Leave a promise to its queue, so that the case it was made on may end; it stays due."""

    desk: StaffDesk
    promises: Promises

    async def __call__(self, promise_id: PromiseId, *, staff: StaffAccount) -> PromiseHandedOn | NoSuchPromise:
        """Hand it on. Raises UnavailableError, StaleVersionError."""
        promise = await reachable(self.desk, self.promises, promise_id, staff)
        if promise is None or not promise.is_open:
            return NoSuchPromise()
        now = self.desk.clock.now()
        on = replace(promise, handed_on_at=promise.handed_on_at or now, version=promise.version + 1)
        await _save(self.desk, on, "promise.handed_on", staff, now)
        return PromiseHandedOn(promise=on)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """An open promise as its list shows it; `case` is where it can be worked on, if it can be opened."""

    promise: Promise
    case: Handoff | None
    maker: str
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseList:
    """What is open, by due time, so that what is overdue stands first. `beyond` counts those left out."""

    rows: tuple[PromiseRow, ...]
    at: datetime
    beyond: int = 0

    @property
    def overdue(self) -> int:
        """How many are past their time."""
        return sum(row.overdue for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPromises:
    """What the clinic owes, as far as this person may read it. The look is audited when there was something to see."""

    desk: StaffDesk
    promises: Promises

    async def __call__(self, staff: StaffAccount) -> PromiseList:
        """The open promises of the queues this person works in. Raises UnavailableError."""
        now = self.desk.clock.now()
        seen = [
            item for item in await self.promises.open() if self.desk.may_in(staff, Permission.READ_CASE, item.queue)
        ]
        shown = seen[:MOST_SHOWN]
        rows = [await self._row(item, staff, now) for item in shown]
        if shown:
            events = tuple(promise_event("promise.read", AuditAction.READ, item, staff, now) for item in shown)
            await self.desk.commits.commit(WriteSet(audit=events))
        return PromiseList(rows=tuple(rows), at=now, beyond=len(seen) - len(shown))

    async def _row(self, promise: Promise, staff: StaffAccount, now: datetime) -> PromiseRow:
        snapshot = await self.desk.conversations.snapshot(promise.conversation_id, now)
        case = snapshot.handoff or (await self.desk.handoffs.get(promise.handoff_id) if promise.handoff_id else None)
        readable = case is not None and self.desk.may(staff, Permission.READ_CASE, case)
        maker = await self.desk.accounts.get(promise.made_by) if promise.made_by else None
        return PromiseRow(
            promise=promise,
            case=case if readable else None,
            maker=maker.display_name if maker else "",
            overdue=promise.overdue(now),
        )


async def reachable(desk: StaffDesk, promises: Promises, promise_id: PromiseId, staff: StaffAccount) -> Promise | None:
    """A promise this person may act on: of a queue they work in, or of a case they hold; a refusal is audited."""
    promise = await promises.get(promise_id)
    if promise is None:
        return None
    if desk.may_in(staff, Permission.PROMISE, promise.queue):
        return promise
    case = await desk.handoffs.get(promise.handoff_id) if promise.handoff_id else None
    if case is not None and desk.may(staff, Permission.PROMISE, case):
        return promise
    denied = promise_event("access.denied", AuditAction.READ, promise, staff, desk.clock.now())
    await desk.commits.commit(WriteSet(audit=(replace(denied, outcome="denied"),)))
    return None


async def _save(desk: StaffDesk, promise: Promise, event: str, staff: StaffAccount, now: datetime) -> None:
    trace = promise_event(event, AuditAction.UPDATE, promise, staff, now)
    await desk.commits.commit(WriteSet(changes=(SavePromise(promise=promise),), audit=(trace,)))
    desk.hub.publish(Committed(conversation_id=promise.conversation_id, acts=(event,)))


def promise_event(event: str, action: AuditAction, promise: Promise, staff: StaffAccount, now: datetime) -> AuditEvent:
    """The trace of what a member of staff did with a promise."""
    return AuditEvent(
        at=now,
        actor=Actor(kind=ActorKind.STAFF, id=staff.id),
        action=action,
        event=event,
        subject_id=promise.subject_id,
        object_type="promise",
        object_id=promise.id,
        detail=promise.due_at.isoformat(),
    )
