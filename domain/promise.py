"""Promises: something the clinic said it would do by a time; asked about, counted, and louder when overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import ConversationId, HandoffId, PromiseId, StaffId, SubjectId


class PromiseKind(StrEnum):
    """What was promised."""

    CALLBACK = "callback"
    REPLY = "reply"
    REFILL = "refill"
    LETTER = "letter"
    RECORDS = "records"
    REFERRAL = "referral"
    BILLING = "billing"
    VISIT_REQUEST = "visit_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A task for staff with a due time; `detail` holds patient words and is sealed."""

    id: PromiseId
    conversation_id: ConversationId
    subject_id: SubjectId
    kind: PromiseKind
    queue: str
    detail: str
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None = None
    version: int = 1
    who: str = ""
    """Who will do it, in the words of whoever promised it: "a nurse"."""
    made_by: StaffId | None = None
    """The person who promised it; None: the bot did."""
    handoff_id: HandoffId | None = None
    """The case it was made on, which does not end while it is neither kept nor handed on."""
    handed_on_at: datetime | None = None
    """Since when it is the queue's, whoever has the case."""
    kept_by: StaffId | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be kept."""
        return self.kept_at is None

    def overdue(self, now: datetime) -> bool:
        """Whether its time has come and it was not kept."""
        return self.kept_at is None and now >= self.due_at

    def binds(self, handoff_id: HandoffId) -> bool:
        """Whether that case waits for it: made on the case, neither kept nor handed on."""
        return self.kept_at is None and self.handed_on_at is None and self.handoff_id == handoff_id
