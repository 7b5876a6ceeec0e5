"""The clinic writes first: reminders that are due, each once, true at this moment, and never into a live talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.actions.booking import visit_facts
from bot.live import Committed, LiveHub
from bot.usecases.speak import render_replies, speak
from bot.usecases.turn_work import NUDGE, Knowledge, TurnWork, Unit
from domain.appointment import Appointment
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.changes import ClearTimer, CloseReminder, PlanReminder, WriteSet
from domain.dialogue.engine import take_turn
from domain.dialogue.turn import FlowRequested
from domain.errors import FenceLostError
from domain.handoff import OwnerKind
from domain.ids import TurnId
from domain.outbox import TruthCheck
from domain.ports import Audience, Calendar, Clock, Commits, Conversations, IdSource, Reminders, Renderer, TurnSnapshot

FLOW = "reminder"
QUIET_FOR = timedelta(minutes=10)
"""A talk is live while its last word is younger than this; a reminder waits for it to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDueReminders:
    """One round over the occurrences whose time has come."""

    reminders: Reminders
    conversations: Conversations
    calendar: Calendar
    commits: Commits
    renderer: Renderer
    knowledge: Callable[[], Knowledge]
    hub: LiveHub
    clock: Clock
    new_id: IdSource
    wake_outbox: Callable[[], None]

    async def __call__(self) -> int:
        """Send or suppress what is due; returns how many occurrences were closed."""
        closed = 0
        for due in await self.reminders.due(self.clock.now()):
            try:
                closed += await self._one(due)
            except FenceLostError:
                continue
        return closed

    async def _one(self, due: PlanReminder) -> bool:
        now = self.clock.now()
        claim = await self.conversations.claim(due.conversation_id)
        snapshot = await self.conversations.snapshot(due.conversation_id, now)
        visit = await self.calendar.appointment(due.appointment_id)
        reason = self._why_not(due, visit, snapshot)
        if reason == "live_talk":
            return False
        if reason is not None or visit is None:
            await self.commits.commit(self._suppressed(due, snapshot, reason or "visit_gone"))
            return True
        work = TurnWork.on(Unit(), snapshot=snapshot, knowledge=self.knowledge(), now=now, new_id=self.new_id)
        turn = take_turn(work.before, FlowRequested(flow=FLOW, slots={"visit": visit.id}), work.setting())
        audience = Audience(
            language=turn.conversation.language,
            level=snapshot.handle.level_at(now),
            channel=snapshot.handle.address.channel,
            discreet=bool(snapshot.patient and snapshot.patient.discreet),
        )
        facts = visit_facts(visit)
        replies = [replace(reply, values={**reply.values, **facts}) for reply in turn.replies]
        check = TruthCheck(appointment_id=visit.id, version=visit.version)
        speeches = [
            replace(speech, check=check, expires_at=visit.slot.starts_at)
            for speech in render_replies(replies, self.renderer, audience)
        ]
        spoken = speak(
            speeches,
            conversation_id=turn.conversation.id,
            handle=snapshot.handle,
            turn_id=TurnId(self.new_id()),
            now=now,
            new_id=self.new_id,
        )
        write = WriteSet(
            conversation=turn.conversation,
            fence=claim.fence,
            changes=(self._close(due, "sent"), ClearTimer(conversation_id=turn.conversation.id, kind=NUDGE)),
            transcript=spoken.transcript,
            outbox=spoken.outbox,
            audit=(self._event(due, snapshot, "reminder.queued"),),
        )
        await self.commits.commit(write)
        self.hub.publish(Committed(conversation_id=turn.conversation.id, entries=spoken.transcript))
        self.wake_outbox()
        return True

    def _why_not(self, due: PlanReminder, visit: Appointment | None, snapshot: TurnSnapshot) -> str | None:
        """Why a reminder may not go out now; None when it may."""
        now = self.clock.now()
        handle, last = snapshot.handle, snapshot.conversation.last_patient_at
        if visit is None or not visit.status.is_live or visit.version != due.version:
            return "visit_changed"
        if visit.slot.starts_at <= now:
            return "too_late"
        if handle.opted_out or (snapshot.patient is not None and snapshot.patient.opted_out):
            return "opted_out"
        if (
            handle.frozen
            or handle.suspended
            or handle.outreach_held
            or (snapshot.patient is not None and snapshot.patient.deceased)
        ):
            return "handle_closed"
        if snapshot.conversation.owner.kind is not OwnerKind.BOT:
            return "staff_have_the_thread"
        talking = snapshot.conversation.prompt is not None and last is not None and now - last < QUIET_FOR
        return "live_talk" if talking else None

    def _suppressed(self, due: PlanReminder, snapshot: TurnSnapshot, reason: str) -> WriteSet:
        return WriteSet(
            changes=(self._close(due, reason),), audit=(self._event(due, snapshot, f"reminder.suppressed.{reason}"),)
        )

    def _close(self, due: PlanReminder, outcome: str) -> CloseReminder:
        return CloseReminder(rule=due.rule, appointment_id=due.appointment_id, due_at=due.due_at, outcome=outcome)

    def _event(self, due: PlanReminder, snapshot: TurnSnapshot, name: str) -> AuditEvent:
        return AuditEvent(
            at=self.clock.now(),
            actor=SYSTEM,
            action=AuditAction.EXECUTE,
            event=name,
            subject_id=snapshot.handle.subject_id,
            object_type="appointment",
            object_id=due.appointment_id,
        )
