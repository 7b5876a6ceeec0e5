"""Telegram as the composition root sees it: start, run, close, and the Sender."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog
from aiogram import Bot
from aiogram.methods import DeleteWebhook, GetMe, SetMyCommands
from aiogram.types import BotCommand

from bot.channels.telegram.api import ApiFailure, ApiFault, call
from bot.channels.telegram.errors import TokenRefusedError
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import Blocked, PollCounts, Receive, Sleep, UpdatePoller
from bot.channels.telegram.sender import TelegramSender
from bot.channels.telegram.session import WireSession
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.words import COMMANDS, contact_label, load_words
from domain.ports import Clock

_log = structlog.get_logger(__name__)


class TelegramChannel:
    """One bot. `start` once, `run` in a task that may be cancelled at any moment, then `close`."""

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        receive: Receive,
        blocked: Blocked,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Opens no connection yet. Raises ContentError where the words of a language are missing."""
        self._settings, self._sleep = settings, sleep
        self._words = load_words(settings.languages)
        self._bot = Bot(settings.token, session=WireSession(api_base=settings.api_base))
        self.account = str(self._bot.id)
        self.sender = TelegramSender(
            self._bot,
            pace=Pace(monotonic=monotonic, sleep=sleep),
            contact_label=contact_label(self._words),
            deadline=settings.send_deadline,
        )
        self._poller = UpdatePoller(
            self._bot, receive=receive, blocked=blocked, clock=clock, times=settings.times, sleep=sleep
        )
        self._ready = False
        self._trouble: ApiFault | None = None

    @property
    def counts(self) -> PollCounts:
        """What came of the updates so far."""
        return self._poller.counts

    @property
    def trouble(self) -> ApiFault | None:
        """Why Telegram cannot be reached at present; None while all is well."""
        return self._trouble or self._poller.trouble

    async def start(self) -> None:
        """Check the token and leave webhook mode. Raises TokenRefusedError.

        Where Telegram cannot be reached this is put off to `run`: a clinic opens without it.
        """
        failure = await self._prepare()
        self._trouble = failure.fault if failure else None
        if failure:
            _log.warning("telegram.not_ready", method=failure.method, fault=failure.fault.value)

    async def run(self) -> None:
        """Receive until cancelled. Raises TokenRefusedError once the token is revoked."""
        pause = self._settings.times.first_pause
        while not self._ready:
            await self.start()
            if not self._ready:
                await self._sleep(pause.total_seconds())
                pause = min(pause * 2, self._settings.times.longest_pause)
        await self._poller.run()

    async def close(self) -> None:
        """Confirm what was stored and close the connections; call it when `run` has ended."""
        try:
            await self._poller.confirm()
        finally:
            await self._bot.session.close()

    async def _prepare(self) -> ApiFailure | None:
        if self._ready:
            return None
        deadline = self._settings.send_deadline
        me = await call(self._bot, GetMe(), deadline=deadline)
        if isinstance(me, ApiFailure):
            if me.fault is ApiFault.TOKEN:
                raise TokenRefusedError
            return me
        # What arrived while a webhook was set, or nobody was listening, is waiting to be read.
        left = await call(self._bot, DeleteWebhook(drop_pending_updates=False), deadline=deadline)
        if isinstance(left, ApiFailure):
            return left
        self._ready = True
        await self._offer_commands()
        return None

    async def _offer_commands(self) -> None:
        """The menu beside the text field, per language; a clinic works without it."""
        for index, (language, words) in enumerate(self._words.items()):
            commands = [BotCommand(command=name, description=words[f"command.{name}"]) for name in COMMANDS]
            for code in (None, language) if index == 0 else (language,):
                request = SetMyCommands(commands=commands, language_code=code)
                failed = await call(self._bot, request, deadline=self._settings.send_deadline)
                if isinstance(failed, ApiFailure):
                    _log.warning("telegram.menu_not_set", fault=failed.fault.value, reason=failed.reason)
                    return
