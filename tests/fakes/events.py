"""Reads server-sent events from an answer under way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event: its id, its name and its JSON."""

    id: str
    name: str
    data: Any  # whatever the page was sent


async def next_event(response: ClientResponse) -> ServerEvent | None:
    """The next event that carries data; None when the stream ends."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(10):
        while line := await response.content.readline():
            text = line.decode().rstrip("\n")
            if text and not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value
            elif not text and "data" in fields:
                return ServerEvent(id=fields.get("id", ""), name=fields["event"], data=json.loads(fields["data"]))
    return None
