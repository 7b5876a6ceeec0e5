"""Promises: something the clinic said it would do by a time; asked about, counted, and louder when overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import ConversationId, PromiseId, SubjectId


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
