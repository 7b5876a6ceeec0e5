"""`wellspoken serve`: the clinic, on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from aiohttp import web

from bot.clocks import DemoClock, SystemClock
from bot.composition import Blueprint, Program, engine_for, open_program
from bot.content.release import Release, load_release
from bot.control import CONTROL, control_app
from bot.demo.fill import fill_demo
from bot.identifiers import fresh_id
from bot.scheduling.ticker import Ticker
from bot.serving import ServingOptions, control_commands, demo_room, new_token, web_app
from bot.settings import Settings, read_settings
from bot.telegram_room import telegram_channel
from bot.usecases.sign_in_by_link import DemoLinks
from bot.web.security import LOOPBACK_HOSTS, FrontDoor
from domain.errors import RefusedToStartError

_MARK = "DEMO"
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
    """A demo meets nobody but this machine, takes no real tokens, and lives in a home marked as one."""
    if settings.telegram_token is not None:
        raise RefusedToStartError("--demo takes no real tokens: unset WELLSPOKEN_TELEGRAM_TOKEN")
    if settings.host not in _LOOPBACK:
        raise RefusedToStartError(f"--demo listens on this machine only, not on {settings.host}")
    home = settings.home if settings.home_given else settings.home / "demo"
    if home.exists() and any(home.iterdir()) and not (home / _MARK).exists():
        raise RefusedToStartError(f"{home} is not a demo home; set WELLSPOKEN_HOME to another folder")
    return replace(settings, home=home)


async def _serve(settings: Settings, *, demo: bool, start: datetime | None) -> None:
    release = load_release(None if demo else _clinic_file(settings))
    if not demo:
        _refuse_unsafe(release)
    home = settings.home
    fresh = not (home / "data").exists()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if demo:
        (home / _MARK).write_text("A demo home: fictional data only.\n", encoding="utf-8")
    clock = DemoClock(start=start, file=home / "clock.json") if demo else SystemClock()
    _say(f"content: {len(release.flows.flows)} flows, {len(release.clinic.providers)} providers")
    _say("understanding: loading (the first start trains the models, about half a minute) …")
    engine = await asyncio.to_thread(engine_for, release, settings.models)
    blueprint = Blueprint(
        home=home,
        models=settings.models,
        clock=clock,
        release=release,
        demo=demo,
        root_key=settings.root_key,
        witness=settings.witness,
    )
    async with AsyncExitStack() as stack:
        program = await stack.enter_async_context(open_program(blueprint, engine=engine))
        if demo and fresh:
            await fill_demo(program.store, release.clinic, clock=clock, new_id=fresh_id, seed=blueprint.demo_seed)
        await _listen(program, settings, stack, demo=demo)
        async with asyncio.TaskGroup() as group:
            stopping = asyncio.Event()
            for name in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(name, stopping.set)
            serving = [group.create_task(program.run())]
            telegram = telegram_channel(settings, program)
            if telegram is not None:
                program.senders[telegram.sender.channel] = telegram.sender
                stack.push_async_callback(telegram.close)
                serving.append(group.create_task(telegram.run()))
            with Ticker(program.tick.ring):
                await stopping.wait()
            _say("stopping …")
            for task in serving:
                task.cancel()


async def _listen(program: Program, settings: Settings, stack: AsyncExitStack, *, demo: bool) -> None:
    """Open the port and the control socket; say where to go."""
    hosts = LOOPBACK_HOSTS if demo or settings.public_url is None else frozenset({_host_of(settings.public_url)})
    https = not demo and (settings.public_url or "").startswith("https://")
    options = ServingOptions(door=FrontDoor(hosts=hosts, https=https), rest_token=settings.rest_token, demo=demo)
    clock = program.blueprint.clock
    links = DemoLinks(clock=clock, new_token=new_token, may_reuse=lambda remote: remote in _LOOPBACK) if demo else None
    rooms = [await demo_room(program, clock, links)] if links is not None and isinstance(clock, DemoClock) else []
    runner = web.AppRunner(web_app(program, options, links=links, demo_rooms=rooms), access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise RefusedToStartError(
            f"port {settings.port} on {settings.host} cannot be opened ({error.strerror}); set WELLSPOKEN_PORT"
        ) from error
    control = web.AppRunner(control_app(control_commands(program)), access_log=None)
    await control.setup()
    stack.push_async_callback(control.cleanup)
    await _open_control(control, settings.home / CONTROL)
    base = f"http://{settings.host}:{settings.port}"
    _say(f"patients: {base}/    staff: {base}/staff" + (f"    demo: {base}/demo" if demo else ""))


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
