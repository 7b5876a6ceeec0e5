"""Who may knock, and what every answer carries: hosts, origins, the content policy. Knows no sessions and no roles."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.ports import IdSource

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names a demo answers to. Any other name that resolves here is a rebinding attack."""

_PROBES = frozenset({"/healthz", "/readyz"})
"""Load balancers call these by address; they hold nothing worth rebinding for."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_NONCE = web.RequestKey("csp_nonce", str)
_REQUEST_ID = web.RequestKey("request_id", str)

_Signal = Callable[[web.Request, web.StreamResponse], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """How browsers reach us: the host names we answer to (lower case, no port), and whether that is by https."""

    hosts: frozenset[str]
    https: bool


def nonce_of(request: web.Request) -> str:
    """The value that lets this answer's own scripts run; fresh for every request."""
    return request[_NONCE]


def request_id_of(request: web.Request) -> str:
    """The id under which this request appears in logs and in X-Request-Id."""
    return request[_REQUEST_ID]


def mark_request(ids: IdSource) -> Middleware:
    """Give the request its id and its nonce. Outermost, so that errors have both."""

    @web.middleware
    async def mark(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[_REQUEST_ID] = ids()
        request[_NONCE] = secrets.token_urlsafe(18)
        return await handler(request)

    return mark


def known_hosts(door: FrontDoor) -> Middleware:
    """Refuse a Host header we were not told about (421): a stranger's name pointed at this address."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _PROBES and _without_port(request.host) not in door.hosts:
            raise web.HTTPMisdirectedRequest(text="unknown host name")
        return await handler(request)

    return check


def guard_origin(door: FrontDoor) -> Middleware:
    """Refuse what another site made a browser send (403).

    Only a plain navigation may come from elsewhere. Callers without a browser (webhooks, load tests) send neither
    header; they carry no cookie of a patient either.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _same_origin(request, https=door.https):
            raise web.HTTPForbidden(text="cross-site request")
        return await handler(request)

    return check


def _same_origin(request: web.Request, *, https: bool) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    reads = request.method in _SAFE_METHODS
    if site is not None:
        return site in {"same-origin", "none"} or (reads and request.headers.get("Sec-Fetch-Mode") == "navigate")
    origin = request.headers.get("Origin")
    if origin is None or reads:
        return True
    host = request.host.lower()
    return origin.lower() in ({f"https://{host}"} if https else {f"http://{host}", f"https://{host}"})


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def security_headers(door: FrontDoor) -> _Signal:
    """A signal that completes every answer, streams and files included, just before its headers go out."""

    async def complete(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Content-Security-Policy"] = _content_policy(nonce_of(request))
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"  # with no-referrer a form of ours would post from origin "null"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        headers["X-Request-Id"] = request_id_of(request)
        headers["Server"] = "wellspoken"
        if door.https:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        # Files of ours are checked again on every use, so that an upgraded page never meets an older script.
        headers.setdefault("Cache-Control", "no-cache" if isinstance(response, web.FileResponse) else "no-store")

    return complete


def _content_policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )
