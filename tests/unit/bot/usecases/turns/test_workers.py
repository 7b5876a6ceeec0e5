"""Workers: nothing that waits is forgotten, one conversation is served by one worker at a time, errors stop nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.workers import Bell, TurnWorkers
from domain.errors import StaleVersionError
from domain.ids import ConversationId

ONE, TWO = ConversationId("one"), ConversationId("two")


@asynccontextmanager
async def running(workers: TurnWorkers) -> AsyncIterator[None]:
    task = asyncio.create_task(workers.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_conversation_woken_while_served_is_served_once_more_and_never_twice_at_once() -> None:
    served: list[ConversationId] = []
    at_once = 0

    async def take(conversation_id: ConversationId) -> int:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        served.append(conversation_id)
        if len(served) == 1:
            workers.wake(ONE)
            workers.wake(ONE)
        await asyncio.sleep(0)
        at_once -= 1
        return 1

    workers = TurnWorkers(take)
    workers.wake(ONE)
    async with running(workers):
        await workers.settled()

    assert served == [ONE, ONE]


async def test_woken_twice_before_it_is_served_is_served_once() -> None:
    served: list[ConversationId] = []

    async def take(conversation_id: ConversationId) -> int:
        served.append(conversation_id)
        return 1

    workers = TurnWorkers(take)
    for conversation_id in (ONE, TWO, ONE):
        workers.wake(conversation_id)
    async with running(workers):
        await workers.settled()

    assert served == [ONE, TWO]


@pytest.mark.parametrize("error", [StaleVersionError("overtaken"), RuntimeError("broken")])
async def test_a_turn_that_breaks_does_not_stop_the_others(error: Exception) -> None:
    served: list[ConversationId] = []

    async def take(conversation_id: ConversationId) -> int:
        served.append(conversation_id)
        if conversation_id == ONE:
            raise error
        return 1

    workers = TurnWorkers(take, at_once=1)
    workers.wake(ONE)
    workers.wake(TWO)
    async with running(workers):
        await workers.settled()

    assert served == [ONE, TWO]


async def test_a_bell_works_when_rung_and_after_an_error() -> None:
    rounds: list[int] = []
    done = asyncio.Event()

    async def work() -> None:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            bell.ring()
            raise StaleVersionError("overtaken")
        done.set()

    bell = Bell(work, name="test", every_seconds=60)
    task = asyncio.create_task(bell.run())
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()

    assert rounds == [0, 1]
