"""`wellspoken leave`: on a home nobody serves, and through the process that serves one."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from bot.cli.leave import leave
from bot.control import CONTROL, control_app
from bot.leave_operations import add_leave, list_leave, remove_leave
from bot.operations import OperationRefusedError
from domain.changes import SaveAppointment, WriteSet
from storage.store import Store
from tests.builders.importing import FACTS, a_clinic
from tests.builders.storage import HandClock, a_slot, a_visit, desk_at

SOON = (datetime.now(UTC) + timedelta(days=40)).date()
LATER = SOON + timedelta(days=3)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "clinic.yml").write_text(FACTS.replace("COUNTRY", "US"), encoding="utf-8")
    monkeypatch.setenv("WELLSPOKEN_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(leave, arguments)


def span(first: object = SOON, last: object = LATER) -> list[str]:
    return ["--from", str(first), "--to", str(last)]


def test_leave_is_added_listed_and_removed(home: Path) -> None:
    added = run("add", "ada", *span())
    listed = run("list")
    removed = run("remove", "ada", *span())

    assert added.output == f"ada is away from {SOON} to {LATER}\n"
    assert f"ada {SOON} to {LATER}\n" in listed.output
    assert removed.output == f"ada is no longer away from {SOON} to {LATER}\n"
    assert f"ada {SOON}" not in run("list").output
    assert (home / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["add", "eve", *span()], "expected one of its provider ids"),
        (["add", "ada", *span(LATER, SOON)], "expected --to on or after --from"),
        (["add", "ada", *span("next week")], "--from is 'next week'; expected a date such as 2026-12-24"),
        (["remove", "ada", *span()], "`wellspoken leave list` shows them"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_is_said_in_one_line(arguments: list[str], expected: str) -> None:
    result = run(*arguments)

    assert isinstance(result.exception, OperationRefusedError)
    assert expected in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_home_without_a_clinic_of_its_own_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLSPOKEN_HOME", str(tmp_path))

    assert "run: wellspoken init" in str(run("list").exception)
    assert not (tmp_path / "data").exists()


async def test_visits_in_the_way_are_told_by_time_and_id_in_the_clinics_zone(tmp_path: Path) -> None:
    clock = HandClock()
    async with desk_at(tmp_path, clock=clock) as desk:
        visit = a_visit(slot=a_slot(datetime(2026, 3, 6, 14, tzinfo=UTC), provider="ada"))
        await desk.store.commits.commit(WriteSet(changes=(SaveAppointment(appointment=visit),)))
        days = {"provider": "ada", "from": "2026-03-06", "to": "2026-03-06"}
        kept = await add_leave(desk.store, a_clinic(), clock, days)
        listed = await list_leave(desk.store, a_clinic(), clock)
        gone = await remove_leave(desk.store, a_clinic(), clock, days)

    assert kept == {**days, "visits": [{"id": "visit-1", "starts_at": "2026-03-06T09:00:00-05:00"}]}
    assert listed == {
        "entered": [days],
        "facts": [{"provider": "ada", "from": "2026-03-20", "to": "2026-03-20"}],
    }
    assert gone == days


def test_while_the_home_is_served_the_command_runs_there(home: Path) -> None:
    with served(home):
        added = run("add", "ben", *span())
        listed = run("list")
        refused = run("add", "eve", *span())

    assert added.output == f"ben is away from {SOON} to {LATER}\n"
    assert f"ben {SOON} to {LATER}\n" in listed.output
    assert "expected one of its provider ids" in str(refused.exception)


@contextmanager
def served(home: Path) -> Iterator[None]:
    """A store held open by a loop in another thread, behind the control socket, as `serve` keeps it."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    stop: list[asyncio.Event] = []

    async def serve() -> None:
        clinic, clock = a_clinic(), HandClock(datetime.now(UTC))
        async with await Store.open(home, clock=clock, ids=iter(map(str, range(9_999))).__next__) as store:
            commands = {
                "leave.add": lambda arguments: add_leave(store, clinic, clock, arguments),
                "leave.remove": lambda arguments: remove_leave(store, clinic, clock, arguments),
                "leave.list": lambda _: list_leave(store, clinic, clock),
            }
            runner = web.AppRunner(control_app(commands))
            await runner.setup()
            await web.UnixSite(runner, str(home / CONTROL)).start()
            stop.append(asyncio.Event())
            ready.set()
            await stop[0].wait()
            await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop[0].set)
        thread.join(20)
        loop.close()
