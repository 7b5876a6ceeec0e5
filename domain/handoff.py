"""Handoffs: the cases staff work on, why each was opened, and who owns a conversation meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import ConversationId, HandoffId, StaffId, SubjectId


class OwnerKind(StrEnum):
    """Exactly one of these owns a conversation at any time."""

    BOT = "bot"
    QUEUE = "queue"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who answers a conversation now; `id` is the queue's name or the person's staff id, None for the bot."""

    kind: OwnerKind
    id: str | None = None


BOT = Owner(kind=OwnerKind.BOT)


class EscalationReason(StrEnum):
    """Why a conversation went to staff."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    SAFEGUARDING = "safeguarding"
    NURSE_TODAY = "nurse_today"
    ASKED = "asked"
    MISSES = "misses"
    IDENTITY = "identity"
    COMPLAINT = "complaint"
    TASK = "task"
    DEATH = "death"
    WRONG_NUMBER = "wrong_number"
    UNREADABLE = "unreadable"
    FAULT = "fault"


class HandoffStatus(StrEnum):
    """open: in a queue; claimed: a named person has it; closed: with an outcome."""

    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One case for staff: at most one that is not closed per conversation; it stands in exactly one queue."""

    id: HandoffId
    conversation_id: ConversationId
    subject_id: SubjectId
    queue: str
    reason: EscalationReason
    status: HandoffStatus
    urgent: bool
    opened_at: datetime
    due_at: datetime
    summary: str = ""
    """The context packet in words: what was asked, what is filled, the last actions (patient text: sealed)."""
    claimed_by: StaffId | None = None
    claimed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: StaffId | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    version: int = 1

    @property
    def pages(self) -> bool:
        """Whether it is urgent and nobody has said yet that they have seen it."""
        return self.urgent and self.acknowledged_at is None and self.status is not HandoffStatus.CLOSED
