"""aiogram's HTTP session, told apart where it matters to us: whether a request can have reached Telegram.

aiogram puts the token in the address, and aiohttp puts the address in some error texts: none of them leave here.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError, TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientTimeout,
    ConnectionTimeoutError,
)

CONNECT_SECONDS = 5.0
_REST_SECONDS = 5
"""The rest taken when Telegram says "too many requests" and not for how long."""


class NotConnectedError(TelegramNetworkError):
    """No connection was made, so Telegram has seen nothing of the request. Remedy: try again later."""


class WireSession(AiohttpSession):
    """One connection pool. How long a call may take in all is its caller's business (see api.call)."""

    def __init__(self, *, api_base: str, connect_seconds: float = CONNECT_SECONDS) -> None:
        """`api_base` is the Bot API server's address, without token or path."""
        super().__init__(api=TelegramAPIServer.from_base(api_base))
        self._limits = ClientTimeout(total=None, connect=connect_seconds)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ARG002, ASYNC109 -- aiogram's signature; api.call holds the deadline
    ) -> TelegramType:
        """Call one method. Raises aiogram's errors; NotConnectedError where nothing was sent."""
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        form = self.build_form_data(bot=bot, method=method)
        try:
            # A redirect would carry the patient's words to an address nobody chose.
            async with session.post(url, data=form, timeout=self._limits, allow_redirects=False) as response:
                status = response.status
                body = await response.text(encoding="utf-8", errors="replace")
        except (ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError):
            raise NotConnectedError(method=method, message="not connected") from None
        except (ClientError, TimeoutError, OSError):
            raise TelegramNetworkError(method=method, message="no answer") from None
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TelegramServerError(method=method, message="server error")
        try:
            answer = self.check_response(bot=bot, method=method, status_code=status, content=body)
        except AiogramError as error:
            if status == HTTPStatus.TOO_MANY_REQUESTS and not isinstance(error, TelegramRetryAfter):
                raise TelegramRetryAfter(method=method, message="", retry_after=_REST_SECONDS) from None
            raise
        return cast("TelegramType", answer.result)
