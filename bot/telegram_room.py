"""Telegram's place in the program: a channel when a token is set, none without."""

from __future__ import annotations

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.telegram.updates import HandleBlocked
from bot.composition import Program
from bot.settings import Settings
from bot.usecases.suspend_handle import SuspendHandle


def telegram_channel(settings: Settings, program: Program) -> TelegramChannel | None:
    """The Telegram channel of this program, or None where no token is set."""
    if settings.telegram_token is None:
        return None
    store, clock = program.store, program.blueprint.clock
    suspend = SuspendHandle(conversations=store.conversations, commits=store.commits, clock=clock)

    async def blocked(notice: HandleBlocked) -> None:
        await suspend(notice.address)

    return TelegramChannel(
        TelegramSettings(token=settings.telegram_token, languages=program.blueprint.release.clinic.languages),
        receive=program.receive,
        blocked=blocked,
        clock=clock,
    )
