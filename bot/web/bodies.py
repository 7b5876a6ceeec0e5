"""Bounds on what is read before anyone looks at it: size, time, and the shape of JSON. Knows no fields."""

from __future__ import annotations

import asyncio
import json

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from domain.errors import WellspokenError

MAX_BODY_BYTES = 256 * 1024
READ_SECONDS = 5.0
MAX_DEPTH = 8
_OPENS_JSON = (b"{", b"[")


class MalformedJsonError(WellspokenError):
    """The bytes are not JSON we take. Remedy: send UTF-8 JSON, at most MAX_DEPTH deep, no key twice, no NaN."""


def bounded_bodies(*, read_seconds: float = READ_SECONDS) -> Middleware:
    """Read the whole body within its limits before the handler runs: 413, 408, or 400 in one line.

    What is read stays with the request, so handlers `await request.read()` as usual.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.can_read_body:
            try:
                async with asyncio.timeout(read_seconds):
                    body = await request.read()
            except TimeoutError:
                raise web.HTTPRequestTimeout(text="the body took too long", headers={"Connection": "close"}) from None
            if request.content_type == "application/json" or body.lstrip()[:1] in _OPENS_JSON:
                try:
                    check_json(body)
                except MalformedJsonError as error:
                    raise web.HTTPBadRequest(text=str(error)) from error
        return await handler(request)

    return check


def check_json(body: bytes) -> None:
    """Raise MalformedJsonError unless the bytes are plain JSON of modest depth."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constants)
    except RecursionError:
        raise MalformedJsonError(f"JSON nested deeper than {MAX_DEPTH}") from None
    except ValueError:
        # The parser's own message quotes the text around the fault, which may be a patient's.
        raise MalformedJsonError("the body is not JSON") from None
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise MalformedJsonError(f"JSON nested deeper than {MAX_DEPTH}")


def _inside(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return list(value)
        case _:
            return []


def _no_key_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJsonError("a JSON object names a key twice")
    return found


def _no_constants(_: str) -> object:
    raise MalformedJsonError("NaN and Infinity are not JSON")
