"""Sending what is due: expired, untrue and unserved items stay, every outcome is recorded, nothing goes twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.usecases.dispatch_outbox import UNSERVED_WAIT, DispatchOutbox
from domain.appointment import AppointmentStatus
from domain.ids import AppointmentId, OutboxId
from domain.message import Channel
from domain.outbox import NotSent, OutboxItem, OutboxStatus, SendFault, SendOutcome, Sent, TruthCheck
from tests.builders.desk import NOW, visit
from tests.builders.outbox import item
from tests.fakes.records import FakeCalendar
from tests.fakes.turns import FakeOutbox, HandClock, ScriptedSender

CHECK = TruthCheck(appointment_id=AppointmentId("visit-1"), version=1)


class Post:
    """The outbox with one way out."""

    def __init__(
        self, *items: OutboxItem, outcomes: tuple[SendOutcome, ...] = (Sent(),), calendar: FakeCalendar | None = None
    ) -> None:
        self.outbox = FakeOutbox({one.id: one for one in items})
        self.sender = ScriptedSender(Channel.WEB, outcomes=outcomes)
        self.dispatch = DispatchOutbox(
            outbox=self.outbox,
            calendar=calendar or FakeCalendar(),
            senders={Channel.WEB: self.sender},  # type: ignore[dict-item]  # its channel is looser typed
            clock=HandClock(NOW),
        )

    @property
    def statuses(self) -> list[OutboxStatus]:
        return [one.status for one in self.outbox.items.values()]


async def test_what_is_due_is_sent_in_order_and_recorded() -> None:
    post = Post(item("one"), item("two"))

    handled = await post.dispatch()

    assert handled == 2
    assert [key for key, _ in post.sender.sent] == ["one", "two"]
    assert post.statuses == [OutboxStatus.SENT, OutboxStatus.SENT]


async def test_what_is_not_yet_due_waits() -> None:
    post = Post(item(not_before=NOW + timedelta(seconds=1)))

    assert await post.dispatch() == 0
    assert post.statuses == [OutboxStatus.PENDING]


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (timedelta(seconds=1), OutboxStatus.SENT),
        (timedelta(0), OutboxStatus.EXPIRED),
        (timedelta(minutes=-5), OutboxStatus.EXPIRED),
    ],
)
async def test_a_message_past_its_time_is_not_sent(left: timedelta, status: OutboxStatus) -> None:
    post = Post(item(expires_at=NOW + left))

    await post.dispatch()

    assert post.statuses == [status]
    assert bool(post.sender.sent) == (status is OutboxStatus.SENT)


TRUTH = {
    "still so": (visit(), True),
    "confirmed meanwhile": (visit(status=AppointmentStatus.CONFIRMED, version=2), False),
    "moved": (visit(version=2), False),
    "cancelled": (visit(status=AppointmentStatus.CANCELLED), False),
    "gone": (visit("another"), False),
}


@pytest.mark.parametrize(("there", "true"), TRUTH.values(), ids=TRUTH.keys())
async def test_a_notice_that_is_no_longer_true_is_not_sent(there: object, true: bool) -> None:  # noqa: FBT001  # a column
    post = Post(item(check=CHECK), calendar=FakeCalendar(visits=[there]))  # type: ignore[list-item]  # a visit

    await post.dispatch()

    assert post.statuses == [OutboxStatus.SENT if true else OutboxStatus.SUPERSEDED]


async def test_without_a_way_out_a_message_waits_and_is_not_counted_as_tried() -> None:
    post = Post(item(channel=Channel.WHATSAPP))

    await post.dispatch()

    [(_, delivery)] = post.outbox.recorded
    assert (delivery.status, delivery.not_before, delivery.error) == (
        OutboxStatus.PENDING,
        NOW + UNSERVED_WAIT,
        "no_sender",
    )
    assert post.outbox.items["item"].attempts == 0


async def test_what_may_no_longer_be_sent_when_its_turn_comes_is_left() -> None:
    post = Post(item())
    post.outbox.refused = {OutboxId("item")}

    await post.dispatch()

    assert post.sender.sent == []
    assert post.outbox.recorded == []


async def test_an_unanswered_send_is_ambiguous_and_after_the_second_given_up() -> None:
    silence = NotSent(fault=SendFault.NO_ANSWER)
    post = Post(item(), outcomes=(silence,))
    await post.dispatch()
    assert post.statuses == [OutboxStatus.AMBIGUOUS]
    post.dispatch = DispatchOutbox(
        outbox=post.outbox,
        calendar=FakeCalendar(),
        senders={Channel.WEB: post.sender},  # type: ignore[dict-item]  # as above
        clock=HandClock(NOW + timedelta(minutes=1)),
    )

    await post.dispatch()

    assert post.statuses == [OutboxStatus.FAILED]
    assert len(post.sender.sent) == 2


async def test_a_blocked_handle_is_suspended() -> None:
    post = Post(item(), outcomes=(NotSent(fault=SendFault.BLOCKED),))

    await post.dispatch()

    [(_, delivery)] = post.outbox.recorded
    assert (delivery.status, delivery.suspend_handle) == (OutboxStatus.FAILED, True)


async def test_one_refused_message_does_not_stop_the_next() -> None:
    post = Post(item("one"), item("two"), outcomes=(NotSent(fault=SendFault.UNREACHABLE), Sent()))

    await post.dispatch()

    assert post.statuses == [OutboxStatus.PENDING, OutboxStatus.SENT]
