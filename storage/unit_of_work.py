"""Applying a WriteSet: fence first, then the changes, then what was said, and the audit log last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import assert_never

from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import (
    Change,
    ClearTimer,
    CloseReminder,
    DropChallenge,
    DropLeave,
    PlaceHold,
    PlanReminder,
    ReleaseHold,
    SaveAppointment,
    SaveChallenge,
    SaveHandle,
    SaveHandoff,
    SaveLeave,
    SavePatient,
    SavePromise,
    SetTimer,
    SupersedeOutbox,
    WriteSet,
)
from domain.ids import ConversationId, TurnId
from domain.outbox import OutboxItem
from domain.transcript import TranscriptEntry
from storage import (
    audit_chain,
    calendar_rows,
    challenges,
    conversation_rows,
    handles,
    handoffs,
    inbox,
    leave,
    outbox_rows,
    patients,
    promises,
    reminders,
    timers,
    transcript,
)
from storage.audit_chain import Draft
from storage.doors import Doors
from storage.transaction import Transaction, Values


class SqlCommits:
    """Implements domain.ports.Commits."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def commit(self, write: WriteSet) -> None:
        """See the port. Also raises OwnerInvariantError when owner and case would not agree."""
        if write.conversation is None and (write.fence is not None or write.inbox_done):
            raise ValueError("a fence, or deliveries taken, need the conversation they belong to")
        await self._doors.write(lambda tx: apply(tx, write))


def apply(tx: Transaction, write: WriteSet) -> None:
    """Write all of it inside the transaction given."""
    if write.conversation is not None:
        conversation_rows.save(tx, write.conversation, write.fence)
    for change in write.changes:
        _apply_change(tx, change)
    if write.conversation is not None and write.inbox_done:
        inbox.finish(tx, write.inbox_done, write.conversation.id, _turn_of(write))
    entries = _apply_words(tx, write)
    for conversation_id in _owned(write):
        conversation_rows.assert_one_owner(tx, conversation_id)
    _append_audit(tx, write, entries)


def _apply_change(tx: Transaction, change: Change) -> None:  # noqa: C901, PLR0912 one line a kind, checked for completeness
    match change:
        case SaveHandle(handle=handle):
            handles.save(tx, handle)
        case SavePatient(patient=patient):
            patients.save(tx, patient)
        case SaveChallenge(challenge=challenge):
            challenges.save(tx, challenge)
        case DropChallenge(conversation_id=conversation_id):
            challenges.drop(tx, conversation_id)
        case PlaceHold(hold=hold):
            calendar_rows.place_hold(tx, hold)
        case ReleaseHold(hold_id=hold_id):
            calendar_rows.release_hold(tx, hold_id)
        case SaveAppointment(appointment=visit, expected_version=expected, from_hold=from_hold):
            calendar_rows.save_appointment(tx, visit, expected_version=expected, from_hold=from_hold)
        case SaveLeave(leave=span):
            leave.save(tx, span)
        case DropLeave(leave=span):
            leave.drop(tx, span)
        case SaveHandoff(handoff=case_, expected_version=expected):
            handoffs.save(tx, case_, expected_version=expected)
        case SavePromise(promise=promise):
            promises.save(tx, promise)
        case SetTimer(conversation_id=conversation_id, kind=kind, due_at=due_at):
            timers.put(tx, conversation_id, kind, due_at)
        case ClearTimer(conversation_id=conversation_id, kind=kind):
            timers.clear(tx, conversation_id, kind)
        case PlanReminder():
            reminders.plan(tx, change)
        case CloseReminder():
            reminders.close(tx, change)
        case SupersedeOutbox(appointment_id=visit_id, below_version=below):
            outbox_rows.supersede(tx, visit_id, below)
        case _:
            assert_never(change)


def _apply_words(tx: Transaction, write: WriteSet) -> list[Values]:
    """Number what was said and what goes out, conversation by conversation; keep the latter, answer with the former."""
    said: defaultdict[ConversationId, list[TranscriptEntry]] = defaultdict(list)
    sent: defaultdict[ConversationId, list[OutboxItem]] = defaultdict(list)
    for entry in write.transcript:
        said[entry.conversation_id].append(entry)
    for item in write.outbox:
        sent[item.conversation_id].append(item)
    rows: list[Values] = []
    for conversation_id in dict.fromkeys((*said, *sent)):
        entries, items = said[conversation_id], sent[conversation_id]
        entry_seq, out_seq = conversation_rows.count(tx, conversation_id, entries=len(entries), parcels=len(items))
        rows += [transcript.row_of(tx, entry, seq) for seq, entry in enumerate(entries, start=entry_seq + 1)]
        if items:
            outbox_rows.add(tx, items, after_seq=out_seq)
    return rows


def _append_audit(tx: Transaction, write: WriteSet, entries: list[Values]) -> None:
    drafts = [Draft(event) for event in write.audit]
    if entries:
        drafts.append(_vouching(write, entries))
    if not drafts:
        return
    first = audit_chain.append(tx, drafts)
    if entries:
        transcript.add(tx, entries, audit_seq=first + len(drafts) - 1)


def _vouching(write: WriteSet, entries: list[Values]) -> Draft:
    """The entry that makes a later change to these transcript rows visible."""
    last = write.transcript[-1]
    event = AuditEvent(
        at=last.at,
        actor=SYSTEM,
        action=AuditAction.CREATE,
        event="transcript.appended",
        subject_id=last.subject_id,
        object_type="turn",
        object_id=last.turn_id,
    )
    return Draft(event, audit_chain.content_digest([audit_chain.covered("transcript", row) for row in entries]))


def _turn_of(write: WriteSet) -> TurnId | None:
    if write.transcript:
        return write.transcript[0].turn_id
    return write.outbox[0].turn_id if write.outbox else None


def _owned(write: WriteSet) -> Iterable[ConversationId]:
    """Conversations whose owner or case this write may have changed."""
    touched = [] if write.conversation is None else [write.conversation.id]
    touched += [change.handoff.conversation_id for change in write.changes if isinstance(change, SaveHandoff)]
    return dict.fromkeys(touched)
