"""keys.db: wrapped keys in a SQLite file of their own, with a backup life of its own. Knows nothing of unwrapping."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from storage.errors import DamagedDatabaseError, DatabaseUnavailableError, PragmaError
from storage.home import touch_private

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keks (version INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deks (
    subject_id TEXT NOT NULL, version INTEGER NOT NULL, kek_version INTEGER NOT NULL, wrapped BLOB NOT NULL,
    PRIMARY KEY (subject_id, version)
) STRICT, WITHOUT ROWID;
"""
_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "trusted_schema": 0, "busy_timeout": 5000}


class KeyStore:
    """Two connections: the writer thread's, whose transaction stays open until `flush`, and one for reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write = _connected(path)
        self._read = _connected(path)
        self._reading = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the file. Raises DatabaseUnavailableError or DamagedDatabaseError."""
        with _translating():
            touch_private(path)
            store = cls(path)
            store._write.executescript(_SCHEMA)
        return store

    def meta(self, name: str) -> str | None:
        """A fact about the whole store."""
        rows = self._select("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def put_meta(self, name: str, value: str) -> None:
        """Keep a fact, durably."""
        with _translating():
            self._write.execute("INSERT INTO meta VALUES (?, ?)", (name, value))

    def kek(self, version: int) -> bytes | None:
        """A wrapped key-encryption key."""
        rows = self._select("SELECT wrapped FROM keks WHERE version = ?", (version,))
        return bytes(rows[0][0]) if rows else None

    def latest_kek(self) -> int:
        """The newest generation, 0 where there is none."""
        return int(self._select("SELECT coalesce(max(version), 0) FROM keks", ())[0][0])

    def put_kek(self, version: int, wrapped: bytes) -> None:
        """Keep a generation, durably."""
        with _translating():
            self._write.execute("INSERT INTO keks VALUES (?, ?)", (version, wrapped))

    def dek(self, subject_id: str, version: int) -> tuple[int, bytes] | None:
        """A subject's wrapped data key and the generation that wraps it."""
        rows = self._select(
            "SELECT kek_version, wrapped FROM deks WHERE subject_id = ? AND version = ?", (subject_id, version)
        )
        return (int(rows[0][0]), bytes(rows[0][1])) if rows else None

    def latest_dek(self, subject_id: str) -> int:
        """A subject's newest key version, 0 where it has none."""
        rows = self._select("SELECT coalesce(max(version), 0) FROM deks WHERE subject_id = ?", (subject_id,))
        return int(rows[0][0])

    def put_dek(self, subject_id: str, version: int, *, kek_version: int, wrapped: bytes) -> None:
        """Keep a data key; not durable before `flush`."""
        with _translating():
            if not self._write.in_transaction:
                self._write.execute("BEGIN IMMEDIATE")
            self._write.execute("INSERT INTO deks VALUES (?, ?, ?, ?)", (subject_id, version, kek_version, wrapped))

    def flush(self) -> None:
        """Make every key kept so far durable. Raises DatabaseUnavailableError, and then none is."""
        if not self._write.in_transaction:
            return
        try:
            with _translating():
                self._write.execute("COMMIT")
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Forget the keys not yet flushed."""
        if self._write.in_transaction:
            self._write.rollback()

    def close(self) -> None:
        """Close both connections; unflushed keys are forgotten; harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        self.discard()
        self._write.close()
        with self._reading:
            self._read.close()

    def _select(self, statement: str, values: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        with _translating(), self._reading:
            return self._read.execute(statement, values).fetchall()


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
        found = connection.execute(f"PRAGMA {name}").fetchone()
        if found is None or found[0] != value:
            connection.close()
            raise PragmaError(f"{path}: PRAGMA {name} is {found and found[0]}; expected {value}")
    return connection


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = str(getattr(error, "sqlite_errorname", "SQLITE_ERROR"))
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise DamagedDatabaseError(f"keys.db is damaged ({code})") from error
        raise DatabaseUnavailableError(code) from error
    except OSError as error:
        raise DatabaseUnavailableError(f"keys.db: {error.strerror}") from error
