"""The program over a database it cannot write and keys it cannot use: kind to the patient, plain to the operator."""

import asyncio
import io
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.clocks import DemoClock
from bot.composition import Program
from bot.content.release import Release
from bot.serving import ServingOptions, web_app
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from tests.gates import disk
from tests.gates.clinic import RED_FLAG, a_message, a_program

Browser = TestClient[web.Request, web.Application]
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def served(home: Path, release: Release) -> AsyncIterator[tuple[Program, Browser]]:
    async with a_program(home, clock=DemoClock(), release=release) as program:
        options = ServingOptions(door=FrontDoor(hosts=LOOPBACK_HOSTS, https=False), rest_token=None, demo=True)
        async with TestClient(TestServer(web_app(program, options))) as client:
            yield program, client


async def posts(client: Browser, text: str, mark: str) -> tuple[int, list[str]]:
    body = {"sender": "someone", "message": text, "metadata": {"message_id": mark, "language": "en"}}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        return response.status, [reply["text"] for reply in await response.json()]


async def chats(client: Browser, text: str, number: int) -> tuple[int, list[str]]:
    body = {"id": f"00000000-0000-4000-8000-{number:012x}", "text": text}
    async with client.post("/api/chat/messages", json=body) as response:
        answer = await response.json()
        return response.status, [reply["text"] for reply in answer.get("replies", [])]


@asynccontextmanager
async def at_work(program: Program) -> AsyncIterator[None]:
    """The program's own loops, for as long as the block runs."""
    work = asyncio.create_task(program.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_while_the_disk_takes_nothing_posts_get_503_and_a_red_flag_is_answered_all_the_same(
    tmp_path: Path, release: Release, log: io.StringIO
) -> None:
    async with served(tmp_path / "home", release) as (program, client):
        async with client.post("/api/chat/session") as opened:
            assert opened.status == 200
        with disk.that_takes_no_more():
            over_rest = await posts(client, RED_FLAG, "first")
            over_web = await chats(client, RED_FLAG, 1)
            plain = [await posts(client, "x" * 9_000, "second"), await chats(client, "y" * 9_000, 2)]
            again = await posts(client, RED_FLAG, "first")
        kept = await program.store.inbox.waiting(program.blueprint.clock.now())
        async with at_work(program):
            mended = await posts(client, RED_FLAG, "first")
        assert (await program.store.check()).problems == ()

    assert over_rest[0] == over_web[0] == 503
    assert "911" in over_rest[1][0]
    assert "911" in over_web[1][0]
    assert plain == [(503, []), (503, [])]
    assert again == (503, [])
    assert kept == ()
    assert mended[0] == 200
    assert any("911" in text for text in mended[1])
    assert log.getvalue().count("emergency.sent_without_store") == 2


async def test_a_red_flag_is_answered_when_nothing_can_be_read_either(
    tmp_path: Path, release: Release, log: io.StringIO
) -> None:
    async with served(tmp_path / "home", release) as (_, client):
        with disk.that_takes_no_more(4_096):
            first = await posts(client, RED_FLAG, "first")
            second = await posts(client, RED_FLAG, "second")
            async with client.post("/api/chat/session") as opened:
                session = opened.status
            over_web = await chats(client, RED_FLAG, 1)

    assert (first[0], second[0], session, over_web[0]) == (503, 503, 200, 503)
    assert all("911" in said[0] for _, said in (first, second, over_web))
    assert log.getvalue().count("emergency.sent_without_store") == 3


async def test_a_database_locked_by_another_gives_503_and_a_red_flag_is_answered_all_the_same(
    tmp_path: Path, release: Release
) -> None:
    home = tmp_path / "home"
    async with served(home, release) as (program, client):
        with closing(sqlite3.connect(home / "data" / "wellspoken.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked = await posts(client, RED_FLAG, "first")
            other.execute("ROLLBACK")
        async with at_work(program):
            mended = await posts(client, "hello", "second")

    assert locked[0] == 503
    assert "911" in locked[1][0]
    assert mended[0] == 200
    assert mended[1]


@pytest.fixture
async def home(tmp_path: Path, release: Release) -> Path:
    """A home that was served before, with a message in it."""
    async with served(tmp_path / "home", release) as (program, _):
        await program.receive(a_message("someone", "first", "hello", clock=program.blueprint.clock))
    return tmp_path / "home"


def wellspoken(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    code = "from bot.cli.main import main; main()"
    environ = {"PATH": os.environ["PATH"], "HOME": str(home.parent), "WELLSPOKEN_HOME": str(home)}
    return subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


def removed(path: Path) -> None:
    path.unlink()


def overwritten(path: Path) -> None:
    path.write_bytes(b"not what it was\n" * 8)


def of_another_home(path: Path) -> None:
    path.write_text("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=\n", encoding="ascii")


@pytest.mark.parametrize(
    ("file", "spoil", "names"),
    [
        ("keys/root.key", removed, "root.key"),
        ("keys/root.key", of_another_home, "root key"),
        ("keys/keys.db", removed, "keys.db"),
        ("data/wellspoken.db", overwritten, "wellspoken.db"),
    ],
)
async def test_a_home_with_a_missing_or_wrong_file_is_refused_in_one_line(
    home: Path, file: str, spoil: Callable[[Path], None], names: str
) -> None:
    spoil(home / file)

    ended = await asyncio.to_thread(wellspoken, home, "db", "check")

    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("wellspoken: ")
    assert names in line
    assert "Traceback" not in ended.stderr


async def test_a_second_process_on_the_same_home_is_refused_in_one_line(tmp_path: Path, release: Release) -> None:
    async with served(tmp_path / "home", release) as (program, client):
        ended = await asyncio.to_thread(wellspoken, tmp_path / "home", "db", "check")
        async with at_work(program):
            still_served = await posts(client, "hello", "first")

    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert f"in use by process {os.getpid()}" in line
    assert still_served[0] == 200
