"""A Bot API server on this machine: long polls, redelivers what is unconfirmed, limits, blocks, drops connections.

It is written from the public description of the Bot API by the same hands as the client, so it is no independent
judge of that description; what it judges is what really arrived, in which order and when.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOKEN = "424242:AAfictional-token-for-tests_only-0001"
BOT_ID = 424242
NOON = 1_772_470_800
"""2026-03-02 17:00 UTC."""

_MAX_TEXT = 4_096
_MAX_PAYLOAD = 64


class Break(StrEnum):
    """Ways for a call to go wrong that are not answers."""

    NONE = "none"
    """All goes well."""
    RESET_UNREAD = "reset_unread"
    """The connection dies before the method is carried out."""
    RESET_AFTER = "reset_after"
    """The method is carried out, and the connection dies before the answer."""
    SILENT = "silent"
    """The method is carried out, and no answer ever comes."""
    BAD_GATEWAY = "bad_gateway"
    """A proxy's HTML page."""
    ODD_RESULT = "odd_result"
    """Carried out, and answered "ok" in a shape nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error answer, as the Bot API gives it."""

    status: int
    description: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that reached the server."""

    method: str
    params: dict[str, Any]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One message in a patient's chat."""

    message_id: int
    text: str
    markup: dict[str, Any]
    at: float


class _RefusedError(Exception):
    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.refusal = Refusal(status=status, description=description, retry_after=retry_after)


@dataclass
class TelegramApi:
    """The server's state, and the patients' side of it. `monotonic` dates calls and ends floods."""

    monotonic: Callable[[], float]
    calls: list[Call] = field(default_factory=list)
    chats: defaultdict[int, list[Arrived]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[dict[str, Any]] = field(default_factory=list)
    confirmed_to: int = 0
    blocked: set[int] = field(default_factory=set)
    flood_until: dict[int, float] = field(default_factory=dict)
    webhook: str = ""
    revoked: bool = False
    scripted: defaultdict[str, list[Break | Refusal]] = field(default_factory=lambda: defaultdict(list))
    answered_queries: list[str] = field(default_factory=list)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    base: str = ""
    _update_ids: count[int] = field(default_factory=lambda: count(1_000))
    _message_ids: count[int] = field(default_factory=lambda: count(1))
    _open_queries: set[str] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _poll: asyncio.Event | None = None
    _expire: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _activity: asyncio.Condition = field(default_factory=asyncio.Condition)

    def says(self, chat: int, text: str, *, language: str = "en") -> int:
        """A patient types."""
        return self.push({"message": self.message(chat, text=text, language=language)})

    def edits(self, chat: int, text: str, *, minutes: int = 1) -> int:
        """A patient corrects what they typed."""
        return self.push({"edited_message": self.message(chat, text=text, edit_date=NOON + 60 * minutes)})

    def presses(self, chat: int, payload: str) -> int:
        """A patient presses a button under our latest message."""
        query_id = f"query-{next(self._message_ids)}"
        self._open_queries.add(query_id)
        return self.push(
            {
                "callback_query": {
                    "id": query_id,
                    "from": _user(chat),
                    "chat_instance": "1",
                    "data": payload,
                    "message": self.message(chat, text="earlier words"),
                }
            }
        )

    def blocks(self, chat: int) -> int:
        """A patient blocks the bot."""
        self.blocked.add(chat)
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Clinic"}
        return self.push(
            {
                "my_chat_member": {
                    "chat": {"id": chat, "type": "private"},
                    "from": _user(chat),
                    "date": NOON,
                    "old_chat_member": {"status": "member", "user": bot},
                    "new_chat_member": {"status": "kicked", "user": bot, "until_date": 0},
                }
            }
        )

    def message(self, chat: int, *, language: str = "en", **content: Any) -> dict[str, Any]:
        """A message in a private chat, as JSON."""
        user = _user(chat, language)
        private = {"id": chat, "type": "private", "first_name": "Test"}
        return {"message_id": next(self._message_ids), "date": NOON, "chat": private, "from": user, **content}

    def push(self, body: dict[str, Any]) -> int:
        """Queue an update for the bot; its id."""
        update_id = next(self._update_ids)
        self.push_raw({"update_id": update_id, **body})
        return update_id

    def push_raw(self, update: Any) -> None:
        """Queue anything."""
        self.waiting.append(update)
        self._changed.set()

    def forget_numbering(self, first: int) -> None:
        """After a quiet week Telegram numbers updates anew."""
        self._update_ids = count(first)
        self.confirmed_to = 0

    def next_call(self, method: str, event: Break | Refusal) -> None:
        """What happens to the next call of a method (several: in order)."""
        self.scripted[method].append(event)

    def flood(self, chat: int, seconds: float) -> None:
        """Refuse the chat for a while."""
        self.flood_until[chat] = self.monotonic() + seconds

    def next_empty_poll(self) -> None:
        """The poll that is being held is answered with nothing, as when its time is up."""
        self._expire.set()

    def texts(self, chat: int) -> list[str]:
        """What a patient has on screen."""
        return [arrived.text for arrived in self.chats[chat]]

    def made(self, method: str) -> list[Call]:
        """Calls of one method."""
        return [call for call in self.calls if call.method == method]

    def close(self) -> None:
        """Let every held request go."""
        self._closing.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; looked at whenever a request comes in or has been carried out."""
        async with self._activity:
            await self._activity.wait_for(condition)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        answer = await self._handle(request)
        await self._stir()
        return answer

    async def _stir(self) -> None:
        async with self._activity:
            self._activity.notify_all()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params = {name: _decoded(str(value)) for name, value in (await request.post()).items()}
        self.calls.append(Call(method=method, params=params, at=self.monotonic()))
        await self._stir()
        scripted = self.scripted[method].pop(0) if self.scripted[method] else None
        if isinstance(scripted, Refusal):
            return _refused(scripted)
        if scripted is Break.RESET_UNREAD:
            return self._reset(request)
        if scripted is Break.BAD_GATEWAY:
            return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")
        try:
            self._check(request.match_info["token"])
            result = await self._carry_out(method, params)
        except _RefusedError as error:
            return _refused(error.refusal)
        match scripted:
            case Break.RESET_AFTER:
                return self._reset(request)
            case Break.SILENT:
                await self._closing.wait()
            case Break.ODD_RESULT:
                return web.json_response({"ok": True, "result": {"something": "else"}})
        return web.json_response({"ok": True, "result": result})

    def _check(self, token: str) -> None:
        if token != TOKEN:
            raise _RefusedError(404, "Not Found")
        if self.revoked:
            raise _RefusedError(401, "Unauthorized")

    def _reset(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _carry_out(self, method: str, params: dict[str, Any]) -> Any:
        match method:
            case "getMe":
                return {"id": BOT_ID, "is_bot": True, "first_name": "Clinic", "username": "clinic_test_bot"}
            case "getUpdates":
                return await self._get_updates(params)
            case "sendMessage":
                return self._send(params)
            case "editMessageReplyMarkup":
                return self._edit_markup(params)
            case "answerCallbackQuery":
                return self._answer_query(params)
            case "deleteWebhook":
                self.webhook = ""
                if params.get("drop_pending_updates") in {True, "true"}:
                    self.waiting.clear()
                return True
            case "setMyCommands":
                self.commands[str(params.get("language_code", ""))] = params["commands"]
                return True
            case "sendChatAction":
                return True
            case "getFile":
                return {"file_id": params["file_id"], "file_unique_id": "u", "file_path": "photos/file_0.jpg"}
        raise _RefusedError(404, "Not Found: method not found")

    async def _get_updates(self, params: dict[str, Any]) -> list[Any]:
        if self.webhook:
            raise _RefusedError(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset", 0))
        self.confirmed_to = max(self.confirmed_to, offset)
        self.waiting = [update for update in self.waiting if _id_of(update) >= offset]
        if self._poll is not None:
            self._poll.set()
        mine = self._poll = asyncio.Event()
        try:
            await self._until_something(mine, float(params.get("timeout", 0)))
        finally:
            if self._poll is mine:
                self._poll = None
        if mine.is_set():
            raise _RefusedError(409, "Conflict: terminated by other getUpdates request")
        allowed = params.get("allowed_updates") or []
        ready = [update for update in self.waiting if not allowed or _kind_of(update) in {*allowed, ""}]
        return ready[: int(params.get("limit", 100))]

    async def _until_something(self, replaced: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                ends = (replaced, self._expire, self._closing)
                while not self.waiting and not any(end.is_set() for end in ends):
                    self._changed.clear()
                    await _first_of(self._changed, *ends)
        self._expire.clear()

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = int(params["chat_id"])
        text = str(params.get("text", ""))
        markup = params.get("reply_markup") or {}
        if chat in self.blocked:
            raise _RefusedError(403, "Forbidden: bot was blocked by the user")
        left = self.flood_until.get(chat, 0.0) - self.monotonic()
        if left > 0:
            wait = int(left) + (left % 1 > 0)
            raise _RefusedError(429, f"Too Many Requests: retry after {wait}", wait)
        if not text.strip():
            raise _RefusedError(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > _MAX_TEXT:
            raise _RefusedError(400, "Bad Request: message is too long")
        for row in markup.get("inline_keyboard", []):
            if any(not 0 < len(button["callback_data"].encode()) <= _MAX_PAYLOAD for button in row):
                raise _RefusedError(400, "Bad Request: BUTTON_DATA_INVALID")
        arrived = Arrived(message_id=next(self._message_ids), text=text, markup=markup, at=self.monotonic())
        self.chats[chat].append(arrived)
        return {
            "message_id": arrived.message_id,
            "date": NOON,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": BOT_ID, "is_bot": True, "first_name": "Clinic"},
            "text": text,
        }

    def _edit_markup(self, params: dict[str, Any]) -> Any:
        chat, wanted = int(params["chat_id"]), int(params["message_id"])
        for index, arrived in enumerate(self.chats[chat]):
            if arrived.message_id == wanted:
                markup = params.get("reply_markup") or {}
                if markup == arrived.markup:
                    raise _RefusedError(400, "Bad Request: message is not modified")
                self.chats[chat][index] = replace(arrived, markup=markup)
                return True
        raise _RefusedError(400, "Bad Request: message to edit not found")

    def _answer_query(self, params: dict[str, Any]) -> bool:
        query_id = str(params["callback_query_id"])
        if query_id not in self._open_queries:
            raise _RefusedError(400, "Bad Request: query is too old or query ID is invalid")
        self._open_queries.discard(query_id)
        self.answered_queries.append(query_id)
        return True


@asynccontextmanager
async def telegram_api(monotonic: Callable[[], float]) -> AsyncIterator[TelegramApi]:
    """The server, on a free port of this machine; its address is `base`."""
    api = TelegramApi(monotonic=monotonic)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    server = TestServer(app)
    await server.start_server()
    api.base = str(server.make_url("")).rstrip("/")
    try:
        yield api
    finally:
        api.close()
        await server.close()


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _refused(refusal: Refusal) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.retry_after is not None:
        body["parameters"] = {"retry_after": refusal.retry_after}
    return web.json_response(body, status=refusal.status)


def _user(chat: int, language: str = "en") -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "Test", "language_code": language}


def _decoded(value: str) -> Any:
    """Structured parameters travel as JSON text; words stay words."""
    with suppress(ValueError):
        return json.loads(value) if value[:1] in {"{", "["} else value
    return value


def _id_of(update: Any) -> int:
    update_id = update.get("update_id") if isinstance(update, dict) else None
    return update_id if isinstance(update_id, int) else 1 << 62


def _kind_of(update: Any) -> str:
    names = update if isinstance(update, dict) else {}
    return next((name for name in names if name != "update_id"), "")
