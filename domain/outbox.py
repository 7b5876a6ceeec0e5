"""The outbox: messages committed and not yet accepted by a channel, and what to do when sending goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ids import AppointmentId, ConversationId, HandleId, OutboxId, SubjectId, TurnId
from domain.message import Address, OutboundMessage


class Lane(StrEnum):
    """safety waits for nobody; bulk waits for everybody."""

    SAFETY = "safety"
    NORMAL = "normal"
    BULK = "bulk"


class OutboxStatus(StrEnum):
    """ambiguous: the channel may or may not have it; superseded: no longer true when its time came."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    AMBIGUOUS = "ambiguous"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class Resend(StrEnum):
    """What a crash in the middle of sending allows: once more, or never (codes)."""

    ONCE = "once"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthCheck:
    """Facts that must still hold when a notice is sent: the visit at this version."""

    appointment_id: AppointmentId
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One message on its way. Unique by (turn_id, ordinal); sent in order of `seq` within a conversation and lane."""

    id: OutboxId
    conversation_id: ConversationId
    handle_id: HandleId
    subject_id: SubjectId
    turn_id: TurnId
    ordinal: int
    to: Address
    message: OutboundMessage
    lane: Lane = Lane.NORMAL
    resend: Resend = Resend.ONCE
    status: OutboxStatus = OutboxStatus.PENDING
    attempts: int = 0
    not_before: datetime
    expires_at: datetime | None = None
    check: TruthCheck | None = None
    seq: int = 0
    provider_id: str = ""
    error: str = ""


class SendFault(StrEnum):
    """A channel's refusal in our own terms."""

    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    """Bytes were sent and nothing came back: it may have been delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The channel took it."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The channel did not take it, why, and how long it asked us to wait."""

    fault: SendFault
    retry_after: timedelta | None = None


SendOutcome = Sent | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What becomes of an item after an attempt."""

    status: OutboxStatus
    not_before: datetime
    error: str = ""
    provider_id: str = ""
    suspend_handle: bool = False


MAX_ATTEMPTS = 8
_BACKOFF_BASE = timedelta(seconds=2)
_BACKOFF_CAP = timedelta(minutes=5)
AMBIGUOUS_WAIT = timedelta(seconds=30)


def after_attempt(item: OutboxItem, outcome: SendOutcome, now: datetime) -> Delivery:
    """Decide what becomes of an item whose latest attempt (counted in `item.attempts`) ended so."""
    match outcome:
        case Sent(provider_id=provider_id):
            return Delivery(status=OutboxStatus.SENT, not_before=now, provider_id=provider_id)
        case NotSent(fault=SendFault.BLOCKED):
            return Delivery(status=OutboxStatus.FAILED, not_before=now, error="blocked", suspend_handle=True)
        case NotSent(fault=SendFault.REJECTED):
            return Delivery(status=OutboxStatus.FAILED, not_before=now, error="rejected")
        case NotSent(fault=SendFault.NO_ANSWER):
            doubtful = item.status is OutboxStatus.AMBIGUOUS
            return after_unknown(
                lane=item.lane,
                resend=item.resend,
                attempts=item.attempts,
                doubtful=doubtful,
                now=now,
                error="no_answer",
            )
        case NotSent(fault=fault, retry_after=retry_after):
            if item.attempts >= MAX_ATTEMPTS and fault is not SendFault.RATE_LIMITED:
                return Delivery(status=OutboxStatus.FAILED, not_before=now, error=fault.value)
            wait = retry_after or _backoff(item.attempts)
            return Delivery(status=OutboxStatus.PENDING, not_before=now + wait, error=fault.value)


def after_unknown(*, lane: Lane, resend: Resend, attempts: int, doubtful: bool, now: datetime, error: str) -> Delivery:
    """Decide about an item of which nobody knows whether its latest attempt arrived: no answer, or we were stopped.

    `doubtful` says that an earlier attempt ended so too. A safety text goes out until a channel has it, as a copy too
    many harms nobody; a code never goes out again; anything else once more.
    """
    if lane is Lane.SAFETY:
        may_repeat = attempts < MAX_ATTEMPTS
        wait = timedelta(0) if attempts <= 1 else _backoff(attempts)
    else:
        may_repeat = resend is Resend.ONCE and not doubtful
        wait = AMBIGUOUS_WAIT
    if may_repeat:
        return Delivery(status=OutboxStatus.AMBIGUOUS, not_before=now + wait, error=error)
    return Delivery(status=OutboxStatus.FAILED, not_before=now, error=error)


def _backoff(attempts: int) -> timedelta:
    return min(_BACKOFF_CAP, _BACKOFF_BASE * (1 << min(attempts, 10)))
