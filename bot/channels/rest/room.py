"""Rasa's REST webhook: takes a message and answers with the replies once its turn is committed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from bot.channels.rest.wire import MalformedRestError, RestPost, overheard_replies, parse_rest, replies
from bot.live import LiveHub, Subscription
from domain.errors import UnavailableError
from domain.ids import ConversationId, InboundId
from domain.message import Address, Channel, InboundMessage, OutboundMessage
from domain.ports import Accepted, Clock, IdSource
from domain.transcript import Author, TranscriptEntry

ANSWER_SECONDS = 15.0
_DUPLICATE_SECONDS = 2.0
_RETRY_AFTER_SECONDS = 3


class Receive(Protocol):
    """Accepts a delivery durably (ReceiveMessage)."""

    async def __call__(self, message: InboundMessage) -> Accepted:
        """Store it, or raise UnavailableError."""
        ...


class Transcripts(Protocol):
    """The part of the Conversations port this channel reads."""

    async def of_address(self, address: Address) -> ConversationId | None:
        """The conversation behind an address."""
        ...

    async def transcript(
        self, conversation_id: ConversationId, *, after_seq: int = 0, limit: int = 200
    ) -> tuple[TranscriptEntry, ...]:
        """Entries after a sequence number, in order (the latest `limit` when after_seq is 0)."""
        ...


Overhear = Callable[[Address], AbstractContextManager[list[OutboundMessage]]]
"""Collects what is sent to an address while a block runs: the emergency answer when the store is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestChannel:
    """The REST channel as a room. `token` is asked for as a bearer; None opens it to anyone (the demo only)."""

    receive: Receive
    transcripts: Transcripts
    hub: LiveHub
    clock: Clock
    ids: IdSource
    overhear: Overhear
    token: str | None
    account: str = "rest"
    answer_seconds: float = ANSWER_SECONDS
    duplicate_seconds: float = _DUPLICATE_SECONDS

    def register(self, app: web.Application) -> None:
        """Add Rasa's two routes."""
        app.router.add_get("/webhooks/rest/", self._health)
        app.router.add_post("/webhooks/rest/webhook", self._webhook)

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _webhook(self, request: web.Request) -> web.Response:
        self._allow(request)
        try:
            post = parse_rest(json.loads(await request.read()))
        except MalformedRestError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        except ValueError:
            raise web.HTTPBadRequest(text="the body is not JSON") from None
        message = self._message(post)
        with self.overhear(message.sender) as overheard:
            try:
                entries = await self._answered(message)
            except UnavailableError:
                # An array, as Rasa's clients read the body before the status.
                body = overheard_replies(post.sender, overheard)
                return web.json_response(body, status=503, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
            except TimeoutError:
                raise web.HTTPGatewayTimeout(text="stored, but not answered in time") from None
        return web.json_response(replies(post.sender, entries))

    def _message(self, post: RestPost) -> InboundMessage:
        mark = hashlib.sha256(post.sender.encode()).hexdigest()[:16]
        return InboundMessage(
            sender=Address(channel=Channel.REST, account=self.account, value=post.sender),
            external_id=f"{mark}.{post.message_id or self.ids()}",
            content=post.content,
            sent_at=self.clock.now(),
            language=post.language,
        )

    async def _answered(self, message: InboundMessage) -> Sequence[TranscriptEntry]:
        """Watch first, then hand over, so that the commit cannot slip by. Raises TimeoutError."""
        try:
            known = await self.transcripts.of_address(message.sender)
        except UnavailableError:
            # Accepting comes first: where nothing can be read a red flag must still reach its answer.
            known = None
        with self.hub.watch(known) if known else self.hub.watch_all() as watch:
            accepted = await self.receive(message)
            if not accepted.duplicate:
                async with asyncio.timeout(self.answer_seconds):
                    return await _turn_of(watch, accepted.inbound_id)
            try:
                async with asyncio.timeout(self.duplicate_seconds):
                    return await _turn_of(watch, accepted.inbound_id)
            except TimeoutError:
                return await self._latest(accepted.conversation_id)

    async def _latest(self, conversation_id: ConversationId) -> Sequence[TranscriptEntry]:
        """What was said since the patient last spoke: the answer a repeated delivery missed."""
        entries = await self.transcripts.transcript(conversation_id)
        spoke = [index for index, entry in enumerate(entries) if entry.author is Author.PATIENT]
        return entries[spoke[-1] + 1 :] if spoke else entries

    def _allow(self, request: web.Request) -> None:
        if self.token is None:
            return
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            raise web.HTTPUnauthorized(text="wrong or missing bearer token", headers={"WWW-Authenticate": "Bearer"})


async def _turn_of(watch: Subscription, inbound_id: InboundId) -> Sequence[TranscriptEntry]:
    """The entries of the commit that used up this delivery; none once the hub closes."""
    async for event in watch:
        if inbound_id in event.inbound:
            return event.entries
    raise UnavailableError("the program is stopping")
