"""The Outbox port: what is sent when, and what is done after a crash in the middle."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.changes import SaveAppointment, SupersedeOutbox, WriteSet
from domain.errors import StaleVersionError
from domain.ids import ConversationId, OutboxId
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
    Sent,
    TruthCheck,
    after_attempt,
)
from storage.errors import UnknownRecordError
from tests.builders.storage import NOON, Desk, a_visit


async def conversation(desk: Desk, sender: str = "visitor-1") -> ConversationId:
    return (await desk.accept(sender=sender)).conversation_id


async def due(desk: Desk) -> list[OutboxId]:
    return [item.id for item in await desk.store.outbox.due(desk.clock.now())]


async def given_up(desk: Desk, item: OutboxItem) -> int:
    """How often the audit log says that this was never delivered."""
    told = "FROM audit_log WHERE event = 'message.undelivered' AND outcome = 'failed'"
    return await desk.counted(f"SELECT count(*) {told} AND object_id = '{item.id}'")


async def attempt(desk: Desk, item: OutboxItem, outcome: Sent | NotSent) -> OutboxStatus:
    started = await desk.store.outbox.start(item.id)
    assert started is not None
    delivery = after_attempt(started, outcome, desk.clock.now())
    await desk.store.outbox.record(item.id, delivery)
    return delivery.status


async def test_items_of_a_conversation_leave_one_after_another(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    first, second = await desk.send(conversation_id), await desk.send(conversation_id)

    assert await due(desk) == [first.id]
    await desk.store.outbox.start(first.id)
    assert await due(desk) == []
    await desk.store.outbox.record(first.id, Delivery(status=OutboxStatus.SENT, not_before=NOON, provider_id="m-1"))
    assert await due(desk) == [second.id]


async def test_a_failed_item_lets_the_next_one_go(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    first, second = await desk.send(conversation_id), await desk.send(conversation_id)

    await attempt(desk, first, NotSent(fault=SendFault.REJECTED))

    assert await due(desk) == [second.id]


async def test_conversations_do_not_wait_for_each_other(desk: Desk) -> None:
    first = await desk.send(await conversation(desk, "visitor-1"))
    second = await desk.send(await conversation(desk, "visitor-2"))
    await desk.store.outbox.start(first.id)

    assert await due(desk) == [second.id]


async def test_the_safety_lane_goes_first_and_waits_for_nobody(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    waiting = await desk.send(conversation_id)
    urgent = await desk.send(conversation_id, lane=Lane.SAFETY)
    other = await desk.send(await conversation(desk, "visitor-2"))

    assert (await due(desk))[0] == urgent.id
    assert set(await due(desk)) == {urgent.id, waiting.id, other.id}


async def test_an_item_waits_for_its_moment(desk: Desk) -> None:
    item = await desk.send(await conversation(desk), not_before=NOON + timedelta(minutes=5))

    assert await due(desk) == []
    desk.clock.advance(timedelta(minutes=5))
    assert await due(desk) == [item.id]


async def test_an_item_past_its_time_expires_and_lets_the_next_one_go(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    await desk.send(conversation_id, expires_at=NOON + timedelta(minutes=5))
    second = await desk.send(conversation_id)
    desk.clock.advance(timedelta(minutes=5))

    assert await due(desk) == [second.id]
    assert (await desk.store.outbox.counts())[OutboxStatus.EXPIRED] == 1


async def test_an_item_that_expired_since_it_was_read_is_not_started(desk: Desk) -> None:
    item = await desk.send(await conversation(desk), expires_at=NOON + timedelta(minutes=5))
    desk.clock.advance(timedelta(minutes=6))

    assert await desk.store.outbox.start(item.id) is None
    assert await desk.store.outbox.counts() == {OutboxStatus.EXPIRED: 1}


async def test_starting_counts_the_attempt_and_happens_once(desk: Desk) -> None:
    item = await desk.send(await conversation(desk))

    started = await desk.store.outbox.start(item.id)
    again = await desk.store.outbox.start(item.id)

    assert started is not None
    assert (started.attempts, started.message, started.to) == (1, item.message, item.to)
    assert again is None


async def test_a_refused_attempt_is_due_again_when_the_channel_said(desk: Desk) -> None:
    item = await desk.send(await conversation(desk))

    await attempt(desk, item, NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=37)))

    desk.clock.advance(timedelta(seconds=36))
    assert await due(desk) == []
    desk.clock.advance(timedelta(seconds=1))
    assert await due(desk) == [item.id]


async def test_an_unanswered_send_is_repeated_once_and_never_again(desk: Desk) -> None:
    item = await desk.send(await conversation(desk))
    silence = NotSent(fault=SendFault.NO_ANSWER)

    first = await attempt(desk, item, silence)
    desk.clock.advance(AMBIGUOUS_WAIT)
    limited = await attempt(desk, item, NotSent(fault=SendFault.RATE_LIMITED, retry_after=timedelta(seconds=1)))
    second = await attempt(desk, item, silence)

    assert (first, limited, second) == (OutboxStatus.AMBIGUOUS, OutboxStatus.PENDING, OutboxStatus.FAILED)
    assert await due(desk) == []


async def test_after_a_crash_in_the_middle_an_item_may_go_once_more_a_code_never(desk: Desk) -> None:
    notice = await desk.send(await conversation(desk, "visitor-1"))
    code = await desk.send(await conversation(desk, "visitor-2"), resend=Resend.NEVER)
    urgent = await desk.send(await conversation(desk, "visitor-3"), lane=Lane.SAFETY)
    for item in (notice, code, urgent):
        await desk.store.outbox.start(item.id)

    found = await desk.store.outbox.recover(desk.clock.now())

    assert found == 3
    assert await due(desk) == [urgent.id]
    desk.clock.advance(AMBIGUOUS_WAIT)
    assert set(await due(desk)) == {notice.id, urgent.id}
    assert (await desk.store.outbox.counts())[OutboxStatus.FAILED] == 1


async def test_a_second_crash_ends_an_item_and_says_so_in_the_log(desk: Desk) -> None:
    item = await desk.send(await conversation(desk))
    for _ in range(2):
        await desk.store.outbox.start(item.id)
        await desk.store.outbox.recover(desk.clock.now())
        desk.clock.advance(AMBIGUOUS_WAIT)

    assert await desk.store.outbox.counts() == {OutboxStatus.FAILED: 1}
    assert await given_up(desk, item) == 1


async def test_no_crash_ends_a_safety_text_before_every_attempt_is_used(desk: Desk) -> None:
    item = await desk.send(await conversation(desk), lane=Lane.SAFETY)
    for _ in range(MAX_ATTEMPTS - 1):
        assert await desk.store.outbox.start(item.id) is not None
        await desk.store.outbox.recover(desk.clock.now())
        assert await desk.store.outbox.counts() == {OutboxStatus.AMBIGUOUS: 1}
        desk.clock.advance(timedelta(minutes=5))
    await attempt(desk, item, NotSent(fault=SendFault.NO_ANSWER))

    assert await desk.store.outbox.counts() == {OutboxStatus.FAILED: 1}
    assert await given_up(desk, item) == 1


async def test_a_notice_about_an_older_version_of_a_visit_is_not_sent(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    visit = a_visit()
    check = TruthCheck(appointment_id=visit.id, version=1)
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit),)))
    told, started = await desk.send(conversation_id, check=check), await desk.send(conversation_id, check=check)
    moved = SaveAppointment(appointment=replace(visit, note="moved", version=2), expected_version=1)
    await desk.store.commits.commit(WriteSet(changes=(moved,)))

    assert await desk.store.outbox.start(started.id) is None
    await desk.store.commits.commit(WriteSet(changes=(SupersedeOutbox(appointment_id=visit.id, below_version=2),)))

    assert await desk.store.outbox.start(told.id) is None
    assert await desk.store.outbox.counts() == {OutboxStatus.SUPERSEDED: 2}


async def test_a_notice_about_the_present_version_is_sent(desk: Desk) -> None:
    visit = a_visit()
    await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit),)))
    check = TruthCheck(appointment_id=visit.id, version=1)
    item = await desk.send(await conversation(desk), check=check)
    await desk.store.commits.commit(WriteSet(changes=(SupersedeOutbox(appointment_id=visit.id, below_version=1),)))

    started = await desk.store.outbox.start(item.id)

    assert started is not None
    assert started.check == check


async def test_a_blocked_handle_is_suspended_with_the_record(desk: Desk) -> None:
    conversation_id = await conversation(desk)
    item = await desk.send(conversation_id)

    await attempt(desk, item, NotSent(fault=SendFault.BLOCKED))

    assert (await desk.snapshot(conversation_id)).handle.suspended


async def test_what_became_of_an_item_is_said_once(desk: Desk) -> None:
    item = await desk.send(await conversation(desk))
    await attempt(desk, item, Sent(provider_id="m-1"))

    with pytest.raises(StaleVersionError):
        await desk.store.outbox.record(item.id, Delivery(status=OutboxStatus.PENDING, not_before=NOON))
    with pytest.raises(UnknownRecordError):
        await desk.store.outbox.start(OutboxId("no-such"))


async def test_a_batch_is_limited_and_the_safety_lane_is_in_it(desk: Desk) -> None:
    for number in range(5):
        await desk.send(await conversation(desk, f"visitor-{number}"))
    urgent = await desk.send(await conversation(desk, "visitor-9"), lane=Lane.SAFETY)

    batch = await desk.store.outbox.due(desk.clock.now(), limit=2)

    assert len(batch) == 2
    assert batch[0].id == urgent.id
