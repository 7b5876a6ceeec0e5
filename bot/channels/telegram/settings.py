"""What a clinic sets for Telegram, checked before anything opens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from aiogram.utils.token import TokenValidationError, validate_token

from bot.channels.telegram.polling import DEFAULT_TIMES, PollTimes
from bot.channels.telegram.sender import SEND_DEADLINE
from domain.errors import RefusedToStartError

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """The bot's token, the languages its menu and controls speak (the first is the default), where the Bot API is.

    Raises RefusedToStartError, without the token in it, where one of them cannot be right.
    """

    token: str = field(repr=False)
    languages: tuple[str, ...] = ("en",)
    api_base: str = "https://api.telegram.org"
    send_deadline: timedelta = SEND_DEADLINE
    times: PollTimes = DEFAULT_TIMES

    def __post_init__(self) -> None:
        """Refuse early."""
        if not _is_token(self.token):
            raise RefusedToStartError("the Telegram token is malformed; expected digits, a colon and letters")
        if not self.languages:
            raise RefusedToStartError("no language is enabled for Telegram; expected at least one")
        base = urlsplit(self.api_base)
        if not base.hostname or not (base.scheme == "https" or (base.scheme == "http" and base.hostname in _LOOPBACK)):
            # The token travels in the address of every request.
            raise RefusedToStartError("the Telegram API address must be https, or http on this machine")


def _is_token(token: str) -> bool:
    try:
        return validate_token(token)
    except TokenValidationError:
        return False
