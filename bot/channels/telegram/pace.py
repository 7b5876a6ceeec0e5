"""Telegram's budgets: one message a second to a chat, thirty a second in all, and the rests it orders.

Knows nothing of messages. A restart forgets the rests; Telegram then orders them again.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from datetime import timedelta

_CHATS_KEPT = 4_096


class Pace:
    """Gives leave to send. Each of thirty tickets is good once a second, so no second sees more than thirty."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        per_second: int = 30,
        longest_wait: timedelta = timedelta(seconds=2),
    ) -> None:
        """`monotonic` counts seconds; a wait beyond `longest_wait` is handed back to the caller instead."""
        self._monotonic, self._sleep = monotonic, sleep
        self._tickets = [float("-inf")] * per_second
        self._longest = longest_wait.total_seconds()
        self._next_at: dict[int, float] = {}
        self._rest_until: dict[int, float] = {}

    async def leave(self, chat: int) -> timedelta | None:
        """Wait until the chat may be written to; or, where that is far off, how long it will be."""
        now = self._monotonic()
        if resting := self._resting(chat, now):
            return resting
        at = max(now, self._next_at.get(chat, now), self._tickets[0])
        if at - now > self._longest:
            return timedelta(seconds=at - now)
        heapq.heapreplace(self._tickets, at + 1)
        self._next_at[chat] = at + 1
        self._forget_past(now)
        if at > now:
            await self._sleep(at - now)
        return self._resting(chat, self._monotonic())

    def rest(self, chat: int, span: timedelta) -> None:
        """Telegram asked to leave the chat alone for a while."""
        until = self._monotonic() + span.total_seconds()
        self._rest_until[chat] = max(until, self._rest_until.get(chat, until))

    def _resting(self, chat: int, now: float) -> timedelta | None:
        until = self._rest_until.get(chat, now)
        return timedelta(seconds=until - now) if until > now else None

    def _forget_past(self, now: float) -> None:
        for kept in (self._next_at, self._rest_until):
            if len(kept) > _CHATS_KEPT:
                for chat in [chat for chat, until in kept.items() if until <= now]:
                    del kept[chat]
