"""The Inbox port: stored once, in order, durably, with the verdict given at the door."""

import asyncio
from datetime import timedelta

from domain.changes import SetTimer, WriteSet
from domain.handoff import BOT
from domain.identity import Level
from domain.safety import SafetyCategory, SafetyVerdict, Urgency
from tests.builders.storage import Desk, text_in


async def test_a_new_sender_gets_a_handle_and_a_conversation_the_bot_owns(desk: Desk) -> None:
    accepted = await desk.accept("hello", sender="visitor-1")

    snapshot = await desk.snapshot(accepted.conversation_id)
    assert not accepted.duplicate
    assert snapshot.conversation.owner == BOT
    assert snapshot.conversation.language == "en"
    assert snapshot.handle.address.value == "visitor-1"
    assert snapshot.handle.subject_id == snapshot.handle.id
    assert snapshot.handle.level is Level.ANYONE


async def test_a_known_sender_goes_on_in_the_same_conversation_in_order(desk: Desk) -> None:
    first = await desk.accept("one")
    second = await desk.accept("two")

    inbox = (await desk.snapshot(first.conversation_id)).inbox
    assert second.conversation_id == first.conversation_id
    assert [(pending.stored.seq, text_in(pending.stored.message)) for pending in inbox] == [(1, "one"), (2, "two")]


async def test_senders_do_not_share_a_conversation(desk: Desk) -> None:
    first = await desk.accept(sender="visitor-1")
    second = await desk.accept(sender="visitor-2")

    assert first.conversation_id != second.conversation_id


async def test_a_repeated_delivery_answers_with_the_first_ones_ids(desk: Desk) -> None:
    first = await desk.accept("hello", external_id="update-7")
    again = await desk.accept("hello", external_id="update-7")

    assert again.duplicate
    assert (again.inbound_id, again.conversation_id) == (first.inbound_id, first.conversation_id)
    assert len((await desk.snapshot(first.conversation_id)).inbox) == 1


async def test_a_delivery_repeated_after_its_turn_is_still_a_duplicate(desk: Desk) -> None:
    first = await desk.accept("hello", external_id="update-7")
    await desk.turn(first.conversation_id)

    again = await desk.accept("hello", external_id="update-7")

    assert again.duplicate
    assert await desk.store.inbox.waiting(desk.clock.now()) == ()


async def test_of_twenty_deliveries_repeated_at_once_one_is_kept(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.accept("hello", external_id="update-7") for _ in range(20)))

    assert sum(not answer.duplicate for answer in answers) == 1
    assert len({answer.inbound_id for answer in answers}) == 1
    assert len((await desk.snapshot(answers[0].conversation_id)).inbox) == 1


async def test_a_new_senders_burst_makes_one_conversation(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.accept(f"part {number}") for number in range(20)))

    inbox = (await desk.snapshot(answers[0].conversation_id)).inbox
    assert len({answer.conversation_id for answer in answers}) == 1
    assert [pending.stored.seq for pending in inbox] == list(range(1, 21))


async def test_the_verdict_given_at_the_door_comes_back_with_the_delivery(desk: Desk) -> None:
    verdict = SafetyVerdict(category=SafetyCategory.EMERGENCY, urgency=Urgency.NOW, rule="chest-pain", language="en")

    accepted = await desk.accept("my chest hurts", verdict=verdict)

    (pending,) = (await desk.snapshot(accepted.conversation_id)).inbox
    assert pending.verdict == verdict


async def test_any_text_comes_back_as_it_was_written(desk: Desk) -> None:
    texts = ["", "🩺" * 50, "a\x00b\x1b[0m", "\ud83d alone", "Zoë ñ 李", "x" * 10_000]
    accepted = [await desk.accept(text) for text in texts]

    inbox = (await desk.snapshot(accepted[0].conversation_id)).inbox
    assert [text_in(pending.stored.message) for pending in inbox] == texts


async def test_conversations_wait_oldest_first_until_their_turn(desk: Desk) -> None:
    first = await desk.accept(sender="visitor-1")
    desk.clock.advance(timedelta(seconds=1))
    second = await desk.accept(sender="visitor-2")
    before = await desk.store.inbox.waiting(desk.clock.now())

    await desk.turn(first.conversation_id)

    assert before == (first.conversation_id, second.conversation_id)
    assert await desk.store.inbox.waiting(desk.clock.now()) == (second.conversation_id,)


async def test_a_conversation_waits_when_its_timer_is_due_and_not_before(desk: Desk) -> None:
    accepted = await desk.accept()
    due_at = desk.clock.now() + timedelta(minutes=30)
    await desk.turn(
        accepted.conversation_id, SetTimer(conversation_id=accepted.conversation_id, kind="nudge", due_at=due_at)
    )

    assert await desk.store.inbox.waiting(due_at - timedelta(seconds=1)) == ()
    assert await desk.store.inbox.waiting(due_at) == (accepted.conversation_id,)


async def test_a_newer_timer_of_a_kind_replaces_the_older(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    await desk.turn(conversation_id)
    now = desk.clock.now()
    for minutes in (5, 30):
        timer = SetTimer(conversation_id=conversation_id, kind="nudge", due_at=now + timedelta(minutes=minutes))
        await desk.store.commits.commit(WriteSet(changes=(timer,)))

    assert await desk.store.inbox.waiting(now + timedelta(minutes=10)) == ()
    desk.clock.advance(timedelta(minutes=30))
    (due,) = (await desk.snapshot(conversation_id)).timers
    assert (due.kind, due.due_at) == ("nudge", now + timedelta(minutes=30))
