"""What the tables are made of: column types and the one MetaData. Instants are UTC microseconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.schema import SchemaItem

METADATA = MetaData()

_BIG = BigInteger().with_variant(Integer, "sqlite")


def table(name: str, *items: SchemaItem, **options: Any) -> Table:
    """A table whose columns SQLite holds to their declared types."""
    return Table(name, METADATA, *items, sqlite_strict=True, **options)


def key(name: str = "id") -> Column[str]:
    """A primary key of opaque text."""
    return Column(name, Text, primary_key=True)


def text(name: str, *, null: bool = False, check: str = "") -> Column[str]:
    """Clear text: an id or a code, never a patient's words."""
    extra = (CheckConstraint(check),) if check else ()
    return Column(name, Text, *extra, nullable=null)


def ref(name: str, target: str, *, unique: bool = False, primary: bool = False) -> Column[str]:
    """The key of a row elsewhere."""
    return Column(name, Text, ForeignKey(target), nullable=False, unique=unique, primary_key=primary)


def number(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    """A count, a version or a flag."""
    return Column(name, _BIG, nullable=null, server_default=None if default is None else str(default))


def instant(name: str, *, null: bool = False) -> Column[int]:
    """UTC microseconds."""
    return Column(name, _BIG, nullable=null)


def sealed(name: str = "sealed") -> Column[bytes]:
    """A cell of storage.crypto.cells."""
    return Column(name, LargeBinary, nullable=False)


def digest(name: str, *, null: bool = False, unique: bool = False) -> Column[bytes]:
    """A blind index or a hash."""
    return Column(name, LargeBinary, nullable=null, unique=unique)
