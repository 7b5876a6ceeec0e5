"""Turns a second and their latency: 50 patients at once on the web chat over SQLite, and where a turn's time goes.

Prints JSON. Ratios within one run are what to compare; absolute figures are this machine's.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, web

from bot.clocks import SystemClock
from bot.composition import Blueprint, Program, engine_for, open_program
from bot.content.release import load_release
from bot.demo.fill import fill_demo
from bot.serving import ServingOptions, web_app
from bot.settings import read_settings
from bot.web.security import LOOPBACK_HOSTS, FrontDoor

PATIENTS = 50
TURNS_EACH = 6
WORDS = (
    "what are your hours",
    "I need a dentist next week",
    "the second one",
    "do you take medicaid",
    "never mind",
    "where do I park downtown",
)


class Stopwatch:
    """Adds up the seconds spent in named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    def around(self, name: str, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same work, timed under a name."""

        async def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await work(*args, **kwargs)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun
                self.calls[name] = self.calls.get(name, 0) + 1

        return timed


async def patient(base: str, number: int, latencies: list[float], program: Program) -> None:
    """One browser: says its words one after the other, each once the one before was answered."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), headers={"Origin": base}) as session:
        await session.get(f"{base}/")
        await session.post(f"{base}/api/chat/session", json={})
        with program.hub.watch_all() as watch:
            for turn, words in enumerate(WORDS[:TURNS_EACH]):
                begun = time.perf_counter()
                body = {"id": f"{number:08d}-0000-4000-8000-{turn:012d}", "text": words}
                async with session.post(f"{base}/api/chat/messages", json=body) as answer:
                    answer.raise_for_status()
                    inbound = (await answer.json())["inbound"]
                while True:
                    event = await watch.get()
                    if event is None or inbound in event.inbound:
                        break
                latencies.append(time.perf_counter() - begun)


async def measured() -> dict[str, Any]:
    """Run the load once and report."""
    release = load_release()
    engine = engine_for(release, read_settings().models)
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="wellspoken-bench-") as folder:
        blueprint = Blueprint(
            home=Path(folder) / "home", models=read_settings().models, clock=clock, release=release, demo=True
        )
        async with open_program(blueprint, engine=engine) as program:
            await fill_demo(program.store, release.clinic, clock=clock, new_id=blueprint.new_id, seed=7)
            watch = Stopwatch()
            room, store = program.run_turn.understander, program.store
            for owner, name, label in (
                (room, "parse", "understand"),
                (store.commits, "commit", "commit"),
                (store.conversations, "snapshot", "read"),
                (store.conversations, "claim", "claim"),
                (store.inbox, "accept", "accept"),
            ):
                setattr(owner, name, watch.around(label, getattr(owner, name)))
            options = ServingOptions(door=FrontDoor(hosts=LOOPBACK_HOSTS, https=False), rest_token=None, demo=True)
            runner = web.AppRunner(web_app(program, options), access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            serving = asyncio.create_task(program.run())
            latencies: list[float] = []
            begun = time.perf_counter()
            await asyncio.gather(
                *(patient(f"http://127.0.0.1:{port}", number, latencies, program) for number in range(PATIENTS))
            )
            elapsed = time.perf_counter() - begun
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await runner.cleanup()
    turns = len(latencies)
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "benchmark": "turns",
        "patients": PATIENTS,
        "turns": turns,
        "seconds": round(elapsed, 2),
        "turns_per_second": round(turns / elapsed, 1),
        "latency_ms": {"p50": round(cuts[49] * 1000, 1), "p99": round(cuts[98] * 1000, 1)},
        "wall_ms_per_call": {
            name: round(seconds / watch.calls[name] * 1000, 2) for name, seconds in sorted(watch.seconds.items())
        },
        "calls_per_turn": {name: round(calls / turns, 2) for name, calls in sorted(watch.calls.items())},
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }


def main() -> None:
    """Print the report."""
    json.dump(asyncio.run(measured()), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
