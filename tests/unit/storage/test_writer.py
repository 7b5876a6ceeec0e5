"""The writer: jobs share a commit and nothing else; callers hear their own outcome, always."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from domain.errors import UnavailableError, WellspokenError
from storage.engine import prepare_file, write_engine
from storage.errors import DatabaseUnavailableError, RowConflictError, StoreClosedError
from storage.writer import MAX_BATCH, Writer


class BoomError(Exception):
    pass


class Hooks:
    """Counts what the writer calls, and fails where told."""

    def __init__(self) -> None:
        self.commits = 0
        self.failures = 0
        self.fail_with: Exception | None = None

    def before_commit(self) -> None:
        self.commits += 1
        if self.fail_with is not None:
            raise self.fail_with

    def after_failure(self) -> None:
        self.failures += 1


@pytest.fixture
def hooks() -> Hooks:
    return Hooks()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "test.db"
    prepare_file(path)
    made = write_engine(path)
    with made.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE t (n INTEGER PRIMARY KEY, words TEXT) STRICT")
    yield made
    made.dispose()


@pytest.fixture
async def writer(engine: Engine, hooks: Hooks) -> AsyncIterator[Writer]:
    made = Writer(engine, before_commit=hooks.before_commit, after_failure=hooks.after_failure)
    made.start()
    yield made
    await made.close()


def put(number: int) -> Callable[[Connection], int]:
    def job(connection: Connection) -> int:
        connection.exec_driver_sql("INSERT INTO t (n) VALUES (?)", (number,))
        return number

    return job


def put_then_fail(number: int) -> Callable[[Connection], int]:
    def job(connection: Connection) -> int:
        put(number)(connection)
        raise BoomError

    return job


def numbers(connection: Connection) -> list[int]:
    return list(connection.exec_driver_sql("SELECT n FROM t ORDER BY n").scalars())


async def held(writer: Writer) -> tuple[asyncio.Task[None], threading.Event]:
    """Keep the writer inside a job until the event is set, so that what is sent meanwhile shares a batch."""
    entered, gate = threading.Event(), threading.Event()

    def job(_: Connection) -> None:
        entered.set()
        gate.wait(10)

    task = asyncio.create_task(writer.run(job))
    await asyncio.to_thread(entered.wait, 10)
    return task, gate


async def test_waiting_jobs_share_one_commit(writer: Writer, hooks: Hooks) -> None:
    task, gate = await held(writer)
    tasks = [asyncio.create_task(writer.run(put(number))) for number in range(MAX_BATCH)]
    await asyncio.sleep(0)
    gate.set()

    assert await asyncio.gather(*tasks) == list(range(MAX_BATCH))
    await task
    assert hooks.commits == 2


async def test_a_failing_job_is_undone_and_its_neighbours_are_kept(writer: Writer, hooks: Hooks) -> None:
    task, gate = await held(writer)
    tasks = [asyncio.create_task(writer.run(put_then_fail(n) if n % 3 == 0 else put(n))) for n in range(9)]
    await asyncio.sleep(0)
    gate.set()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await task

    assert [type(outcome) for outcome in outcomes] == [BoomError, int, int] * 3
    assert await writer.run(numbers) == [1, 2, 4, 5, 7, 8]
    assert hooks.failures == 0


async def test_a_conflict_is_typed_and_holds_no_value(writer: Writer) -> None:
    def job(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 'canary')")
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 'canary')")

    with pytest.raises(RowConflictError) as caught:
        await writer.run(job)

    assert "canary" not in str(caught.value)
    assert await writer.run(numbers) == []


async def test_bound_values_stay_out_of_every_error_in_the_chain(writer: Writer) -> None:
    def job(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?)", (1, "canary"))
        connection.exec_driver_sql("INSERT INTO t VALUES (?, ?)", (1, "canary"))

    with pytest.raises(WellspokenError) as caught:
        await writer.run(job)

    error: BaseException | None = caught.value
    while error is not None:
        assert "canary" not in str(error)
        error = error.__cause__ or error.__context__


async def test_when_the_commit_cannot_be_made_everyone_hears_it_and_nothing_is_kept(
    writer: Writer, hooks: Hooks
) -> None:
    hooks.fail_with = DatabaseUnavailableError("SQLITE_FULL")
    outcomes = await asyncio.gather(*(writer.run(put(number)) for number in range(3)), return_exceptions=True)
    hooks.fail_with = None

    assert [type(outcome) for outcome in outcomes] == [DatabaseUnavailableError] * 3
    assert hooks.failures >= 1
    assert await writer.run(numbers) == []
    assert await writer.run(put(7)) == 7


async def test_a_full_disk_is_unavailable_and_passes(writer: Writer) -> None:
    pages = await writer.run(lambda connection: connection.exec_driver_sql("PRAGMA page_count").scalar())
    await writer.run(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())

    def big(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO t VALUES (1, ?)", ("x" * 1_000_000,))

    with pytest.raises(UnavailableError, match="SQLITE_FULL"):
        await writer.run(big)
    assert await writer.run(numbers) == []
    await writer.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=100000").scalar())
    await writer.run(big)
    assert await writer.run(numbers) == [1]


async def test_every_pragma_is_set_on_the_writers_connection(writer: Writer) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete", "trusted_schema")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await writer.run(pragmas) == ["wal", 2, 1, 5000, 1, 0]


async def test_a_transaction_takes_the_write_lock_when_it_begins(writer: Writer, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "test.db", timeout=0, isolation_level=None)
    task, gate = await held(writer)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")

    gate.set()
    await task
    other.execute("BEGIN IMMEDIATE")
    other.close()


async def test_closing_finishes_what_waits_and_refuses_the_rest(engine: Engine, hooks: Hooks) -> None:
    writer = Writer(engine, before_commit=hooks.before_commit, after_failure=hooks.after_failure)
    writer.start()
    task, gate = await held(writer)
    waiting = [asyncio.create_task(writer.run(put(number))) for number in range(200)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    gate.set()

    assert await asyncio.gather(*waiting) == list(range(200))
    await closing
    await task
    await writer.close()
    with pytest.raises(StoreClosedError):
        await writer.run(put(1_000))


async def test_a_cancelled_callers_job_that_had_not_begun_is_left_out(writer: Writer) -> None:
    task, gate = await held(writer)
    waiting = asyncio.create_task(writer.run(put(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    gate.set()
    await task

    assert await writer.run(numbers) == []


async def test_a_job_alone_runs_outside_a_transaction_and_in_its_turn(writer: Writer) -> None:
    def alone(connection: Connection) -> bool:
        driver = connection.connection.driver_connection
        assert driver is not None
        return bool(driver.in_transaction)

    task, gate = await held(writer)
    before, middle, after = (
        asyncio.create_task(work) for work in (writer.run(put(1)), writer.run(alone, alone=True), writer.run(numbers))
    )
    await asyncio.sleep(0)
    gate.set()

    assert await asyncio.gather(task, before, middle, after) == [None, 1, False, [1]]
