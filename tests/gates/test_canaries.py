"""What patients and staff say through the real doors lies in no file of the home and in no log, in any spelling."""

import asyncio
import base64
import io
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.clocks import DemoClock
from bot.composition import Program
from bot.content.release import Release
from bot.identifiers import fresh_id
from bot.serving import DemoReset, ServingOptions, demo_room, new_token, web_app
from bot.usecases.sign_in_by_link import DemoLinks
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from domain.handoff import HandoffStatus
from tests.fakes.staff_web import PAGES, hidden
from tests.gates import disk
from tests.gates.canaries import STEM, Canaries, found_in
from tests.gates.clinic import (
    RED_FLAG,
    WordEngine,
    a_program,
    an_invented_patient,
    everything_sent,
    trace,
)

ROUNDS = 15
BREAKS = "zzz"
"""How a message begins that the engine fails on."""
Browser = TestClient[web.Request, web.Application]


@asynccontextmanager
async def front_doors(program: Program, clock: DemoClock) -> AsyncIterator[Browser]:
    """The whole HTTP side as the demo serves it."""
    links = DemoLinks(clock=clock, new_token=new_token, may_reuse=lambda _: True)
    options = ServingOptions(door=FrontDoor(hosts=LOOPBACK_HOSTS, https=False), rest_token=None, demo=True)
    room = await demo_room(program, clock, links, DemoReset(again=asyncio.Event()))
    async with TestClient(TestServer(web_app(program, options, links=links, demo_rooms=(room,)))) as client:
        yield client


async def posts(client: Browser, sender: str, text: str, *, expect: int = 200) -> list[dict[str, str]]:
    """A message over the REST channel, and what it is answered with."""
    body = {"sender": sender, "message": text, "metadata": {"message_id": fresh_id(), "language": "en"}}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == expect, await response.text()
        answered: list[dict[str, str]] = await response.json()
        return answered


async def opens(client: Browser, path: str) -> None:
    """What the chat page does at its beginning and end."""
    async with client.post(path) as response:
        assert response.ok


async def reads(client: Browser, path: str) -> str:
    """A page in a browser."""
    async with client.get(path, headers=PAGES) as response:
        assert response.status == 200
        return await response.text()


async def chats(client: Browser, program: Program, text: str) -> None:
    """A message over the web chat, answered."""
    async with client.post("/api/chat/messages", json={"id": str(uuid.uuid4()), "text": text}) as response:
        assert response.status == 202, await response.text()
    await program.workers.settled()


async def one_round(client: Browser, program: Program, canary: Canaries, number: int) -> None:
    sender = canary.word()
    await posts(client, sender, f"hello {canary.word()}")
    await posts(client, sender, "book")
    await posts(client, sender, "option 1")
    await posts(client, sender, "yes")
    if number % 2:
        await posts(client, sender, "no")
        await posts(client, sender, f"name {canary.word()} {canary.word()}")
        await posts(client, sender, "born 1980-01-02")
        await posts(client, sender, f"phone {canary.phone()}")
    else:
        known = replace(
            an_invented_patient(number), given_name=canary.word(), family_name=canary.word(), phones=(canary.phone(),)
        )
        await program.store.seed(patients=(known,), audit=trace(program, "gate.patient"))
        await posts(client, sender, "yes")
        await posts(client, sender, f"name {known.given_name} {known.family_name}")
        texted = len(canary.planted)
        await posts(client, sender, f"born {known.birth_date.isoformat()}")
        assert len(canary.planted) == texted + 1, "no code was texted"
        await posts(client, sender, canary.word())
    await opens(client, "/api/chat/session")
    await chats(client, program, f"hello {canary.word()}")
    reason = canary.word()
    await chats(client, program, f"person {reason}")
    await chats(client, program, f"my reason is {canary.word()}")
    await staff_work(client, program, canary, reason)
    await chats(client, program, f"{RED_FLAG} {canary.word()}")
    await opens(client, "/api/chat/end")


async def staff_work(client: Browser, program: Program, canary: Canaries, reason: str) -> None:
    """A nurse takes the web patient's case, notes, replies and hands back, over the real pages."""
    page = await reads(client, "/demo")
    links = re.findall(r'href="(/staff/link/[^"]+)"', page)
    csrf = hidden(await reads(client, links[1]), "csrf")
    cases = await program.store.handoffs.listed((HandoffStatus.OPEN,))
    (case,) = (case for case in cases if reason in case.summary)

    async def form(act: str, **fields: str) -> None:
        data = {"csrf": csrf, "client_id": fresh_id(), "seen_seq": "100000", **fields}
        async with client.post(
            f"/staff/cases/{case.id}/{act}", data=data, headers={"Accept": "application/json"}
        ) as answer:
            assert answer.status == 200, await answer.text()

    await form("claim")
    await form("note", text=f"a note: {canary.word()}")
    await form("reply", text=f"a reply: {canary.word()}")
    assert reason in await reads(client, f"/staff/cases/{case.id}")
    await form("hand-back", outcome="answered", note=f"it ended: {canary.word()}")


async def mishaps(client: Browser, canary: Canaries) -> None:
    """Words that come near an error: an engine that fails on them, bodies of a wrong shape, a full disk."""
    await posts(client, canary.word(), f"{BREAKS} {canary.word()}")
    for body in (f'{{"sender": "{canary.word()}"', json.dumps({"sender": "", "message": canary.word()})):
        async with client.post("/webhooks/rest/webhook", data=body) as refused:
            assert refused.status == 400
            assert STEM not in await refused.text()
    with disk.that_takes_no_more():
        await posts(client, canary.word(), f"{RED_FLAG} {canary.word()}", expect=503)


def fails_on_some(text: str) -> None:
    if text.startswith(BREAKS):
        raise RuntimeError(text)


def files_of(home: Path, moment: str) -> list[tuple[str, bytes]]:
    return [(f"{path.name} {moment}", path.read_bytes()) for path in sorted(home.rglob("*")) if path.is_file()]


@pytest.mark.timeout(110)
async def test_nothing_said_lies_in_any_file_or_log(tmp_path: Path, log: io.StringIO, release: Release) -> None:
    canary, clock, home = Canaries(), DemoClock(frozen=True), tmp_path / "home"
    engine = WordEngine(heard=fails_on_some)
    async with (
        a_program(home, clock=clock, release=release, engine=engine, new_code=canary.code) as program,
        front_doors(program, clock) as client,
    ):
        work = asyncio.create_task(program.run())
        for number in range(ROUNDS):
            await one_round(client, program, canary, number)
        await mishaps(client, canary)
        await everything_sent(program)
        await program.store.audit.checkpoint(clock.now())
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        stacks = files_of(home, "while open")
    stacks += files_of(home, "after closing")
    stacks.append(("the log", log.getvalue().encode()))

    assert len(canary.planted) >= 200
    assert any(name.startswith("wellspoken.db-wal") and data for name, data in stacks)
    assert "nlu.broken" in log.getvalue()
    assert found_in(canary.planted, stacks) == []


@pytest.mark.parametrize(
    "kept",
    [
        lambda word: word.encode(),
        lambda word: word.encode("utf-16-le"),
        lambda word: word.encode("utf-16-be"),
        lambda word: word.encode().hex().encode(),
        lambda word: base64.b64encode(f'{{"text":"{word}"}}'.encode()),
        lambda word: base64.b64encode(f'{{"text": "{word}"}}'.encode()),
        lambda word: base64.urlsafe_b64encode(f"{{'text': '{word} '}}".encode()),
        lambda word: json.dumps({"text": word}).encode(),
    ],
)
def test_the_search_finds_a_word_however_it_is_kept(kept: Callable[[str], bytes]) -> None:
    canary = Canaries()
    word, other = canary.word(), canary.word()

    assert {line.split()[0] for line in found_in([word, other], [("a file", b"before" + kept(word) + b"after")])} == {
        word
    }
