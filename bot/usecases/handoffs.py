"""From an escalation to the case staff work on: opened, made more urgent, or moved to a graver queue; never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.changes import Change, SaveHandoff
from domain.clinic import Clinic, QueueId
from domain.dialogue.conversation import Conversation, Frame
from domain.dialogue.events import Escalated, Event
from domain.handoff import Handoff, HandoffStatus, OwnerKind
from domain.ids import HandoffId, SubjectId
from domain.ports import IdSource
from domain.scheduling import response_due


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffContext:
    """What opening a case needs to know."""

    conversation: Conversation
    open_now: Handoff | None
    clinic: Clinic
    subject_id: SubjectId
    said: str
    tasks: tuple[Frame, ...]
    """What was going on when the turn began."""
    now: datetime
    new_id: IdSource


def handoff_changes(events: Sequence[Event], context: HandoffContext) -> tuple[Change, ...]:
    """The change to the conversation's case after a turn, if it was escalated; the last escalation counts."""
    escalations = [event for event in events if isinstance(event, Escalated)]
    if not escalations:
        return ()
    latest = escalations[-1]
    current = context.open_now
    due = response_due(context.clinic, context.clinic.queue(QueueId(latest.queue)), context.now)
    if current is None:
        return (SaveHandoff(handoff=_opened(latest, context, due)),)
    graver = replace(
        current,
        reason=latest.reason if latest.urgent or not current.urgent else current.reason,
        urgent=current.urgent or latest.urgent,
        due_at=min(current.due_at, due),
        # A new red flag pages anew, though somebody had seen the one before.
        acknowledged_at=None if latest.urgent else current.acknowledged_at,
        acknowledged_by=None if latest.urgent else current.acknowledged_by,
        summary=_summary(context, current.summary),
        version=current.version + 1,
    )
    if context.conversation.owner.kind is OwnerKind.QUEUE and context.conversation.owner.id is not None:
        graver = replace(graver, queue=context.conversation.owner.id, status=HandoffStatus.OPEN)
    return (SaveHandoff(handoff=graver, expected_version=current.version),)


def _opened(escalated: Escalated, context: HandoffContext, due: datetime) -> Handoff:
    return Handoff(
        id=HandoffId(context.new_id()),
        conversation_id=context.conversation.id,
        subject_id=context.subject_id,
        queue=escalated.queue,
        reason=escalated.reason,
        status=HandoffStatus.OPEN,
        urgent=escalated.urgent,
        opened_at=context.now,
        due_at=due,
        summary=_summary(context, ""),
    )


def _summary(context: HandoffContext, earlier: str) -> str:
    """The context packet: the patient's last words, the task they were in, and what was filled (by name)."""
    frames = [f"{frame.flow} ({', '.join(sorted(frame.slots)) or 'nothing yet'})" for frame in context.tasks]
    lines = [earlier, context.said, *(f"task: {frame}" for frame in frames)]
    return "\n".join(line for line in lines if line)[:4_000]
