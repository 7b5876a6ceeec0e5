"""Storage's error tree, under the domain's. Texts name tables, files and codes, never a stored value.

WellspokenError
├── UnavailableError            DatabaseUnavailableError, StoreClosedError
├── IntegrityError              CellError (one per CellFault), StoredFormError, DamagedDatabaseError
├── StaleVersionError           RowConflictError
├── RefusedToStartError         HomeLockedError, SchemaVersionError, PragmaError, RootKeyError,
│                               CheckpointConflictError (an IntegrityError as well)
├── UnknownRecordError
└── OwnerInvariantError
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError as ConstraintError

from domain.errors import (
    IntegrityError,
    RefusedToStartError,
    StaleVersionError,
    UnavailableError,
    WellspokenError,
)


class DatabaseUnavailableError(UnavailableError):
    """The database is locked, full, read-only or unreadable. Remedy: mend the volume; nothing was kept."""

    def __init__(self, code: str) -> None:
        """Keep SQLite's name for what went wrong (SQLITE_FULL, SQLITE_BUSY …)."""
        self.code = code
        super().__init__(f"the database cannot be used now ({code})")


class StoreClosedError(UnavailableError):
    """The store is closing or closed. Remedy: none in this process."""


class CellFault(StrEnum):
    """Why a sealed cell did not open."""

    FORMAT = "format"
    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    FORGED = "forged"
    PADDING = "padding"


class CellError(IntegrityError):
    """A sealed cell does not open: another's, changed, cut, or its key is gone. Remedy: `wellspoken db check`."""

    def __init__(self, fault: CellFault, *, table: str, column: str, row_id: str) -> None:
        """Keep the place; row ids are opaque."""
        self.fault, self.table, self.column, self.row_id = fault, table, column, row_id
        super().__init__(f"sealed value {table}.{column} of row {row_id} does not open ({fault})")


class StoredFormError(IntegrityError):
    """A sealed value opened but is not of the form expected. Remedy: it was written by a newer release, or damaged."""

    def __init__(self, *, table: str, row_id: str, expected: str) -> None:
        """Keep the place and the type expected there."""
        self.table, self.row_id, self.expected = table, row_id, expected
        super().__init__(f"row {row_id} of {table} does not hold a {expected}")


class DamagedDatabaseError(IntegrityError):
    """SQLite reports a malformed file. Remedy: restore from a backup."""


class CheckpointConflictError(RefusedToStartError, IntegrityError):
    """The audit log does not continue its last signed checkpoint. Remedy: `wellspoken audit verify`."""


class RowConflictError(StaleVersionError):
    """The row exists already, or names one that does not. Remedy: read again and decide anew."""


class UnknownRecordError(WellspokenError):
    """No such row. Remedy: the id is wrong."""

    def __init__(self, table: str, row_id: str) -> None:
        """Keep the place."""
        self.table, self.row_id = table, row_id
        super().__init__(f"{table} has no row {row_id}")


class OwnerInvariantError(WellspokenError):
    """A write would leave a conversation with no owner or two. Remedy: save the case and the owner together."""


class HomeLockedError(RefusedToStartError):
    """Another process holds this home's lock. Remedy: stop it, or send the command through it."""


class SchemaVersionError(RefusedToStartError):
    """The database is of a schema this release does not know. Remedy: use the release that wrote it."""


class PragmaError(RefusedToStartError):
    """SQLite did not accept a setting our promises rest on. Remedy: another SQLite build or file system."""


class RootKeyError(RefusedToStartError):
    """The root key is missing, malformed or not the one this home was sealed with. Remedy: put the right one back."""


_DAMAGE = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})


def translated(error: DBAPIError) -> WellspokenError:
    """What a driver's error means to a caller."""
    code = str(getattr(error.orig, "sqlite_errorname", "SQLITE_ERROR"))
    if isinstance(error, ConstraintError):
        return RowConflictError(f"a stored row conflicts ({code})")
    if any(code.startswith(damage) for damage in _DAMAGE):
        return DamagedDatabaseError(f"the database file is damaged ({code})")
    return DatabaseUnavailableError(code)
