"""The clinic's side of the Telegram tests: an inbox with a unique key, time moved by hand, and a started channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import PollTimes
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.updates import HandleBlocked
from domain.errors import UnavailableError
from domain.ids import ConversationId, InboundId
from domain.message import Content, InboundMessage, Text
from domain.ports import Accepted
from tests.fakes.telegram_api import TOKEN, TelegramApi

Step = Callable[[InboundMessage], None]


@dataclass
class HandTime:
    """Time that passes only when somebody sleeps, and everybody's sleeps are written down."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class NoonClock:
    """Business time stands still."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@dataclass
class KeptInbox:
    """Stores deliveries under (channel, account, external id), as storage does; can be down, choke, or hang."""

    kept: dict[tuple[str, str, str], InboundMessage] = field(default_factory=dict)
    duplicates: int = 0
    down_for: int = 0
    chokes_on: str = ""
    hang_before: str = ""
    hang_after: str = ""
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    blocks: list[HandleBlocked] = field(default_factory=list)
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self, message: InboundMessage) -> Accepted:
        words = _words(message.content)
        if self.down_for:
            self.down_for -= 1
            raise UnavailableError("the store is down")
        if self.chokes_on and self.chokes_on in words:
            raise KeyError(words)
        await self._hang_at(self.hang_before, words)
        key = (message.sender.channel.value, message.sender.account, message.external_id)
        duplicate = key in self.kept
        self.duplicates += duplicate
        self.kept.setdefault(key, message)
        await self._hang_at(self.hang_after, words)
        async with self._grown:
            self._grown.notify_all()
        return Accepted(
            inbound_id=InboundId(message.external_id), conversation_id=ConversationId("c"), duplicate=duplicate
        )

    async def blocked(self, notice: HandleBlocked) -> None:
        self.blocks.append(notice)
        async with self._grown:
            self._grown.notify_all()

    async def has(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; the suite's time limit bounds it."""
        async with self._grown:
            await self._grown.wait_for(condition)

    async def reaches(self, number: int) -> None:
        await self.has(lambda: len(self.kept) >= number)

    @property
    def words(self) -> list[str]:
        return [_words(message.content) for message in self.kept.values()]

    async def _hang_at(self, mark: str, words: str) -> None:
        if mark and mark in words:
            self.hanging.set()
            await asyncio.Event().wait()


def _words(content: Content) -> str:
    match content:
        case Text(text=text):
            return text
        case _:
            return str(content)


def channel_to(
    api: TelegramApi,
    inbox: KeptInbox,
    time: HandTime,
    *,
    deadline: timedelta = timedelta(seconds=5),
    languages: tuple[str, ...] = ("en", "es"),
    token: str = TOKEN,
) -> TelegramChannel:
    settings = TelegramSettings(
        token=token,
        languages=languages,
        api_base=api.base,
        send_deadline=deadline,
        times=PollTimes(poll=timedelta(seconds=20)),
    )
    return TelegramChannel(
        settings, receive=inbox, blocked=inbox.blocked, clock=NoonClock(), monotonic=time.monotonic, sleep=time.sleep
    )


@asynccontextmanager
async def running(channel: TelegramChannel) -> AsyncIterator[asyncio.Task[None]]:
    """The channel as the program runs it: a task, cancelled, then closed."""
    await channel.start()
    task = asyncio.create_task(channel.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await channel.close()


async def killed(channel: TelegramChannel, task: asyncio.Task[None]) -> None:
    """The process dies: nothing more is said to Telegram."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await channel._bot.session.close()
