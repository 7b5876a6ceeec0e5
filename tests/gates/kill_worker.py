"""The program as the kill gate starts it: the real wiring and HTTP side, a provider on disk, and a plan for its death.

Loads everything once and says "ready"; then for each plan (a JSON line) forks a process that opens the home, says its
port and serves until it is killed, so that a new life begins at once.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.clocks import DemoClock
from bot.content.release import Release
from bot.identifiers import fresh_id
from bot.log import configure_logging
from bot.serving import ServingOptions, web_app
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from domain.message import Channel
from tests.gates.broken_builds import BROKEN
from tests.gates.clinic import WordEngine, a_program, demo_release
from tests.gates.outside import Fate, FatefulClock, RecordingSender, fateful_ids

ARRIVED = "arrived.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`ahead_seconds` puts the clock forward, so that pauses of earlier lives are over; `broken` names a build."""

    home: str
    ahead_seconds: float
    point: str | None = None
    count: int = 0
    broken: str | None = None


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


async def serve(plan: Plan, release: Release) -> None:
    """Serve until killed; says "port N" once there is one."""
    fate = Fate(plan.point, plan.count)
    clock = FatefulClock(DemoClock(start=datetime.now(UTC) + timedelta(seconds=plan.ahead_seconds)), fate)
    engine = WordEngine(heard=lambda _: fate.at("understanding"))
    home = Path(plan.home)
    async with a_program(
        home, clock=clock, release=release, engine=engine, new_id=fateful_ids(fresh_id, fate)
    ) as program:
        for channel in (Channel.REST, Channel.WEB, Channel.SMS):
            program.senders[channel] = RecordingSender(channel, home.parent / ARRIVED, fate)
        options = ServingOptions(door=FrontDoor(hosts=LOOPBACK_HOSTS, https=False), rest_token=None, demo=True)
        served, app = BROKEN[plan.broken](program) if plan.broken is not None else (program, None)
        runner = web.AppRunner(app or web_app(served, options), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _say(f"port {runner.addresses[0][1]}")
        await served.run()


def _die_with_the_driver() -> None:
    while os.read(0, 1):
        pass
    os._exit(3)


def _live(plan: Plan, release: Release) -> None:
    """One life, in a process of its own."""
    threading.Thread(target=_die_with_the_driver, daemon=True).start()
    try:
        asyncio.run(serve(plan, release))
    except BaseException:  # noqa: BLE001  # a forked child must never return into its parent's code
        traceback.print_exc()
    os._exit(4)


def main() -> None:
    """Load once, then live and die as often as there are plans."""
    configure_logging(colour=False)
    release = demo_release()
    _say("ready")
    while line := _plan_line():
        child = os.fork()
        if child == 0:
            _live(Plan(**json.loads(line)), release)
        _say(f"born {child}")
        _, status = os.waitpid(child, 0)
        _say(f"dead {os.waitstatus_to_exitcode(status)}")


def _plan_line() -> bytes:
    """One line, read byte by byte so that nothing is buffered in a process that is about to fork."""
    line = b""
    while (byte := os.read(0, 1)) not in {b"", b"\n"}:
        line += byte
    return line


if __name__ == "__main__":
    main()
