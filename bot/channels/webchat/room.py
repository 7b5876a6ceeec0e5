"""The chat's routes: the page, its session, messages in, the live thread out. Each parses, calls and answers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from aiohttp import web

from bot.channels.webchat.messages import MalformedPostError, parse_post
from bot.channels.webchat.pages import LANGUAGE_COOKIE, STATIC, ChatPages
from bot.channels.webchat.pull_sender import PullSender
from bot.channels.webchat.rate_limit import RateLimiter
from bot.channels.webchat.recall import Recall
from bot.channels.webchat.session import ChatCookies
from bot.channels.webchat.stream import HEARTBEAT_SECONDS, ThreadStream, Transcripts
from bot.live import LiveHub
from domain.errors import UnavailableError
from domain.message import Address, InboundMessage
from domain.ports import Accepted, Clock

_STREAMS_EACH = 8
_LANGUAGE_KEPT = timedelta(days=365)
_RETRY_AFTER_SECONDS = 3
_MAX_SEQ_DIGITS = 15


class Receive(Protocol):
    """Accepts a delivery durably (ReceiveMessage)."""

    async def __call__(self, message: InboundMessage) -> Accepted:
        """Store it, or raise UnavailableError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebChat:
    """The web chat as a room. `urgent_keys` are the reply keys shown as urgent and read out at once.

    `recall` is asked anew for each stream, as a clinic's facts may be swapped while we run.
    """

    receive: Receive
    transcripts: Transcripts
    hub: LiveHub
    clock: Clock
    pages: ChatPages
    cookies: ChatCookies
    sender: PullSender
    limiter: RateLimiter
    urgent_keys: frozenset[str]
    recall: Callable[[], Recall]
    heartbeat: float = HEARTBEAT_SECONDS
    _streams: Counter[Address] = field(default_factory=Counter, init=False, repr=False)

    def register(self, app: web.Application) -> None:
        """Add the page, its files and its API."""
        app.router.add_get("/", self._page)
        app.router.add_static("/chat/static/", STATIC)
        app.router.add_post("/api/chat/session", self._open)
        app.router.add_post("/api/chat/messages", self._message)
        app.router.add_get("/api/chat/events", self._events)
        app.router.add_post("/api/chat/end", self._end)

    async def _page(self, request: web.Request) -> web.Response:
        response = web.Response(text=self.pages.chat(request), content_type="text/html")
        response.headers["Vary"] = "Accept-Language, Cookie"
        if "lang" in request.query:
            response.set_cookie(
                LANGUAGE_COOKIE,
                self.pages.language(request),
                max_age=int(_LANGUAGE_KEPT.total_seconds()),
                httponly=True,
                secure=self.cookies.https,
                samesite="Lax",
            )
        return response

    async def _open(self, request: web.Request) -> web.Response:
        """Start or prolong the session.

        The page asks for this itself: a visit that comes from another site does not bring a strict cookie, and must
        not be given a new one over it.
        """
        address = self.cookies.address(request)
        known = address is not None and await self.transcripts.of_address(address) is not None
        response = web.json_response({"conversation": known})
        self.cookies.keep_or_start(request, response)
        return response

    async def _message(self, request: web.Request) -> web.Response:
        address = self._address(request)
        self._within_rate(address)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="expected application/json")
        try:
            post = parse_post(json.loads(await request.read()))
        except MalformedPostError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        except ValueError:
            raise web.HTTPBadRequest(text="the body is not JSON") from None
        message = InboundMessage(
            sender=address,
            external_id=f"{address.value[:16]}.{post.id}",  # unique for ever, also if two browsers choose one id
            content=post.content,
            sent_at=self.clock.now(),
            language=self.pages.language(request),
        )
        with self.sender.overhear(address) as overheard:
            try:
                accepted = await self.receive(message)
            except UnavailableError:
                return web.json_response(
                    {"error": "not stored, try again", "replies": [{"text": reply.text} for reply in overheard]},
                    status=503,
                    headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
                )
        return web.json_response({"inbound": accepted.inbound_id, "duplicate": accepted.duplicate}, status=202)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        address = self._address(request)
        seen = _seen(request)
        conversation_id = await self.transcripts.of_address(address)
        if conversation_id is None:
            return web.Response(status=204)  # tells EventSource to stop: there is no thread yet
        with self._one_stream(address):
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
            await response.prepare(request)
            stream = ThreadStream(
                response=response,
                transcripts=self.transcripts,
                conversation_id=conversation_id,
                seen=seen,
                urgent_keys=self.urgent_keys,
                recall=self.recall(),
                clock=self.clock,
            )
            await stream.run(self.hub, heartbeat=self.heartbeat)
        return response

    async def _end(self, _: web.Request) -> web.Response:
        response = web.Response(status=204, headers={"Clear-Site-Data": '"storage"'})
        self.cookies.drop(response)
        return response

    def _address(self, request: web.Request) -> Address:
        address = self.cookies.address(request)
        if address is None:
            raise web.HTTPUnauthorized(text="no session: open the chat page first")
        return address

    def _within_rate(self, address: Address) -> None:
        if wait := self.limiter.wait_for(address.value):
            raise web.HTTPTooManyRequests(
                text=f"too many messages, try again in {wait} s", headers={"Retry-After": str(wait)}
            )

    @contextmanager
    def _one_stream(self, address: Address) -> Iterator[None]:
        if self._streams[address] >= _STREAMS_EACH:
            raise web.HTTPTooManyRequests(text="too many open pages", headers={"Retry-After": "60"})
        self._streams[address] += 1
        try:
            yield
        finally:
            self._streams[address] -= 1
            if not self._streams[address]:
                del self._streams[address]


def _seen(request: web.Request) -> int:
    """The last seq the page has: the browser's own header on a reconnect, else the page's word."""
    given = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
    if not given.isascii() or not given.isdecimal() or len(given) > _MAX_SEQ_DIGITS:
        raise web.HTTPBadRequest(text="after: expected a whole number")
    return int(given)
