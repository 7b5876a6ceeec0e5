"""`wellspoken serve`: the clinic, on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from aiohttp import web

from bot.clocks import DemoClock, SystemClock
from bot.composition import Blueprint, Program, engine_for_settings, open_program
from bot.content.release import Release, load_release
from bot.control import CONTROL, control_app
from bot.demo.home import DemoHome
from bot.demo.stage import set_scene
from bot.scheduling.ticker import Ticker
from bot.serving import DemoReset, ServingOptions, control_commands, demo_room, new_token, web_app
from bot.settings import Settings, read_settings
from bot.telegram_room import telegram_channel
from bot.usecases.sign_in_by_link import DemoLinks
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from domain.errors import RefusedToStartError
from nlu.engine import NluEngine

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@click.command()
@click.option("--demo", is_flag=True, help="Loopback only, fictional data, a marked home of its own.")
@click.option("--role", type=click.Choice(["all", "web", "worker"]), default="all", show_default=True)
@click.option("--now", metavar="ISO", help="Demo only: the moment its clock starts at.")
def serve(*, demo: bool, role: str, now: str | None) -> None:
    """Serve web chat, staff inbox and channels until stopped."""
    settings = read_settings()
    if role != "all":
        raise RefusedToStartError("a split --role needs PostgreSQL, which this release does not have yet; leave it out")
    if now is not None and not demo:
        raise click.UsageError("--now is for --demo: a real clinic keeps real time")
    asyncio.run(_serve(_demo_settings(settings) if demo else settings, demo=demo, start=_moment(now)))


def _moment(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written!r} is not an ISO moment such as 2026-11-19T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _demo_settings(settings: Settings) -> Settings:
    """A demo meets nobody but this machine, takes no real tokens or witness, and lives in a home marked as one."""
    if settings.telegram_token is not None:
        raise RefusedToStartError("--demo takes no real tokens: unset WELLSPOKEN_TELEGRAM_TOKEN")
    if settings.host not in _LOOPBACK:
        raise RefusedToStartError(f"--demo listens on this machine only, not on {settings.host}")
    home = settings.home if settings.home_given else settings.home / "demo"
    DemoHome(home).prepare()
    return replace(settings, home=home, witness=None)


async def _serve(settings: Settings, *, demo: bool, start: datetime | None) -> None:
    release = load_release(None if demo else _clinic_file(settings))
    if not demo:
        _refuse_unsafe(release)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _say(f"content: {len(release.flows.flows)} flows, {len(release.clinic.providers)} providers")
    _say("understanding: loading (the first start trains the models, up to a minute) …")
    engine = await asyncio.to_thread(engine_for_settings, release, settings)
    blueprint = Blueprint(
        home=settings.home,
        models=settings.models,
        clock=SystemClock(),
        release=release,
        demo=demo,
        root_key=settings.root_key,
        witness=settings.witness,
    )
    stopping, again = asyncio.Event(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    if not demo:
        await _run(blueprint, engine, Serving(settings=settings, stopping=stopping))
        return
    with DemoHome(settings.home).held(), closing(listening(settings)) as listener:
        while not stopping.is_set():
            again.clear()
            ready = await _demo_ready(blueprint, engine, start)
            await _run(ready, engine, Serving(settings=settings, stopping=stopping, again=again, listener=listener))
            if again.is_set():
                _say("starting the demo again …")
                await asyncio.to_thread(DemoHome(settings.home).clear)


async def _demo_ready(blueprint: Blueprint, engine: NluEngine, start: datetime | None) -> Blueprint:
    """The demo with its clock; a home that is new, was reset, or whose filling was cut short is filled first."""
    home = DemoHome(blueprint.home)
    if home.filled:
        return replace(blueprint, clock=DemoClock(start=start, file=home.clock))
    await asyncio.to_thread(home.clear)
    ready = replace(blueprint, clock=DemoClock(start=start, file=home.clock))
    _say("demo: writing patients, visits and the last days' conversations …")
    await set_scene(ready, opens=partial(open_program, engine=engine))
    home.mark_filled()
    return ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How one run of the program is served, and what ends it; the demo can be begun `again` on the same `listener`."""

    settings: Settings
    stopping: asyncio.Event
    again: asyncio.Event | None = None
    listener: socket.socket | None = None

    async def over(self) -> None:
        """Return once the program is to stop, or to begin again."""
        ends = [asyncio.create_task(event.wait()) for event in (self.stopping, self.again) if event is not None]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()


async def _run(blueprint: Blueprint, engine: NluEngine, serving: Serving) -> None:
    """Open the home, serve it until told otherwise, close everything in order."""
    async with AsyncExitStack() as stack:
        program = await stack.enter_async_context(open_program(blueprint, engine=engine))
        await _listen(program, serving, stack)
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(program.run())]
            telegram = telegram_channel(serving.settings, program)
            if telegram is not None:
                program.senders[telegram.sender.channel] = telegram.sender
                stack.push_async_callback(telegram.close)
                work.append(group.create_task(telegram.run()))
            with Ticker(program.tick.ring):
                await serving.over()
            _say("stopping …")
            for task in work:
                task.cancel()


async def _listen(program: Program, serving: Serving, stack: AsyncExitStack) -> None:
    """Open the port and the control socket; say where to go."""
    settings, demo, clock = serving.settings, program.blueprint.demo, program.blueprint.clock
    hosts = LOOPBACK_HOSTS if demo or settings.public_url is None else frozenset({_host_of(settings.public_url)})
    https = not demo and (settings.public_url or "").startswith("https://")
    options = ServingOptions(door=FrontDoor(hosts=hosts, https=https), rest_token=settings.rest_token, demo=demo)
    links = DemoLinks(clock=clock, new_token=new_token, may_reuse=lambda remote: remote in _LOOPBACK) if demo else None
    reset = DemoReset(again=serving.again or asyncio.Event())
    rooms = [await demo_room(program, clock, links, reset)] if links and isinstance(clock, DemoClock) else []
    runner = web.AppRunner(web_app(program, options, links=links, demo_rooms=rooms), access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await _open_site(runner, serving, reset)
    control = web.AppRunner(control_app(control_commands(program)), access_log=None)
    await control.setup()
    stack.push_async_callback(control.cleanup)
    await _open_control(control, settings.home / CONTROL)
    base = f"http://{settings.host}:{settings.port}"
    _say(f"patients: {base}/    staff: {base}/staff" + (f"    demo: {base}/demo" if demo else ""))


async def _open_site(runner: web.AppRunner, serving: Serving, reset: DemoReset) -> None:
    if serving.listener is not None:
        # A copy: what knocks while the demo begins again waits at the socket itself, and is answered by the next run.
        site = web.SockSite(runner, serving.listener.dup())
        reset.close_door = site.stop
        await site.start()
        return
    settings = serving.settings
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise _no_port(settings, error) from error


def listening(settings: Settings) -> socket.socket:
    """The demo's port, held open for as long as the process lives. Raises RefusedToStartError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        raise _no_port(settings, error) from error


def _no_port(settings: Settings, error: OSError) -> RefusedToStartError:
    return RefusedToStartError(
        f"port {settings.port} on {settings.host} cannot be opened ({error.strerror}); set WELLSPOKEN_PORT"
    )


async def _open_control(control: web.AppRunner, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileNotFoundError):
        path.unlink()  # noqa: ASYNC240  # at start, before anything is served
    before = os.umask(0o177)
    try:
        await web.UnixSite(control, str(path)).start()
    finally:
        os.umask(before)


def _clinic_file(settings: Settings) -> Path:
    path = settings.home / "content" / "clinic.yml"
    if not path.exists():
        raise RefusedToStartError(f"{path} is missing; run: wellspoken init (or try: wellspoken serve --demo)")
    return path


def _refuse_unsafe(release: Release) -> None:
    """Outside the demo no patient channel opens until each site names its emergency and crisis numbers."""
    for site in release.clinic.sites:
        if not site.emergency_number or not site.crisis_number:
            raise RefusedToStartError(
                f"site {site.id} names no emergency_number or crisis_number; set both in clinic.yml"
            )
    missing = release.catalogue.missing()
    if missing:
        raise RefusedToStartError(f"{len(missing)} texts are missing, first {missing[0]}")


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
