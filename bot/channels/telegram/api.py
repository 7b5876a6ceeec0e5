"""One call to the Bot API, with a deadline, its failures in our own terms. No aiogram error gets past this module.

aiogram's error texts may hold the token, a chat id or the whole answer (patients' words); ours hold none of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod

from bot.channels.telegram.session import NotConnectedError

T = TypeVar("T")

_KNOWN_REASONS = (
    "chat not found",
    "message is too long",
    "message text is empty",
    "message is not modified",
    "query is too old",
    "button_data_invalid",
    "webhook is active",
    "terminated by other getupdates",
)
"""Telegram's own words we pass on to the log; anything else it says stays out."""


class ApiFault(StrEnum):
    """Why a call did not succeed."""

    RATE_LIMITED = "rate_limited"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    TOKEN = "token"  # noqa: S105 -- the name of a fault, not a secret
    CONFLICT = "conflict"
    UNREACHABLE = "unreachable"
    """Nothing was sent."""
    NO_ANSWER = "no_answer"
    """Something was sent; Telegram may have done what was asked."""
    UNREADABLE = "unreadable"
    """Telegram did what was asked and answered in a shape we do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFailure:
    """A call that did not succeed; `reason` is one of a few known phrases, or empty."""

    method: str
    fault: ApiFault
    retry_after: timedelta | None = None
    reason: str = ""


async def call(bot: Bot, method: TelegramMethod[T], *, deadline: timedelta) -> T | ApiFailure:
    """Call one method; never raises for what the other side or the network did."""
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            return await bot(method)
    except TimeoutError:
        return ApiFailure(method=method.__api_method__, fault=ApiFault.NO_ANSWER)
    except AiogramError as error:
        return ApiFailure(
            method=method.__api_method__,
            fault=_fault(error),
            retry_after=timedelta(seconds=error.retry_after) if isinstance(error, TelegramRetryAfter) else None,
            reason=_reason(error),
        )


def _fault(error: AiogramError) -> ApiFault:
    match error:
        case TelegramRetryAfter():
            return ApiFault.RATE_LIMITED
        case TelegramForbiddenError():
            return ApiFault.FORBIDDEN
        # A token Telegram cannot even take apart is answered 404, a revoked one 401.
        case TelegramUnauthorizedError() | TelegramNotFound():
            return ApiFault.TOKEN
        case TelegramConflictError():
            return ApiFault.CONFLICT
        case NotConnectedError():
            return ApiFault.UNREACHABLE
        case TelegramEntityTooLarge():
            return ApiFault.REFUSED
        case TelegramNetworkError() | TelegramServerError():
            return ApiFault.NO_ANSWER
        case ClientDecodeError(data={"ok": True}):
            return ApiFault.UNREADABLE
        case ClientDecodeError():
            return ApiFault.NO_ANSWER
        case _:
            return ApiFault.REFUSED


def _reason(error: AiogramError) -> str:
    said = str(getattr(error, "message", "")).lower()
    return next((known for known in _KNOWN_REASONS if known in said), "")
