"""Puts the program under load in a process of its own, kills it at random points, and starts it again, many times."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random

import aiohttp

from tests.gates.clinic import NOTE_MARK, RED_FLAG
from tests.gates.kill_worker import Plan
from tests.gates.ledger import Outside, arrivals_in
from tests.gates.outside import POINTS

ROOT = Path(__file__).parents[2]
AHEAD_SECONDS = 60.0
"""How far each life's clock is ahead of the last one's: longer than any pause before an item in doubt is sent again."""
_SENDERS = 24
_MESSAGES_EACH = 12
_BURST_SHARE = 0.25
_TWICE_SHARE = 0.15
_ANSWER_SECONDS = 10
_RETRY_SECONDS = 0.02
_LIFE_SECONDS = 30
_COUNTED = ("posts", "answers")
_PLACES = (*POINTS, *_COUNTED, *_COUNTED)

_WORDS = (
    "hello", "thanks", "book", "book", "option 1", "option 2", "option 9", "yes", "yes", "no", "results", "qwerty",
    "name Quill Gateley", "born 1980-01-02", "phone +15555550123", "register",
)  # fmt: skip
_RARE = ("person", RED_FLAG)
_RARE_SHARE = 0.02


@dataclass(slots=True)
class Siege:
    """One home under load. `point` pins every death to one place; None draws them from `rng`."""

    folder: Path
    rng: Random
    broken: str | None = None
    point: str | None = None
    kills: int = 0
    accepted: set[str] = field(default_factory=set)
    by_sender: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    one_by_one: set[str] = field(default_factory=set)
    deaths: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    _url: str = ""
    _up: asyncio.Event = field(default_factory=asyncio.Event)
    _pid: int | None = None
    _posts: int = 0
    _places: list[str] = field(default_factory=list)
    _die_after: tuple[str, int] | None = None
    _names: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def home(self) -> Path:
        """The home the program works on; what the provider got lies beside it."""
        return self.folder / "home"

    def outside(self) -> Outside:
        """What the outside knows by now."""
        return Outside(
            by_sender=self.by_sender,
            accepted=frozenset(self.accepted),
            one_by_one=frozenset(self.one_by_one),
            arrived=arrivals_in(self.folder / "arrived.jsonl"),
            kills=self.kills,
        )

    async def lay(self, kills: int) -> None:
        """Go through so many lives and deaths under load."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            load = [asyncio.create_task(self._one_after_another(session)) for _ in range(_SENDERS)]
            try:
                await self._lives(kills)
            finally:
                for task in load:
                    task.cancel()
                await asyncio.gather(*load, return_exceptions=True)

    async def _lives(self, kills: int) -> None:
        with (self.folder / "stderr.txt").open("wb") as errors:
            nursery = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.gates.kill_worker", cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=errors
            )
        try:
            await self._next_word(nursery, "ready")
            for life in range(kills):
                async with asyncio.timeout(_LIFE_SECONDS):
                    await self._live(nursery, ahead_seconds=life * AHEAD_SECONDS)
        finally:
            self._kill()
            nursery.kill()
            await nursery.wait()

    async def _live(self, nursery: Process, *, ahead_seconds: float) -> None:
        """One life, from the opening of the home to the kill, which may come before the port is open."""
        assert nursery.stdin is not None
        plan = self._plan(ahead_seconds)
        nursery.stdin.write(json.dumps(asdict(plan)).encode() + b"\n")
        said = ""
        while said != "dead":
            said, value = await self._next_word(nursery, "born", "port", "dead")
            match said:
                case "born":
                    self._pid = value
                case "port":
                    self._url = f"http://127.0.0.1:{value}/webhooks/rest/webhook"
                    self._up.set()
                case _:
                    self._pid = None
                    self._up.clear()
                    assert value == -signal.SIGKILL, f"the program ended by itself ({value}): {self._said_last()}"
        self.kills += 1

    async def _next_word(self, nursery: Process, *expected: str) -> tuple[str, int]:
        assert nursery.stdout is not None
        said, _, value = (await nursery.stdout.readline()).decode().strip().partition(" ")
        assert said in expected, f"found {said!r}: {self._said_last()}"
        return said, int(value or 0)

    def _kill(self) -> None:
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def _plan(self, ahead_seconds: float) -> Plan:
        """Where this life ends: at a point within, or from outside after so many posts or answers; each in its turn."""
        if not self._places:
            self._places = self.rng.sample(_PLACES, k=len(_PLACES))
        point = self.point or self._places.pop()
        self.deaths[point] += 1
        plan = Plan(home=str(self.home), ahead_seconds=ahead_seconds, broken=self.broken)
        if point in _COUNTED:
            reached = self._posts if point == "posts" else len(self.accepted)
            self._die_after = (point, reached + self.rng.randint(5, 60))
            return plan
        self._die_after = None
        return replace(plan, point=point, count=self.rng.randint(1, 200 if point == "writing" else 40))

    def _progress(self, what: str, reached: int) -> None:
        if self._die_after is not None and self._die_after[0] == what and reached >= self._die_after[1]:
            self._die_after = None
            self._kill()

    async def _one_after_another(self, session: aiohttp.ClientSession) -> None:
        """One sender's few messages, then another's: in turn, or several at once, some of them twice."""
        while True:
            sender = f"sender-{next(self._names)}"
            if self.rng.random() < _BURST_SHARE:
                ids = [self._new_id(sender) for _ in range(_MESSAGES_EACH)]
                await asyncio.gather(*(self._deliver(session, sender, id_) for id_ in ids))
                continue
            self.one_by_one.add(sender)
            for _ in range(_MESSAGES_EACH):
                await self._deliver(session, sender, self._new_id(sender))

    def _new_id(self, sender: str) -> str:
        number = len(self.by_sender[sender]) + 1
        external_id = f"{sender}-{number}"
        self.by_sender[sender].append(external_id)
        return external_id

    async def _deliver(self, session: aiohttp.ClientSession, sender: str, external_id: str) -> None:
        words = self.rng.choice(_RARE if self.rng.random() < _RARE_SHARE else _WORDS)
        body = {
            "sender": sender,
            "message": f"{words}{NOTE_MARK}{external_id}",
            "metadata": {"message_id": external_id, "language": "en"},
        }
        copies = 2 if self.rng.random() < _TWICE_SHARE else 1
        await asyncio.gather(*(self._until_accepted(session, body, external_id) for _ in range(copies)))

    async def _until_accepted(self, session: aiohttp.ClientSession, body: object, external_id: str) -> None:
        """Post, as a provider does, until it is taken."""
        while True:
            await self._up.wait()
            self._posts += 1
            self._progress("posts", self._posts)
            try:
                async with session.post(self._url, json=body) as response:
                    if response.ok:
                        self.accepted.add(external_id)
                        self._progress("answers", len(self.accepted))
                        return
                    self.refused[response.status] += 1
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(_RETRY_SECONDS)

    def _said_last(self) -> str:
        return (self.folder / "stderr.txt").read_text(encoding="utf-8")[-2_000:]
