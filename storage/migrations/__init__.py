"""The schema's version: made new, brought up step by step after a backup, refused when it is newer than we know."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection, inspect, select
from sqlalchemy.schema import Column as SchemaColumn

from storage.errors import SchemaVersionError
from storage.home import touch_private
from storage.schema import METADATA, number, table
from storage.tables import APPEND_ONLY, meta

SCHEMA_VERSION = 1

schema_version = table("schema_version", SchemaColumn("id", number("id").type, primary_key=True), number("version"))

Step = Callable[[Connection], None]
STEPS: Mapping[int, Step] = MappingProxyType({})
"""From a version to the next one. Version 1 is made whole, from the tables as declared."""


class SchemaState(StrEnum):
    """empty: no tables yet; older: can be brought up; newer: another release wrote it."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReport:
    """The version found (0 for an empty file) and the one this release writes."""

    state: SchemaState
    found: int
    known: int


def schema_state(connection: Connection, *, known: int = SCHEMA_VERSION) -> SchemaReport:
    """What version the database is of."""
    found = 0
    if inspect(connection).has_table(schema_version.name):
        found = int(connection.execute(select(schema_version.c.version)).scalar_one_or_none() or 0)
    if found == known:
        state = SchemaState.CURRENT
    elif found > known:
        state = SchemaState.NEWER
    else:
        state = SchemaState.OLDER if found else SchemaState.EMPTY
    return SchemaReport(state=state, found=found, known=known)


def upgrade(
    connection: Connection,
    path: Path,
    backups: Path,
    *,
    steps: Mapping[int, Step] = STEPS,
    known: int = SCHEMA_VERSION,
) -> SchemaReport:
    """Bring the database to the known version, each step in a transaction of its own, after a copy of the file.

    Answers with what was found. Raises SchemaVersionError for a newer one, or when a step is missing.
    """
    with connection.begin():
        report = schema_state(connection, known=known)
    match report.state:
        case SchemaState.CURRENT:
            pass
        case SchemaState.NEWER:
            raise SchemaVersionError(
                f"{path}: found schema version {report.found}; this release knows {known}; use a newer release"
            )
        case SchemaState.EMPTY:
            with connection.begin():
                _create(connection)
        case SchemaState.OLDER:
            back_up(path, backups / f"before-version-{known}-from-{report.found}.db")
            for version in range(report.found, known):
                _step(connection, version, steps)
    return report


def back_up(path: Path, target: Path) -> None:
    """Copy a database while it is in use. An older copy of the same name is replaced once the new one is whole."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    touch_private(fresh)
    source, copy = sqlite3.connect(path), sqlite3.connect(fresh)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    fresh.replace(target)


def _step(connection: Connection, version: int, steps: Mapping[int, Step]) -> None:
    step = steps.get(version)
    if step is None:
        raise SchemaVersionError(f"there is no upgrade from schema version {version}; use the release between")
    with connection.begin():
        step(connection)
        connection.execute(schema_version.update().values(version=version + 1))


def _create(connection: Connection) -> None:
    METADATA.create_all(connection)
    for name in APPEND_ONLY:
        for act in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name}_no_{act.lower()} BEFORE {act} ON {name} "
                f"BEGIN SELECT raise(ABORT, '{name} is append-only'); END"
            )
    connection.execute(schema_version.insert().values(id=1, version=SCHEMA_VERSION))


def deployment_of(connection: Connection) -> str | None:
    """The deployment this database was made for; None while it is new."""
    value: str | None = connection.execute(select(meta.c.value).where(meta.c.name == "deployment_id")).scalar()
    return value


def set_deployment(connection: Connection, deployment_id: str) -> None:
    """Bind a new database to its deployment."""
    connection.execute(meta.insert().values(name="deployment_id", value=deployment_id))
