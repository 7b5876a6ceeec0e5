"""The program's own work: a worker per waiting conversation, the outbox, and the tick that finds what is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from domain.errors import WellspokenError
from domain.ids import ConversationId

_RETRY_SECONDS = 2.0

_log = structlog.get_logger()

TakeTurns = Callable[[ConversationId], Awaitable[int]]


class TurnWorkers:
    """Takes turns: one conversation at a time per conversation, several conversations at once.

    A conversation woken while it is being served is served once more, so nothing that came meanwhile waits.
    """

    def __init__(self, take_turns: TakeTurns, *, at_once: int = 8) -> None:
        """Serve at most `at_once` conversations at the same time."""
        self._take_turns = take_turns
        self._at_once = at_once
        self._waiting: asyncio.Queue[ConversationId] = asyncio.Queue()
        self._queued: set[ConversationId] = set()
        self._busy: set[ConversationId] = set()
        self._again: set[ConversationId] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def wake(self, conversation_id: ConversationId) -> None:
        """Something waits there."""
        self._idle.clear()
        if conversation_id in self._busy:
            self._again.add(conversation_id)
        elif conversation_id not in self._queued:
            self._queued.add(conversation_id)
            self._waiting.put_nowait(conversation_id)

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(self._serve())

    async def settled(self) -> None:
        """Return once nothing waits and nothing is being served."""
        await self._idle.wait()

    async def _serve(self) -> None:
        while True:
            conversation_id = await self._waiting.get()
            self._queued.discard(conversation_id)
            self._busy.add(conversation_id)
            try:
                await self._take_turns(conversation_id)
            except WellspokenError as error:
                _log.error("turn.put_off", conversation_id=conversation_id, error=type(error).__name__)
                asyncio.get_running_loop().call_later(_RETRY_SECONDS, self.wake, conversation_id)
            except Exception as error:  # noqa: BLE001  # one broken turn must not stop the others; it is retried by the tick
                _log.error("turn.broken", conversation_id=conversation_id, error=type(error).__name__)
            finally:
                self._busy.discard(conversation_id)
                if conversation_id in self._again:
                    self._again.discard(conversation_id)
                    self.wake(conversation_id)
                if not (self._queued or self._busy):
                    self._idle.set()


class Bell:
    """Wakes one loop: rung when there may be work, and by itself every so often in case nobody rang."""

    def __init__(self, work: Callable[[], Awaitable[object]], *, name: str, every_seconds: float) -> None:
        """Run `work` on every ring, and at least `every_seconds`."""
        self._work, self._name, self._every = work, name, every_seconds
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """There may be work now."""
        self._rung.set()

    async def run(self) -> None:
        """Work until cancelled; an error is logged by name and tried again on the next ring."""
        while True:
            self._rung.clear()
            try:
                await self._work()
            except WellspokenError as error:
                _log.error("bell.put_off", bell=self._name, error=type(error).__name__)
            try:
                async with asyncio.timeout(self._every):
                    await self._rung.wait()
            except TimeoutError:
                continue
