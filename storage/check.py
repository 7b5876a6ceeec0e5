"""`db check`: is the file sound, does every promise about rows hold, does every sealed value open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, select

from domain.ids import SubjectId
from domain.scheduling_free import cells as cells_of
from storage import calendar_rows, forms, migrations
from storage.audit_chain import detail_row_id
from storage.crypto.cells import Cells, Column
from storage.errors import CellError, CellFault, StoredFormError
from storage.schema import METADATA
from storage.tables import APPEND_ONLY, appointments
from storage.times import to_micros
from storage.transaction import Sealing

MAX_PROBLEMS = 1_000

_OWNERS = """
SELECT c.id FROM conversations c LEFT JOIN handoffs h ON h.conversation_id = c.id AND h.status <> 'closed'
WHERE NOT coalesce(CASE c.owner_kind
    WHEN 'bot' THEN h.id IS NULL
    WHEN 'queue' THEN h.status = 'open' AND h.queue = c.owner_id
    WHEN 'person' THEN h.status = 'claimed' AND h.claimed_by = c.owner_id END, 0)
"""


def _numbered(table: str, counter: str) -> str:
    return f"""
SELECT c.id FROM conversations c LEFT JOIN {table} t ON t.conversation_id = c.id GROUP BY c.id
HAVING count(t.id) <> c.{counter} OR coalesce(max(t.seq), 0) <> c.{counter}
"""  # noqa: S608 both names are written in this file


_RULES: Mapping[str, str] = MappingProxyType({
    "owner and case disagree": _OWNERS,
    "deliveries are not numbered without gaps": _numbered("inbox", "last_recv_seq"),
    "transcript entries are not numbered without gaps": _numbered("transcript", "last_entry_seq"),
    "outbox items are not numbered without gaps": _numbered("outbox", "last_out_seq"),
    "a cell of time is held by nothing": """
        SELECT provider_id || ' ' || cell_at FROM slot_cells
        WHERE holder_kind = 'hold' AND holder_id NOT IN (SELECT id FROM holds)
           OR holder_kind = 'visit' AND holder_id NOT IN (SELECT id FROM appointments)
        """,
    "a message for a visit is about a version that never was": """
        SELECT o.id FROM outbox o LEFT JOIN appointments a ON a.id = o.about_appointment
        WHERE o.about_appointment IS NOT NULL AND (a.id IS NULL OR o.about_version > a.version)
        """,
    "a conversation is of no handle": "SELECT id FROM conversations WHERE handle_id NOT IN (SELECT id FROM handles)",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """A sealed column, and the columns that name its row and its subject."""

    column: Column
    row_id: str = "id"
    subject: str = "subject_id"


_SEALED = (
    _Place(forms.HANDLE.column, subject="id"),
    _Place(forms.STATE, subject="handle_id"),
    _Place(forms.CHALLENGE.column, row_id="conversation_id"),
    _Place(forms.DETAIL, row_id="seq"),
    *(
        _Place(form.column)
        for form in (
            forms.DELIVERY, forms.WORDS, forms.PARCEL, forms.PATIENT, forms.RESULT, forms.MEDICINE, forms.APPOINTMENT,
            forms.HOLD, forms.HANDOFF, forms.PROMISE,
        )
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckProblem:
    """What is wrong, in our words, and the table or row it is wrong with."""

    what: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The database as one snapshot saw it."""

    schema: migrations.SchemaReport
    sealed_values: int
    """Sealed values that opened."""
    erased_values: int
    """Sealed values whose key is gone."""
    problems: tuple[CheckProblem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def check(connection: Connection, sealing: Sealing) -> CheckReport:
    """Check everything, changing nothing. Stops at MAX_PROBLEMS."""
    schema = migrations.schema_state(connection)
    if schema.state is not migrations.SchemaState.CURRENT:
        problem = CheckProblem(what=f"schema version is {schema.found}; expected {schema.known}")
        return CheckReport(schema=schema, sealed_values=0, erased_values=0, problems=(problem,))
    problems = [*_file_problems(connection), *_rule_problems(connection), *_calendar_problems(connection, sealing)]
    opened, erased = 0, 0
    for place in _SEALED:
        for fault, where in _faults(connection, sealing.cells, place):
            match fault:
                case None:
                    opened += 1
                case CellFault.NO_KEY:
                    erased += 1
                case _:
                    problems.append(CheckProblem(what=f"a sealed value does not open ({fault})", where=where))
    return CheckReport(
        schema=schema, sealed_values=opened, erased_values=erased, problems=tuple(problems[:MAX_PROBLEMS])
    )


def _file_problems(connection: Connection) -> Iterator[CheckProblem]:
    for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MAX_PROBLEMS})"):
        if line != "ok":
            yield CheckProblem(what="the file is damaged", where=str(line))
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield CheckProblem(what="a row names one that is not there", where=f"{row[0]} -> {row[2]}")
    expected = {f"{name}_no_{act}" for name in APPEND_ONLY for act in ("update", "delete")}
    found = {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type = 'trigger'")}
    for name in sorted(expected - found):
        yield CheckProblem(what="a guard of an append-only table is missing", where=name)


def _rule_problems(connection: Connection) -> Iterator[CheckProblem]:
    for what, statement in _RULES.items():
        for (where,) in connection.exec_driver_sql(statement):
            yield CheckProblem(what=what, where=str(where))


def _calendar_problems(connection: Connection, sealing: Sealing) -> Iterator[CheckProblem]:
    """Every visit is where its clear columns say, and a live one holds every cell of its time."""
    held: dict[tuple[str, str], set[int]] = {}
    for provider, holder, cell_at in connection.exec_driver_sql(
        "SELECT provider_id, holder_id, cell_at FROM slot_cells"
    ):
        held.setdefault((provider, holder), set()).add(cell_at)
    for row in connection.execute(select(appointments)):
        try:
            visit = calendar_rows.opened(sealing, row)
        except StoredFormError:
            yield CheckProblem(what="a visit's clear columns are not its own", where=row.id)
            continue
        except CellError:
            continue
        slot = visit.slot
        clear = (row.provider_id, row.starts_at, row.ends_at, row.status)
        if clear != (slot.provider_id, to_micros(slot.starts_at), to_micros(slot.ends_at), visit.status.value):
            yield CheckProblem(what="a visit's clear columns are not its own", where=row.id)
        expected = {to_micros(cell) for cell in cells_of(slot)} if visit.status.is_live else set()
        if held.get((slot.provider_id, visit.id), set()) != expected:
            yield CheckProblem(what="a visit does not hold its time", where=visit.id)


def _faults(connection: Connection, cells: Cells, place: _Place) -> Iterator[tuple[CellFault | None, str]]:
    table = METADATA.tables[place.column.table]
    columns = [table.c[name] for name in (place.row_id, place.subject, place.column.name)]
    for row_key, subject, cell in connection.execute(select(*columns)):
        row_id = detail_row_id(row_key) if place.column == forms.DETAIL else str(row_key)
        try:
            cells.open(place.column, row_id, SubjectId(subject), cell)
        except CellError as error:
            yield error.fault, f"{place.column.table} {row_id}"
        else:
            yield None, ""
