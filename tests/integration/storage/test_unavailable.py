"""A database that cannot be written says so, keeps nothing by halves, and works again when it can."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection

from domain.errors import UnavailableError
from storage.errors import StoreClosedError
from tests.builders.storage import Desk, desk_at


async def pragma(desk: Desk, statement: str) -> object:
    """Run a pragma on the writer's own connection; its value, where it has one."""

    def job(connection: Connection) -> object:
        result = connection.exec_driver_sql(statement)
        return result.scalar() if result.returns_rows else None

    return await desk.store._writer.run(job)


async def test_a_read_only_database_refuses_writes_and_serves_reads(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    await pragma(desk, "PRAGMA query_only = ON")

    with pytest.raises(UnavailableError, match="READONLY"):
        await desk.accept("again")
    while_read_only = len((await desk.snapshot(conversation_id)).inbox)
    await pragma(desk, "PRAGMA query_only = OFF")
    await desk.accept("again")

    assert while_read_only == 1
    assert len((await desk.snapshot(conversation_id)).inbox) == 2


async def test_a_full_disk_refuses_a_turn_whole_and_takes_it_when_there_is_room(desk: Desk) -> None:
    conversation_id = (await desk.accept("first")).conversation_id
    pages = await pragma(desk, "PRAGMA page_count")
    await pragma(desk, f"PRAGMA max_page_count = {pages}")

    outcomes = await asyncio.gather(*(desk.accept("x" * 9_000) for _ in range(200)), return_exceptions=True)
    await pragma(desk, "PRAGMA max_page_count = 1000000")
    await desk.accept("last", external_id="again")
    await desk.accept("last", external_id="again")
    await desk.turn(conversation_id)

    refused = [outcome for outcome in outcomes if isinstance(outcome, UnavailableError)]
    assert refused
    assert "SQLITE_FULL" in str(refused[-1])
    assert (await desk.store.check()).problems == ()
    assert (await desk.store.audit.verify()).ok


async def test_a_database_locked_by_another_program_is_unavailable_and_then_works(desk: Desk) -> None:
    await pragma(desk, "PRAGMA busy_timeout = 50")
    other = sqlite3.connect(desk.store.home.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(UnavailableError, match="BUSY"):
        await desk.accept("hello", external_id="update-1")
    other.execute("ROLLBACK")
    other.close()

    assert not (await desk.accept("hello", external_id="update-1")).duplicate


async def test_when_keys_cannot_be_kept_no_row_sealed_by_them_is(desk: Desk) -> None:
    await desk.accept(sender="visitor-1")
    desk.store._keys.store._write.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(desk.store.home.keys, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(UnavailableError):
        await desk.accept(sender="visitor-2")
    known = await desk.accept(sender="visitor-1")
    other.execute("ROLLBACK")
    other.close()
    fresh = await desk.accept(sender="visitor-2")

    assert not known.duplicate
    assert not fresh.duplicate
    assert (await desk.store.check()).problems == ()


async def test_a_closed_store_refuses_reads_and_writes(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        conversation_id = (await desk.accept()).conversation_id

    with pytest.raises(StoreClosedError):
        await desk.accept()
    with pytest.raises(StoreClosedError):
        await desk.snapshot(conversation_id)
    await desk.store.close()


async def test_a_cancelled_caller_leaves_the_store_whole(desk: Desk) -> None:
    conversation_id = (await desk.accept()).conversation_id
    for _ in range(20):
        task = asyncio.create_task(desk.turn(conversation_id))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await desk.accept("still there?")
    await desk.turn(conversation_id)

    assert (await desk.store.check()).problems == ()
    assert (await desk.store.audit.verify()).ok
