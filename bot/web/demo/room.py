"""The demo's page: role cards, what to try, the phone, the clock forward, reset. Its words are for whoever tries it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.demo.phone import DemoPhone, PhoneText
from domain.ports import Clock

_HERE = Path(__file__).parent
_HEARTBEAT_SECONDS = 15.0
_MAX_SEQ_DIGITS = 15

STEPS: Mapping[str, tuple[str, timedelta]] = MappingProxyType(
    {
        "PT10M": ("10 minutes", timedelta(minutes=10)),
        "PT1H": ("1 hour", timedelta(hours=1)),
        "P1D": ("1 day", timedelta(days=1)),
        "P7D": ("1 week", timedelta(days=7)),
    }
)
"""How far the clock can be put forward at once: form value, label, span."""
TO_REMINDER = "reminder"
"""The form value that puts the clock forward to the next reminder planned."""
_JUST_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCard:
    """A role to try: where it leads (a one-time sign-in link for staff) and what to do there."""

    title: str
    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Something counted in the demo, shown as simulated."""

    value: int
    label: str


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo's room. `cards` is asked for each page, as sign-in links are used up; `zone` is the clinic's."""

    clinic_name: str
    cards: Callable[[], Sequence[RoleCard]]
    phone: DemoPhone
    clock: Clock
    zone: ZoneInfo
    advance: Callable[[timedelta], Awaitable[None]]
    next_reminder: Callable[[], Awaitable[datetime | None]]
    figures: Callable[[], Awaitable[Sequence[Figure]]]
    reset: Callable[[], Awaitable[None]]
    nonce: Callable[[web.Request], str]
    heartbeat: float = _HEARTBEAT_SECONDS
    _templates: Environment = field(default_factory=_environment, init=False, repr=False)

    def register(self, app: web.Application) -> None:
        """Add the page, its files, its stream and its two controls."""
        app.router.add_get("/demo", self._page)
        app.router.add_static("/demo/static/", _HERE / "static")
        app.router.add_get("/demo/phone", self._texts)
        app.router.add_post("/demo/clock", self._forward)
        app.router.add_post("/demo/reset", self._reset)

    async def _page(self, request: web.Request) -> web.Response:
        texts, reminder = self.phone.texts(), await self.next_reminder()
        page = self._templates.get_template("demo.html").render(
            clinic_name=self.clinic_name,
            cards=self.cards(),
            steps={value: label for value, (label, _) in STEPS.items()},
            now=self._local(self.clock.now(), "%A %d %B %Y, %H:%M"),
            reminder=None if reminder is None else self._local(reminder, "%a %d %b, %H:%M"),
            to_reminder=TO_REMINDER,
            figures=await self.figures(),
            texts=[self._shown(text) for text in texts],
            seen=texts[-1].seq if texts else 0,
            nonce=self.nonce(request),
        )
        return web.Response(text=page, content_type="text/html")

    async def _forward(self, request: web.Request) -> web.Response:
        by = str((await request.post()).get("by", ""))
        span = await self._to_reminder() if by == TO_REMINDER else STEPS.get(by, ("", None))[1]
        if span is None:
            raise web.HTTPBadRequest(text=f"by: expected one of {', '.join((*STEPS, TO_REMINDER))}")
        if span > timedelta(0):
            await self.advance(span)
        raise web.HTTPSeeOther("/demo")

    async def _to_reminder(self) -> timedelta:
        """How long until just after the next reminder; nothing where none is planned any more."""
        planned = await self.next_reminder()
        return timedelta(0) if planned is None else planned + _JUST_AFTER - self.clock.now()

    async def _reset(self, _: web.Request) -> web.Response:
        await self.reset()
        answer = web.Response(status=303, headers={"Location": "/demo"})
        # The next page is for the next run: it must not come over a connection that this one is about to close.
        answer.force_close()
        return answer

    async def _texts(self, request: web.Request) -> web.StreamResponse:
        """Texts as they come, from the one after the last seen."""
        seen = request.headers.get("Last-Event-ID") or request.query.get("after", "0")
        if not seen.isascii() or not seen.isdecimal() or len(seen) > _MAX_SEQ_DIGITS:
            raise web.HTTPBadRequest(text="after: expected a whole number")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the page was closed
            await self._follow(response, int(seen))
        return response

    async def _follow(self, response: web.StreamResponse, after: int) -> None:
        while not self.phone.closed:
            for text in self.phone.texts(after=after):
                after = text.seq
                await response.write(f"id: {after}\nevent: text\ndata: {json.dumps(self._shown(text))}\n\n".encode())
            try:
                async with asyncio.timeout(self.heartbeat):
                    await self.phone.wait(after)
            except TimeoutError:
                await response.write(b": still here\n\n")

    def _shown(self, text: PhoneText) -> dict[str, str]:
        return {"number": text.number, "text": text.text, "at": self._local(text.at, "%a %H:%M")}

    def _local(self, at: datetime, form: str) -> str:
        return at.astimezone(self.zone).strftime(form)
