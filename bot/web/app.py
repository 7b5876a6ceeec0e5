"""Puts rooms behind one front door. Knows what every request and answer must have, and nothing of what rooms say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from aiohttp import web

from bot.web.bodies import MAX_BODY_BYTES, bounded_bodies
from bot.web.errors import ErrorPage, plain_errors
from bot.web.security import FrontDoor, guard_origin, known_hosts, mark_request, security_headers
from domain.ports import IdSource


class Room(Protocol):
    """A part of the program that answers HTTP: it adds its own routes."""

    def register(self, app: web.Application) -> None:
        """Add routes; called once, before the server starts."""
        ...


def build_app(
    rooms: Sequence[Room],
    *,
    door: FrontDoor,
    ids: IdSource,
    error_page: ErrorPage | None = None,
    closing: Sequence[Callable[[], None]] = (),
) -> web.Application:
    """An application with every guard on and the rooms' routes.

    `error_page` draws errors for people who came with a browser; everyone else gets JSON. `closing` is called when the
    server begins to stop, so that open streams end (LiveHub.close).
    """
    app = web.Application(
        client_max_size=MAX_BODY_BYTES,
        middlewares=[
            mark_request(ids),
            plain_errors(error_page),
            known_hosts(door),
            guard_origin(door),
            bounded_bodies(),
        ],
    )
    app.on_response_prepare.append(security_headers(door))
    for room in rooms:
        room.register(app)

    async def close_streams(_: web.Application) -> None:
        for close in closing:
            close()

    app.on_shutdown.append(close_streams)
    return app
