"""The way in and out: the sign-in page, one-time links, signing out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.usecases.sign_in import SignIn, SignInDone, SignInRefused, TooManyTries
from bot.usecases.sign_in_by_link import SignInByLink
from bot.usecases.staff_sessions import Visitor
from bot.web.inbox.forms import Fields
from bot.web.inbox.pages import InboxPages
from bot.web.inbox.timing import span
from bot.web.staff_routes import CSRF_FIELD, SIGN_IN_PATH, Gate, StaffDoor, same


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFront:
    """Routes by which staff come and go. Without `by_link` there are no one-time links at all."""

    sign_in: SignIn
    door: StaffDoor
    pages: InboxPages
    new_token: Callable[[], str]
    by_link: SignInByLink | None = None

    def register(self, app: web.Application) -> None:
        """Add the routes."""
        self.door.open(app, "GET", SIGN_IN_PATH, self._page)
        self.door.open(app, "POST", SIGN_IN_PATH, self._enter)
        self.door.add(app, "POST", "/staff/sign-out", self._leave, rule=Gate.SIGNED_IN)
        if self.by_link is not None:
            self.door.open(app, "GET", "/staff/link/{token}", self._follow)

    async def _page(self, request: web.Request) -> web.Response:
        said = "signed_out" if "out" in request.query else ""
        return self._ask(line=self.pages.words.say("sign_in", said) if said else "")

    async def _enter(self, request: web.Request) -> web.Response:
        fields = await Fields.of(request)
        username = fields.text("username")
        if not same(fields.text(CSRF_FIELD), self.door.cookies.door(request)):
            return self._ask(line=self.pages.words.say("sign_in", "door"), username=username, status=403)
        outcome = await self.sign_in(
            username=username,
            password=fields.text("password"),
            browser_mark=self.door.cookies.browser_mark(request),
        )
        match outcome:
            case SignInDone(signed_in=signed_in, browser_mark=mark):
                response = await self._inside(request, signed_in.token)
                self.door.cookies.keep_browser(response, mark)
                return response
            case SignInRefused():
                return self._ask(line=self.pages.words.say("sign_in", "refused"), username=username, status=403)
            case TooManyTries(wait=wait):
                rounded = timedelta(seconds=math.ceil(wait.total_seconds()))
                line = self.pages.words.say("sign_in", "wait", wait=span(rounded))
                response = self._ask(line=line, username=username, status=429)
                response.headers["Retry-After"] = str(int(rounded.total_seconds()))
                return response

    async def _follow(self, request: web.Request) -> web.Response:
        if self.by_link is None:
            raise web.HTTPNotFound
        token = request.match_info["token"]
        signed_in = await self.by_link(token=token, remote=request.remote or "")
        if signed_in is None:
            return self._ask(line=self.pages.words.say("sign_in", "link"), status=403)
        return await self._inside(request, signed_in.token)

    async def _leave(self, request: web.Request, _: Visitor) -> web.Response:
        await self.door.sessions.end(self.door.cookies.session(request))
        response = web.Response(status=303, headers={"Location": f"{SIGN_IN_PATH}?out"})
        response.headers["Clear-Site-Data"] = '"cache"'
        self.door.cookies.close_session(response)
        return response

    async def _inside(self, request: web.Request, token: str) -> web.Response:
        """A new session always has a new token; one this browser had before ends."""
        await self.door.sessions.end(self.door.cookies.session(request))
        response = web.Response(status=303, headers={"Location": "/staff"})
        self.door.cookies.open_session(response, token)
        return response

    def _ask(self, *, line: str = "", username: str = "", status: int = 200) -> web.Response:
        door = self.new_token()
        response = self.pages.sign_in(door=door, line=line, username=username[:64], status=status)
        self.door.cookies.open_door(response, door)
        return response
