"""The door to every page under /staff: a declared rule for each route, a session, a token in every form."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from aiohttp import web

from bot.usecases.staff_sessions import ABSOLUTE, StaffSessions, Visitor
from domain.access import OfficePermission, Permission, may_in_office, might
from domain.errors import RefusedToStartError
from domain.staff import StaffAccount

SIGN_IN_PATH = "/staff/sign-in"
CSRF_FIELD = "csrf"
_FORM = "application/x-www-form-urlencoded"
_BROWSER_KEPT = timedelta(days=180)
_DOOR_KEPT = timedelta(hours=1)

_RULES: web.AppKey[dict[tuple[str, str], str]] = web.AppKey("staff_rules", dict)


class Gate(StrEnum):
    """Rules that ask for no permission: open to anyone, or to whoever is signed in."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"


Rule = Gate | Permission | OfficePermission
StaffHandler = Callable[[web.Request, Visitor], Awaitable[web.StreamResponse]]
OpenHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCookies:
    """Reads and sets the cookies of staff. With `https` they are Secure and held to this host by their names."""

    https: bool

    def session(self, request: web.Request) -> str:
        """The session's token, empty without one."""
        return request.cookies.get(self._name("staff"), "")

    def browser_mark(self, request: web.Request) -> str:
        """By what this browser is known from an earlier sign-in."""
        return request.cookies.get(self._name("staff-browser"), "")

    def door(self, request: web.Request) -> str:
        """What the sign-in page gave this browser, to come back in its form."""
        return request.cookies.get(self._name("staff-door"), "")

    def open_session(self, response: web.StreamResponse, token: str) -> None:
        """Keep a session's token for as long as a session can live."""
        self._set(response, "staff", token, ABSOLUTE)
        self._set(response, "staff-door", "", timedelta(0))

    def keep_browser(self, response: web.StreamResponse, mark: str) -> None:
        """Remember that someone signed in here."""
        self._set(response, "staff-browser", mark, _BROWSER_KEPT)

    def open_door(self, response: web.StreamResponse, value: str) -> None:
        """Bind the sign-in form to this browser."""
        self._set(response, "staff-door", value, _DOOR_KEPT)

    def close_session(self, response: web.StreamResponse) -> None:
        """Make the browser forget the session."""
        self._set(response, "staff", "", timedelta(0))

    def _name(self, what: str) -> str:
        return f"__Host-wellspoken-{what}" if self.https else f"wellspoken-{what}"

    def _set(self, response: web.StreamResponse, what: str, value: str, keep: timedelta) -> None:
        response.set_cookie(
            self._name(what),
            value,
            max_age=int(keep.total_seconds()),
            path="/",
            httponly=True,
            secure=self.https,
            samesite="Strict",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDoor:
    """Adds routes under /staff. A route added past it stops the start."""

    sessions: StaffSessions
    cookies: StaffCookies

    def open(self, app: web.Application, method: str, path: str, handler: OpenHandler) -> None:
        """A route anyone may ask for."""
        _declare(app, method, path, Gate.ANYONE)
        app.router.add_route(method, path, handler)

    def files(self, app: web.Application, prefix: str, folder: Path) -> None:
        """Files anyone may ask for: scripts and styles, nothing of the clinic."""
        _declare(app, "GET", prefix.rstrip("/"), Gate.ANYONE)
        _declare(app, "HEAD", prefix.rstrip("/"), Gate.ANYONE)
        app.router.add_static(prefix, folder)

    def add(
        self, app: web.Application, method: str, path: str, handler: StaffHandler, *, rule: Rule, alone: bool = False
    ) -> None:
        """A route for people who are signed in. `alone` marks what a page asks by itself: no sign of a person."""
        _declare(app, method, path, rule)

        async def guarded(request: web.Request) -> web.StreamResponse:
            visitor = await self.sessions.visitor(self.cookies.session(request), active=not alone)
            if visitor is None:
                return self._outside(request)
            if not _passes(visitor.account, rule):
                raise web.HTTPForbidden(text="your role does not allow this")
            if method == "POST":
                await _check_form(request, visitor)
            return await handler(request, visitor)

        app.router.add_route(method, path, guarded)

    def _outside(self, request: web.Request) -> web.Response:
        reads_pages = "text/html" in request.headers.get("Accept", "")
        if reads_pages:
            response = web.Response(status=303, headers={"Location": SIGN_IN_PATH})
        else:
            response = web.json_response({"error": "signed out"}, status=401)
        if self.cookies.session(request):
            self.cookies.close_session(response)
        return response


def _passes(account: StaffAccount, rule: Rule) -> bool:
    match rule:
        case Gate():
            return True
        case Permission():
            return might(account, rule)
        case OfficePermission():
            return may_in_office(account, rule)
        case _:
            assert_never(rule)


async def _check_form(request: web.Request, visitor: Visitor) -> None:
    if request.content_type != _FORM:
        raise web.HTTPUnsupportedMediaType(text=f"expected {_FORM}")
    given = (await request.post()).get(CSRF_FIELD, "")
    if not isinstance(given, str) or not same(given, visitor.session.csrf):
        raise web.HTTPForbidden(text="this page is out of date, open it again")


def same(given: str, expected: str) -> bool:
    """Compare secrets without telling by time how far they agree; an empty one never matches."""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8"))


def _declare(app: web.Application, method: str, path: str, rule: Rule) -> None:
    if _RULES not in app:
        app[_RULES] = {}
        app.on_startup.append(require_rules)
    app[_RULES][method, path] = rule.value


async def require_rules(app: web.Application) -> None:
    """Refuse to start when any route under /staff has no declared rule."""
    for route in app.router.routes():
        path = route.resource.canonical if route.resource is not None else ""
        if (path == "/staff" or path.startswith("/staff/")) and (route.method, path) not in app[_RULES]:
            raise RefusedToStartError(f"{route.method} {path} has no access rule: add it through StaffDoor")
