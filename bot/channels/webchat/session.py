"""Who a browser is: a random cookie, of which only the digest is ever used as an address or kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from domain.message import Address, Channel

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_TOKEN_BYTES = 32


def _new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCookies:
    """Reads and sets the session cookie. `https` makes it Secure and host-bound; `keep` slides with every visit.

    `new_token` gives 43 characters of URL-safe base64 (256 random bits).
    """

    https: bool
    account: str = "web"
    keep: timedelta = timedelta(days=30)
    new_token: Callable[[], str] = _new_token

    @property
    def name(self) -> str:
        """The cookie's name; the prefix makes browsers hold it to this host over https."""
        return "__Host-wellspoken-chat" if self.https else "wellspoken-chat"

    def address(self, request: web.Request) -> Address | None:
        """Where this browser's messages come from, or None when it brings no session."""
        token = request.cookies.get(self.name, "")
        if not _TOKEN.match(token):
            return None
        return Address(
            channel=Channel.WEB, account=self.account, value=hashlib.sha256(token.encode("ascii")).hexdigest()
        )

    def keep_or_start(self, request: web.Request, response: web.Response) -> None:
        """Prolong the session the browser brought, or start one."""
        token = request.cookies.get(self.name, "")
        self._set(response, token if _TOKEN.match(token) else self.new_token(), self.keep)

    def drop(self, response: web.Response) -> None:
        """Make the browser forget."""
        self._set(response, "", timedelta(0))

    def _set(self, response: web.Response, token: str, keep: timedelta) -> None:
        response.set_cookie(
            self.name,
            token,
            max_age=int(keep.total_seconds()),
            path="/",
            httponly=True,
            secure=self.https,
            samesite="Strict",
        )
