"""Connections to the database: one for writing, used by one thread; a few for reading, which cannot write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, NullPool

from storage.errors import DamagedDatabaseError, DatabaseUnavailableError, PragmaError, StoreClosedError, translated

T = TypeVar("T")

BUSY_TIMEOUT_MS = 5_000
_READERS = 4
_REQUIRED = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": BUSY_TIMEOUT_MS,
    "secure_delete": 1,
    "trusted_schema": 0,
}
"""What our promises rest on; asserted on every connection. 2 is FULL: a commit is on the disk when it returns."""


def prepare_file(path: Path) -> None:
    """Put a database file into WAL mode, which then stays with the file. Raises UnavailableError or PragmaError."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            (mode,) = connection.execute("PRAGMA journal_mode=wal").fetchone()
    except sqlite3.Error as error:
        code = str(getattr(error, "sqlite_errorname", "SQLITE_ERROR"))
        if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise DamagedDatabaseError(f"{path}: found something that is not a database ({code})") from error
        raise DatabaseUnavailableError(code) from error
    if mode != "wal":
        raise PragmaError(f"{path}: PRAGMA journal_mode is {mode}; expected wal")


def write_engine(path: Path) -> Engine:
    """The engine of the writer thread: every transaction takes the write lock when it begins."""
    engine = create_engine(_url(path, "rw"), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def sync_read_engine(path: Path) -> Engine:
    """An engine for long reads in a thread of their own (verification, checks)."""
    engine = create_engine(_url(path, "ro"), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _begin)
    return engine


class ReadEngine:
    """Reads over aiosqlite, each call in one transaction and so on one snapshot."""

    def __init__(self, path: Path) -> None:
        self._engine = create_async_engine(
            _url(path, "ro", driver="sqlite+aiosqlite"),
            hide_parameters=True,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=_READERS,
            max_overflow=0,
        )
        event.listen(self._engine.sync_engine, "connect", _on_connect)
        event.listen(self._engine.sync_engine, "begin", _begin)
        self._closed = False

    async def run(self, read: Callable[[Connection], T]) -> T:
        """Run a read in one transaction. Raises UnavailableError or IntegrityError."""
        if self._closed:
            raise StoreClosedError("the store is closed")
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(read)
        except DBAPIError as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Finish what is being read and close every connection; harmless when repeated."""
        self._closed = True
        await self._engine.dispose()


def _url(path: Path, mode: str, *, driver: str = "sqlite") -> URL:
    # As a URI, so that a reader's connection is opened read-only.
    return URL.create(driver, database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"})


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own way of opening transactions is switched off: we say BEGIN, and which one.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for name, wanted in _REQUIRED.items():
            if name != "journal_mode":
                cursor.execute(f"PRAGMA {name}={wanted}")
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()
            if found is None or found[0] != wanted:
                raise PragmaError(f"PRAGMA {name} is {found and found[0]}; expected {wanted}")
    finally:
        cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
