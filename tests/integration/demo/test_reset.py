"""The demo served as a process of its own: signing in by role card, and the reset that begins it anew."""

import asyncio
import os
import re
import socket
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.settings import read_settings

_SERVE = "from bot.cli.main import main; main()"
_UP_SECONDS = 120.0


@asynccontextmanager
async def _demo(home: Path) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """`wellspoken serve --demo` on a free port; stopped at the end by the signal a service manager sends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "WELLSPOKEN_HOME": str(home),
        "WELLSPOKEN_MODELS": str(read_settings().models),
        "WELLSPOKEN_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, "serve", "--demo", "--now", "2026-11-24T15:00:00+00:00",
        env=environ, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(_UP_SECONDS):
            while line := await process.stderr.readline():
                if line.startswith(b"patients:"):
                    break
        assert process.returncode is None
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        async with asyncio.timeout(_UP_SECONDS):
            await process.communicate()
    assert process.returncode == 0


def _browser(base: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(base, cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": base})


@dataclass(frozen=True, slots=True)
class Card:
    href: str
    name: str


async def _cards(browser: aiohttp.ClientSession) -> dict[str, Card]:
    page = await (await browser.get("/demo")).text()
    found = re.findall(r'href="([^"]+)"[^>]*><strong>([^<]+)</strong> <span class="who">([^<]+)<', page)
    return {title: Card(href=href, name=name) for href, title, name in found}


async def _known(browser: aiohttp.ClientSession) -> bool:
    return bool((await (await browser.post("/api/chat/session")).json())["conversation"])


async def test_role_cards_sign_in_and_reset_throws_away_signs_everyone_out_and_serves_on(tmp_path: Path) -> None:
    async with _demo(tmp_path / "home") as (base, process), _browser(base) as browser:
        cards = await _cards(browser)
        assert list(cards) == ["Patient", "Front desk", "Nurse", "Admin"]
        for title in ("Front desk", "Admin", "Nurse"):
            inbox = await browser.get(cards[title].href)
            assert (inbox.status, inbox.url.path) == (200, "/staff")
            assert cards[title].name in await inbox.text()
        await browser.post("/api/chat/session")
        written = await browser.post("/api/chat/messages", json={"id": str(uuid.uuid4()), "text": "hello"})
        before = await _known(browser)
        stream = await browser.get("/api/chat/events?after=0")

        again = await browser.post("/demo/reset")
        await stream.content.read()

        assert (written.status, before) == (202, True)
        assert (again.status, again.url.path) == (200, "/demo")
        assert process.returncode is None
        assert not await _known(browser)
        assert (await browser.get("/staff")).status == 401
        assert (await browser.get(cards["Nurse"].href)).status != 200
        assert "Tuesday 24 November 2026" in await again.text()
