"""Long polling where nothing is confirmed to Telegram before it is stored.

The offset of the next getUpdates is the acknowledgement, and it cannot be taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import structlog
from aiogram import Bot
from aiogram.methods import AnswerCallbackQuery

from bot.channels.telegram.api import ApiFailure, ApiFault, call
from bot.channels.telegram.errors import TokenRefusedError
from bot.channels.telegram.raw import GetRawUpdates, RawReading, read_raw
from bot.channels.telegram.updates import ALLOWED_UPDATES, HandleBlocked
from domain.errors import UnavailableError
from domain.message import InboundMessage, Unsupported, UnsupportedKind
from domain.ports import Accepted, Clock

_log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Wait so many seconds."""

_BATCH = 100
_TRIES_WHOLE = 3
"""How often a delivery the store chokes on is tried as it is, before only the fact that it came is kept."""


class Receive(Protocol):
    """Accepts a delivery durably (ReceiveMessage)."""

    async def __call__(self, message: InboundMessage) -> Accepted:
        """Store it, or raise UnavailableError."""
        ...


class Blocked(Protocol):
    """Told that a patient blocked the bot; the same notice may come twice."""

    async def __call__(self, notice: HandleBlocked) -> None:
        """Suspend the handle, or raise UnavailableError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTimes:
    """How long Telegram holds an empty answer back, and how long we wait after each kind of trouble."""

    poll: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=10)
    """On top of `poll`, before an answer counts as lost."""
    acknowledge: timedelta = timedelta(seconds=3)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(seconds=60)
    conflict_pause: timedelta = timedelta(seconds=30)
    store_pause: timedelta = timedelta(seconds=2)


DEFAULT_TIMES = PollTimes()


@dataclass(slots=True, kw_only=True)
class PollCounts:
    """What came of the updates so far. `unreadable` ones are also counted where they were stored or passed over."""

    stored: int = 0
    duplicates: int = 0
    notices: int = 0
    passed_over: int = 0
    unreadable: int = 0
    husks: int = 0
    """Stored without their content, because the store choked on it."""


class UpdatePoller:
    """Asks, stores, confirms by asking on. Cancelling it at any moment loses nothing: Telegram repeats."""

    def __init__(
        self, bot: Bot, *, receive: Receive, blocked: Blocked, clock: Clock, times: PollTimes, sleep: Sleep
    ) -> None:
        """`sleep` is asyncio.sleep outside tests."""
        self._bot, self._receive, self._blocked, self._clock = bot, receive, blocked, clock
        self._times, self._sleep = times, sleep
        self._account = str(bot.id)
        self._offset: int | None = None
        self._next_pause = times.first_pause
        self._choked_on: int | None = None
        self._choked = 0
        self.counts = PollCounts()
        self.trouble: ApiFault | None = None
        """Why the latest getUpdates failed; None while all is well."""

    async def run(self) -> None:
        """Poll until cancelled. Raises TokenRefusedError once Telegram no longer knows the token."""
        while True:
            await self.poll_once()

    async def poll_once(self) -> None:
        """One getUpdates and what follows from it."""
        asked = await self._ask(hold=self._times.poll, limit=_BATCH, grace=self._times.grace)
        if isinstance(asked, ApiFailure):
            await self._pause_after(asked)
            return
        self._next_pause, self.trouble = self._times.first_pause, None
        if not asked:
            # All is confirmed now. After a quiet week ids start anew, maybe lower: an old offset would hide them.
            self._offset = None
            return
        await self._take_batch(asked)

    async def confirm(self) -> None:
        """Tell Telegram what was stored, when no further poll will; best effort, as repeats are recognised."""
        if self._offset is not None:
            await self._ask(hold=timedelta(0), limit=1, grace=self._times.acknowledge)

    async def _ask(self, *, hold: timedelta, limit: int, grace: timedelta) -> list[object] | ApiFailure:
        request = GetRawUpdates(
            offset=self._offset,
            limit=limit,
            timeout=int(hold.total_seconds()),
            allowed_updates=list(ALLOWED_UPDATES),
        )
        return await call(self._bot, request, deadline=hold + grace)

    async def _take_batch(self, batch: list[object]) -> None:
        """Store in Telegram's order; stop at the first that could not be stored, to ask for it again."""
        pressed: list[str] = []
        before = self._offset
        for raw in batch:
            read = read_raw(raw, account=self._account, now=self._clock.now())
            if not read.readable:
                self.counts.unreadable += 1
                _log.error("telegram.update_unreadable", update_id=read.update_id, kept=read.reading is not None)
            if read.update_id is None:
                self.counts.passed_over += 1
                continue
            if not await self._settled(read):
                break
            self._offset = read.update_id + 1
            if read.query_id is not None:
                pressed.append(read.query_id)
        await asyncio.gather(*(self._acknowledge(query_id) for query_id in pressed))
        if self._offset == before:
            await self._sleep(self._times.store_pause.total_seconds())

    async def _settled(self, read: RawReading) -> bool:
        """Whether the update is dealt with, so that it may be confirmed."""
        try:
            await self._hand_over(read)
        except UnavailableError:
            _log.warning("telegram.store_unavailable", update_id=read.update_id)
            return False
        except Exception as error:  # noqa: BLE001 -- one delivery that breaks the store must not hold back all others
            self._choked = self._choked + 1 if self._choked_on == read.update_id else 1
            self._choked_on = read.update_id
            # No traceback: it may quote the message.
            _log.error(
                "telegram.store_choked", update_id=read.update_id, error=type(error).__name__, times=self._choked
            )
            return False
        return True

    async def _hand_over(self, read: RawReading) -> None:
        husk = self._choked >= _TRIES_WHOLE and self._choked_on == read.update_id
        match read.reading:
            case InboundMessage() as message:
                accepted = await self._receive(_husk(message) if husk else message)
                if accepted.duplicate:
                    self.counts.duplicates += 1
                else:
                    self.counts.stored += 1
                    self.counts.husks += husk
            case HandleBlocked() as notice:
                if not husk:  # a notice has no content to drop; the next send finds the block out anyway
                    await self._blocked(notice)
                self.counts.notices += 1
            case None:
                self.counts.passed_over += 1

    async def _acknowledge(self, query_id: str) -> None:
        """Stop the button's spinner. Too late or not at all changes nothing for the turn."""
        await call(self._bot, AnswerCallbackQuery(callback_query_id=query_id), deadline=self._times.acknowledge)

    async def _pause_after(self, failure: ApiFailure) -> None:
        self.trouble = failure.fault
        match failure.fault:
            case ApiFault.TOKEN:
                raise TokenRefusedError
            case ApiFault.CONFLICT:
                _log.error(
                    "telegram.poll_conflict",
                    reason=failure.reason,
                    remedy="another program polls with this token or has set a webhook; stop it",
                )
                await self._sleep(self._times.conflict_pause.total_seconds())
            case _:
                pause = failure.retry_after or self._backoff()
                _log.warning(
                    "telegram.poll_failed",
                    fault=failure.fault.value,
                    reason=failure.reason,
                    pause=pause.total_seconds(),
                )
                await self._sleep(pause.total_seconds())

    def _backoff(self) -> timedelta:
        pause = self._next_pause
        self._next_pause = min(pause * 2, self._times.longest_pause)
        return pause


def _husk(message: InboundMessage) -> InboundMessage:
    """That something came, without what it was: a person asks the patient to say it again."""
    return replace(message, content=Unsupported(kind=UnsupportedKind.OTHER), language=None)
