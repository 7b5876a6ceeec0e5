"""Turns per second and their latency: patients at the web chat, over real HTTP, the real engine and SQLite.

    python benchmarks/turns.py [--patients 50] [--seconds 30]

Prints one JSON object. Latency is what a patient waits: from posting a message until the live stream says that a turn
has used it. Patients are in a process of their own and write on as soon as they are answered. Where a turn's time goes
is measured in the same run, by timing the seams a turn goes through; waiting counts where it happens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

# A neighbour is called like the package it measures, and a script's own folder is searched first.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import aiohttp
from aiohttp import web

from bot.actions.desk import Action, Desk, Done
from bot.clocks import SystemClock
from bot.composition import Blueprint, Program, engine_for, open_program
from bot.content.release import load_release
from bot.demo.fill import fill_demo
from bot.identifiers import fresh_id
from bot.log import configure_logging
from bot.serving import ServingOptions, web_app
from bot.settings import read_settings
from bot.usecases.turn_work import Knowledge
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from bot.workers import TurnWorkers
from domain.changes import WriteSet
from domain.dialogue.reply import Reply
from domain.dialogue.turn import ActionRequest
from domain.ids import ConversationId
from domain.ports import (
    Audience,
    Claim,
    Commits,
    Conversations,
    Rendered,
    Renderer,
    TurnSnapshot,
    Understander,
)
from domain.understanding import ParseContext, Understanding

R = TypeVar("R")
SCRIPTS = (
    ("Hi", "I need to see a doctor", "next Tuesday morning", "the first one", "no", "another time", "Thursday", "2"),
    ("hello", "what are your opening hours on Saturday?", "where can I park?", "do you take Medicare?", "thanks"),
    ("Hello", "book a dental checkup as soon as possible", "1", "yes", "yes", "Quill Gateley", "March 3 1985", "stop"),
    ("Hi there", "I want a skin check downtown any day next week", "the last one", "no", "stop", "thank you"),
    ("hi", "are my test results back?", "yes", "Quill Gateley", "March 3 1985", "never mind", "where do I park?"),
)
"""What patients write, one conversation each; the first message opens the conversation and is not measured."""


@dataclass(slots=True)
class Stopwatch:
    """Adds up how long each part took, and how often it ran."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    times: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def run(self, part: str, work: Awaitable[R]) -> R:
        """Time one awaited call."""
        begun = time.perf_counter()
        try:
            return await work
        finally:
            self.add(part, time.perf_counter() - begun)

    def add(self, part: str, seconds: float) -> None:
        """Note one call."""
        self.seconds[part] += seconds
        self.times[part] += 1

    def parts(self, whole: str, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
        """Each part's share of the whole, its milliseconds and its calls for each time the whole ran."""
        total, many = self.seconds[whole], max(1, self.times[whole])
        rest = total - sum(self.seconds[name] for name in names)
        shares = {name: (self.seconds[name], self.times[name]) for name in names} | {"the rest": (rest, many)}
        return {
            name: {
                "share": round(spent / total, 3),
                "ms": round(1000 * spent / many, 2),
                "calls": round(calls / many, 2),
            }
            for name, (spent, calls) in sorted(shares.items(), key=lambda item: -item[1][0])
        }


@dataclass(frozen=True, slots=True)
class TimedConversations:
    """The Conversations port, its part in a turn timed."""

    inner: Conversations
    watch: Stopwatch

    async def claim(self, conversation_id: ConversationId) -> Claim:
        """See the port."""
        return await self.watch.run("claim", self.inner.claim(conversation_id))

    async def snapshot(self, conversation_id: ConversationId, now: datetime) -> TurnSnapshot:
        """See the port."""
        return await self.watch.run("snapshot", self.inner.snapshot(conversation_id, now))


@dataclass(frozen=True, slots=True)
class TimedCommits:
    """The Commits port, timed."""

    inner: Commits
    watch: Stopwatch

    async def commit(self, write: WriteSet) -> None:
        """See the port."""
        await self.watch.run("commit", self.inner.commit(write))


@dataclass(frozen=True, slots=True)
class TimedUnderstander:
    """The Understander port, timed: the engine itself and the wait for its thread."""

    inner: Understander
    watch: Stopwatch

    async def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        """See the port."""
        return await self.watch.run("understanding", self.inner.parse(text, context=context, now=now))


@dataclass(frozen=True, slots=True)
class TimedRenderer:
    """The Renderer port, timed."""

    inner: Renderer
    watch: Stopwatch

    def render(self, reply: Reply, audience: Audience) -> Rendered:
        """See the port."""
        begun = time.perf_counter()
        try:
            return self.inner.render(reply, audience)
        finally:
            self.watch.add("rendering", time.perf_counter() - begun)


def timed_action(action: Action, watch: Stopwatch) -> Action:
    """An action, timed."""

    async def timed(request: ActionRequest, desk: Desk) -> Done:
        return await watch.run("actions", action(request, desk))

    return timed


def timed(program: Program, watch: Stopwatch) -> Program:
    """The program with every seam of a turn timed."""

    def knowledge() -> Knowledge:
        known = program.knowledge()
        actions: Mapping[str, Action] = {name: timed_action(one, watch) for name, one in known.actions.items()}
        return replace(known, actions=actions)

    run_turn = replace(
        program.run_turn,
        conversations=TimedConversations(program.store.conversations, watch),  # type: ignore[arg-type]  # all a turn uses
        commits=TimedCommits(program.store.commits, watch),
        understander=TimedUnderstander(program.run_turn.understander, watch),
        renderer=TimedRenderer(program.renderer, watch),
        knowledge=knowledge,
    )

    async def take_turns(conversation_id: ConversationId) -> int:
        return await watch.run("turn", run_turn(conversation_id))

    workers = TurnWorkers(take_turns)
    receive = replace(program.receive, wake=workers.wake)
    return replace(program, run_turn=run_turn, workers=workers, receive=receive)


async def serve(patients: int, seconds: float) -> dict[str, object]:
    """Serve a filled demo home on a loopback port while another process plays its patients."""
    settings, release, clock = read_settings(), load_release(), SystemClock()
    engine = await asyncio.to_thread(engine_for, release, settings.models)
    with tempfile.TemporaryDirectory(prefix="wellspoken-bench-") as folder:
        blueprint = Blueprint(home=Path(folder), models=settings.models, clock=clock, release=release, demo=True)
        async with open_program(blueprint, engine=engine) as opened:
            await fill_demo(opened.store, release.clinic, clock=clock, new_id=fresh_id, seed=blueprint.demo_seed)
            watch = Stopwatch()
            program = timed(opened, watch)
            options = ServingOptions(door=FrontDoor(hosts=LOOPBACK_HOSTS, https=False), rest_token=None, demo=True)
            runner = web.AppRunner(web_app(program, options), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            work = asyncio.create_task(program.run())
            cpu = time.process_time()
            load = await asyncio.create_subprocess_exec(
                sys.executable,
                __file__,
                *("--load", str(runner.addresses[0][1]), "--patients", str(patients), "--seconds", str(seconds)),
                stdout=subprocess.PIPE,
            )
            out, _ = await load.communicate()
            cpu = time.process_time() - cpu
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await runner.cleanup()
            counts = await program.store.outbox.counts()
    measured: dict[str, object] = json.loads(out)
    turns = max(1, watch.times["commit"])
    return {
        **measured,
        "server_cpu_ms_a_turn": round(1000 * cpu / turns, 2),
        "where_a_turn_goes": watch.parts(
            "turn", ("claim", "snapshot", "understanding", "actions", "rendering", "commit")
        ),
        "outbox": {status.value: many for status, many in counts.items()},
    }


@dataclass(slots=True)
class Load:
    """Patients at their browsers. `until` is when nobody begins a new conversation any more (monotonic seconds)."""

    session: aiohttp.ClientSession
    base: str
    until: float
    waits: list[float] = field(default_factory=list)
    accepts: list[float] = field(default_factory=list)
    refused: int = 0

    async def patient(self, number: int) -> None:
        """One conversation after the other, each with a session of its own."""
        while time.monotonic() < self.until:
            for script in (*SCRIPTS[number % len(SCRIPTS) :], *SCRIPTS[: number % len(SCRIPTS)]):
                if time.monotonic() >= self.until:
                    return
                await self._conversation(script)

    async def _conversation(self, script: tuple[str, ...]) -> None:
        async with self.session.post(f"{self.base}/api/chat/session") as opened:
            cookie = {"Cookie": f"wellspoken-chat={opened.cookies['wellspoken-chat'].value}"}
        await self._post(script[0], cookie)
        async with self.session.get(f"{self.base}/api/chat/events", headers=cookie) as stream:
            await _until(stream, lambda said: any(entry["author"] == "bot" for entry in said["entries"]))
            for text in script[1:]:
                begun = time.perf_counter()
                inbound = await self._post(text, cookie)
                self.accepts.append(time.perf_counter() - begun)
                if inbound is None:
                    self.refused += 1
                    return
                await _until(stream, lambda said, mine=inbound: mine in said["used"])
                self.waits.append(time.perf_counter() - begun)

    async def _post(self, text: str, cookie: Mapping[str, str]) -> str | None:
        body = {"id": str(uuid.uuid4()), "text": text}
        async with self.session.post(f"{self.base}/api/chat/messages", json=body, headers=cookie) as response:
            answer = await response.json()
            return str(answer["inbound"]) if response.status == 202 else None


async def _until(stream: aiohttp.ClientResponse, enough: Callable[..., bool]) -> None:
    async for line in stream.content:
        if line.startswith(b"data: ") and enough(json.loads(line[6:])):
            return
    raise ConnectionError("the stream ended")


async def load(port: int, patients: int, seconds: float) -> dict[str, object]:
    """Play so many patients for so long."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        begun = time.monotonic()
        playing = Load(session=session, base=f"http://127.0.0.1:{port}", until=begun + seconds)
        await asyncio.gather(*(playing.patient(number) for number in range(patients)))
        took = time.monotonic() - begun
    waits = sorted(playing.waits)
    return {
        "patients": patients,
        "seconds": round(took, 1),
        "turns_measured": len(waits),
        "turns_per_second": round(len(waits) / took, 1),
        "answer_ms": {"p50": _ms(waits, 0.5), "p90": _ms(waits, 0.9), "p99": _ms(waits, 0.99), "max": _ms(waits, 1.0)},
        "accepted_ms": {"p50": _ms(playing.accepts, 0.5), "p99": _ms(playing.accepts, 0.99)},
        "refused": playing.refused,
    }


def _ms(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def machine() -> dict[str, object]:
    """What it ran on."""
    return {
        "cpus": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "fsync_ms": round(_fsync_ms(), 2),
    }


def _fsync_ms() -> float:
    """The middle of fifty small durable writes: what a commit cannot be faster than."""
    took: list[float] = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            file.write(b"x" * 4_096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--patients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--load", type=int, metavar="PORT", help="play the patients of a server that runs already")
    given = parser.parse_args()
    configure_logging(colour=False)
    if given.load is not None:
        print(json.dumps(asyncio.run(load(given.load, given.patients, given.seconds))))
        return
    facts = machine()
    print(json.dumps({**asyncio.run(serve(given.patients, given.seconds)), "machine": facts}, indent=2))


if __name__ == "__main__":
    main()
