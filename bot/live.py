"""Live updates inside the process: who is watching a conversation, and what was just committed to it.

Nothing here is truth: a watcher that falls behind is told to read the transcript again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.dialogue.events import Event
from domain.ids import ConversationId, InboundId
from domain.transcript import TranscriptEntry

_BACKLOG = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A write to a conversation became durable: the deliveries it used up, and what was said."""

    conversation_id: ConversationId
    inbound: tuple[InboundId, ...] = ()
    entries: tuple[TranscriptEntry, ...] = ()
    events: tuple[Event, ...] = ()
    acts: tuple[str, ...] = ()
    """The names of the audit events written with it: appointment.booked, identity.proved …"""


class Subscription:
    """A watcher's queue. `lagged` once it overflowed: read the transcript again from the last seq seen."""

    def __init__(self) -> None:
        """Start empty."""
        self._queue: asyncio.Queue[Committed | None] = asyncio.Queue(maxsize=_BACKLOG)
        self.lagged = False

    def put(self, event: Committed) -> None:
        """Hand an event over; never waits."""
        if self._queue.full():
            self.lagged = True
            return
        self._queue.put_nowait(event)

    async def get(self) -> Committed | None:
        """The next event; None when the hub is closing."""
        return await self._queue.get()

    def close(self) -> None:
        """End the watcher's loop."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    def drain(self) -> tuple[Committed, ...]:
        """What is here already, without waiting."""
        found: list[Committed] = []
        while not self._queue.empty():
            event = self._queue.get_nowait()
            if event is not None:
                found.append(event)
        return tuple(found)

    async def __aiter__(self) -> AsyncIterator[Committed]:
        """Events until the hub closes."""
        while (event := await self.get()) is not None:
            yield event


class LiveHub:
    """Hands committed writes to whoever watches, in this process."""

    def __init__(self) -> None:
        """Start with nobody watching."""
        self._by_conversation: dict[ConversationId, set[Subscription]] = {}
        self._everything: set[Subscription] = set()

    @contextmanager
    def watch(self, conversation_id: ConversationId) -> Iterator[Subscription]:
        """Watch one conversation for as long as the block runs."""
        subscription = Subscription()
        self._by_conversation.setdefault(conversation_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            watchers = self._by_conversation.get(conversation_id, set())
            watchers.discard(subscription)
            if not watchers:
                self._by_conversation.pop(conversation_id, None)

    @contextmanager
    def watch_all(self) -> Iterator[Subscription]:
        """Watch every conversation (the staff inbox)."""
        subscription = Subscription()
        self._everything.add(subscription)
        try:
            yield subscription
        finally:
            self._everything.discard(subscription)

    def publish(self, event: Committed) -> None:
        """Tell the watchers; called after the commit, never before."""
        for subscription in (*self._by_conversation.get(event.conversation_id, ()), *self._everything):
            subscription.put(event)

    def nudge(self, conversation_id: ConversationId) -> None:
        """Have those who watch everything look again, though nothing was written: who is there has changed."""
        for subscription in self._everything:
            subscription.put(Committed(conversation_id=conversation_id))

    def close(self) -> None:
        """End every watcher's loop, so that connections close when the program stops."""
        for subscription in (*self._everything, *(s for group in self._by_conversation.values() for s in group)):
            subscription.close()
