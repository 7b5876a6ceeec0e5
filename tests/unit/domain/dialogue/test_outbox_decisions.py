"""What becomes of a message after an attempt, as a table."""

from datetime import timedelta

import pytest

from domain.outbox import (
    AMBIGUOUS_WAIT,
    MAX_ATTEMPTS,
    Delivery,
    Lane,
    NotSent,
    OutboxItem,
    OutboxStatus,
    Resend,
    SendFault,
    SendOutcome,
    Sent,
    after_attempt,
)
from tests.builders.desk import NOW
from tests.builders.outbox import item


def pending(seconds: float, error: str) -> Delivery:
    return Delivery(status=OutboxStatus.PENDING, not_before=NOW + timedelta(seconds=seconds), error=error)


def failed(error: str, *, suspend: bool = False) -> Delivery:
    return Delivery(status=OutboxStatus.FAILED, not_before=NOW, error=error, suspend_handle=suspend)


def ambiguous(wait: timedelta) -> Delivery:
    return Delivery(status=OutboxStatus.AMBIGUOUS, not_before=NOW + wait, error="no_answer")


def not_sent(fault: SendFault, *, seconds: float | None = None) -> NotSent:
    return NotSent(fault=fault, retry_after=None if seconds is None else timedelta(seconds=seconds))


LAST = item(attempts=MAX_ATTEMPTS)
TABLE: dict[str, tuple[OutboxItem, SendOutcome, Delivery]] = {
    "taken": (
        item(attempts=1),
        Sent(provider_id="p-1"),
        Delivery(status=OutboxStatus.SENT, not_before=NOW, provider_id="p-1"),
    ),
    "blocked": (item(attempts=1), not_sent(SendFault.BLOCKED), failed("blocked", suspend=True)),
    "rejected": (item(attempts=1), not_sent(SendFault.REJECTED), failed("rejected")),
    "unreachable, first": (item(attempts=1), not_sent(SendFault.UNREACHABLE), pending(4, "unreachable")),
    "unreachable, third": (item(attempts=3), not_sent(SendFault.UNREACHABLE), pending(16, "unreachable")),
    "unreachable, seventh": (item(attempts=7), not_sent(SendFault.UNREACHABLE), pending(256, "unreachable")),
    "unreachable, last": (LAST, not_sent(SendFault.UNREACHABLE), failed("unreachable")),
    "asked to wait": (item(attempts=1), not_sent(SendFault.RATE_LIMITED, seconds=90), pending(90, "rate_limited")),
    "asked to wait, long tried": (LAST, not_sent(SendFault.RATE_LIMITED, seconds=7), pending(7, "rate_limited")),
    "asked to wait, not how long": (LAST, not_sent(SendFault.RATE_LIMITED), pending(300, "rate_limited")),
    "waits never grow past the cap": (
        item(attempts=500),
        not_sent(SendFault.RATE_LIMITED),
        pending(300, "rate_limited"),
    ),
    "silence": (item(attempts=1), not_sent(SendFault.NO_ANSWER), ambiguous(AMBIGUOUS_WAIT)),
    "silence after silence": (
        item(attempts=2, status=OutboxStatus.AMBIGUOUS),
        not_sent(SendFault.NO_ANSWER),
        failed("no_answer"),
    ),
    "silence about a code": (item(attempts=1, resend=Resend.NEVER), not_sent(SendFault.NO_ANSWER), failed("no_answer")),
    "silence about an emergency": (
        item(attempts=1, lane=Lane.SAFETY),
        not_sent(SendFault.NO_ANSWER),
        ambiguous(timedelta(0)),
    ),
}


@pytest.mark.parametrize(("sent", "outcome", "expected"), TABLE.values(), ids=TABLE.keys())
def test_after_an_attempt(sent: OutboxItem, outcome: SendOutcome, expected: Delivery) -> None:
    assert after_attempt(sent, outcome, NOW) == expected


@pytest.mark.parametrize("fault", SendFault)
def test_no_fault_leaves_a_message_undecided(fault: SendFault) -> None:
    delivery = after_attempt(item(attempts=1), not_sent(fault), NOW)

    assert delivery.status not in {OutboxStatus.SENDING, OutboxStatus.SENT}
    assert delivery.error == fault.value
