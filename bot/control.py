"""The control socket: while `serve` holds a home, commands that write run inside it through run/control.sock (0600)."""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from domain.errors import UnavailableError, WellspokenError

CONTROL = "run/control.sock"
_ANSWER_SECONDS = 60.0
_MAX_ANSWER = 1 << 20

Command = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def control_app(commands: Mapping[str, Command]) -> web.Application:
    """One route a command, by name; errors of ours are answered in one line."""

    async def run(request: web.Request) -> web.Response:
        command = commands.get(request.match_info["name"])
        if command is None:
            return web.json_response({"error": "no such command"}, status=404)
        try:
            return web.json_response(dict(await command(await request.json())))
        except WellspokenError as error:
            return web.json_response({"error": str(error)}, status=409)

    app = web.Application()
    app.router.add_post("/{name}", run)
    return app


def call_control(home: Path, name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Run a command inside the serving process; None where nobody serves this home. Raises UnavailableError."""
    path = home / CONTROL
    if not path.exists():
        return None
    body = json.dumps(arguments).encode()
    head = f"POST /{name} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            wire.settimeout(_ANSWER_SECONDS)
            wire.connect(str(path))
            wire.sendall(head.encode() + body)
            answer = _read_all(wire)
    except ConnectionRefusedError:
        return None
    except OSError as error:
        raise UnavailableError(f"the serving process did not answer ({type(error).__name__})") from error
    _, _, payload = answer.partition(b"\r\n\r\n")
    result = json.loads(payload)
    if "error" in result:
        raise WellspokenError(str(result["error"]))
    return dict(result)


def _read_all(wire: socket.socket) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := wire.recv(65_536):
        parts.append(part)
        size += len(part)
        if size > _MAX_ANSWER:
            raise UnavailableError("the serving process answered too much")
    return b"".join(parts)
