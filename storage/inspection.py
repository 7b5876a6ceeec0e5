"""Looking at a home without serving it: checks and audit verification, beside a running process or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy.exc import DBAPIError

from storage import check as checks
from storage.audit_log import AuditLog
from storage.check import CheckReport
from storage.engine import sync_read_engine
from storage.errors import RootKeyError, translated
from storage.home import Home
from storage.opening import OpenedKeys, open_keys


class Inspection:
    """An existing home, open for reading only; takes no lock and changes nothing."""

    def __init__(self, home: Home, keys: OpenedKeys) -> None:
        self._home = home
        self._keys = keys
        self.audit = AuditLog(home, sealing=keys.sealing, signer=keys.signer)

    def check(self) -> CheckReport:
        """Check the file, every promise about its rows and every sealed value."""
        return check(self._home, self._keys)


@contextmanager
def inspected(home: Path, *, root_key: str | None = None, witness: Path | None = None) -> Iterator[Inspection]:
    """Open a home for inspection. Raises RefusedToStartError when there is none, or its keys do not open."""
    place = Home(home, witness)
    if not place.database.exists() or not place.keys.exists():
        raise RootKeyError(f"{home}: found no database with its keys; expected a home that was opened before")
    keys = open_keys(place, root_key=root_key, new_deployment_id=_no_new_deployment)
    try:
        yield Inspection(place, keys)
    finally:
        keys.close()


def check(home: Home, keys: OpenedKeys) -> CheckReport:
    """Check a home with its keys at hand. Raises UnavailableError or IntegrityError where the file cannot be read."""
    engine = sync_read_engine(home.database)
    try:
        with engine.connect() as connection:
            return checks.check(connection, keys.sealing)
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        engine.dispose()


def _no_new_deployment() -> NoReturn:
    raise RootKeyError("keys.db names no deployment; put back the file that belongs to this home")
