"""`db check` finds every promise broken behind the program's back."""

import sqlite3
from itertools import permutations
from pathlib import Path

import pytest

from domain.changes import PlaceHold
from domain.errors import IntegrityError
from storage.inspection import inspected
from tests.builders.storage import NOON, a_hold, a_patient, a_slot, a_visit, desk_at, event

MISSING_GUARD = "a guard of an append-only table is missing"


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    async with desk_at(root) as desk:
        await desk.store.seed(patients=[a_patient()], appointments=[a_visit()], audit=event("store.seeded", detail="d"))
        first = (await desk.accept(sender="visitor-1")).conversation_id
        await desk.turn(first, PlaceHold(hold=a_hold(first, slot=a_slot(NOON))))
        second = (await desk.accept(sender="visitor-2")).conversation_id
        await desk.open_case(second)
    return root


def problems(home: Path, statement: str) -> set[str]:
    connection = sqlite3.connect(home / "data" / "wellspoken.db")
    connection.executescript(statement)
    connection.close()
    with inspected(home) as inspection:
        return {problem.what for problem in inspection.check().problems}


def test_a_sound_home_has_no_problem(home: Path) -> None:
    with inspected(home) as inspection:
        report = inspection.check()

    assert report.ok
    assert report.sealed_values > 12
    assert report.erased_values == 0


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE conversations SET owner_kind = 'bot', owner_id = NULL", "owner and case disagree"),
        ("UPDATE conversations SET owner_id = 'nurses' WHERE owner_kind = 'queue'", "owner and case disagree"),
        ("UPDATE conversations SET owner_kind = 'person' WHERE owner_kind = 'queue'", "owner and case disagree"),
        ("UPDATE handoffs SET status = 'closed'", "owner and case disagree"),
        ("DELETE FROM inbox WHERE seq = 1", "deliveries are not numbered without gaps"),
        ("UPDATE conversations SET last_entry_seq = 9", "transcript entries are not numbered without gaps"),
        ("DELETE FROM outbox", "outbox items are not numbered without gaps"),
        ("DELETE FROM slot_cells WHERE holder_kind = 'visit'", "a visit does not hold its time"),
        ("UPDATE appointments SET status = 'cancelled'", "a visit's clear columns are not its own"),
        ("UPDATE appointments SET starts_at = starts_at + 1", "a visit's clear columns are not its own"),
        ("UPDATE appointments SET version = 7", "a visit's clear columns are not its own"),
        ("DELETE FROM holds", "a cell of time is held by nothing"),
        ("UPDATE patients SET sealed = zeroblob(90)", "a sealed value does not open (format)"),
        ("UPDATE handoffs SET sealed = (SELECT sealed FROM patients)", "a sealed value does not open (wrong_key)"),
        (
            "UPDATE outbox SET about_appointment = 'visit-9', about_version = 1",
            "a message for a visit is about a version that never was",
        ),
        ("PRAGMA foreign_keys = OFF; DELETE FROM handles", "a row names one that is not there"),
        ("DROP TRIGGER transcript_no_delete", MISSING_GUARD),
        ("UPDATE schema_version SET version = 5", "schema version is 5; expected 1"),
    ],
)
def test_a_broken_promise_is_found(home: Path, statement: str, what: str) -> None:
    assert what in problems(home, statement)


def test_values_whose_key_was_destroyed_are_counted_as_erased(home: Path) -> None:
    connection = sqlite3.connect(home / "keys" / "keys.db")
    connection.execute("DELETE FROM deks WHERE subject_id = 'patient-1'")
    connection.commit()
    connection.close()

    with inspected(home) as inspection:
        report = inspection.check()
    assert report.ok
    assert report.erased_values == 2


def test_a_damaged_page_is_found(home: Path) -> None:
    path = home / "data" / "wellspoken.db"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 3 + 200] = b"\xff" * 200
    path.write_bytes(data)

    with inspected(home) as inspection:
        try:
            found = not inspection.check().ok
        except Exception as error:  # noqa: BLE001 any typed refusal will do here
            found = "damaged" in str(error)
    assert found


SEALED = {
    "handles": "sealed",
    "conversations": "state",
    "inbox": "sealed",
    "transcript": "body",
    "outbox": "body",
    "patients": "sealed",
    "appointments": "sealed",
    "holds": "sealed",
    "handoffs": "sealed",
    "audit_details": "sealed",
}


def test_no_cell_can_take_the_place_of_any_other(home: Path) -> None:
    """Every ordered pair of sealed columns, and of rows within one."""
    connection = sqlite3.connect(home / "data" / "wellspoken.db", isolation_level=None)
    for act in ("transcript_no_update", "audit_details_no_update"):
        connection.execute(f"DROP TRIGGER {act}")
    cells = [
        (table, column, key, cell)
        for table, column in SEALED.items()
        for key, cell in connection.execute(f"SELECT {_key(table)}, {column} FROM {table} LIMIT 2")  # noqa: S608 ours
    ]
    assert {table for table, *_ in cells} == set(SEALED)

    with inspected(home) as inspection:
        for (table, column, key, own), (*_, other) in permutations(cells, 2):
            put = f"UPDATE {table} SET {column} = ? WHERE {_key(table)} = ?"  # noqa: S608 the test's words
            connection.execute(put, (other, key))
            assert any("does not open" in problem.what for problem in inspection.check().problems), (table, key)
            connection.execute(put, (own, key))
        assert {problem.what for problem in inspection.check().problems} == {MISSING_GUARD}
    connection.close()


async def test_a_swapped_record_is_refused_and_never_shown(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        mine, other = a_patient("patient-1", family="Mine"), a_patient("patient-2", family="Other")
        await desk.store.seed(patients=[mine, other], audit=event("store.seeded"))
        connection = sqlite3.connect(tmp_path / "data" / "wellspoken.db")
        connection.execute("UPDATE patients SET sealed = (SELECT sealed FROM patients WHERE id = 'patient-2')")
        connection.commit()
        connection.close()

        with pytest.raises(IntegrityError, match=r"patients\.sealed of row patient-1"):
            await desk.store.patients.get(mine.id)
        with pytest.raises(IntegrityError):
            await desk.store.patients.with_phone("+15550100")
        assert await desk.store.patients.get(other.id) == other


async def test_an_older_form_put_back_under_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        visit = a_visit()
        await desk.store.seed(appointments=[visit], audit=event("store.seeded"))
        connection = sqlite3.connect(tmp_path / "data" / "wellspoken.db")
        connection.execute("UPDATE appointments SET version = 2")
        connection.commit()
        connection.close()

        with pytest.raises(IntegrityError, match="version 2"):
            await desk.store.calendar.appointment(visit.id)


def _key(table: str) -> str:
    return "seq" if table == "audit_details" else "id"
