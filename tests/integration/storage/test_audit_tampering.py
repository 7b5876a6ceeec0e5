"""Whoever can write the database file but has no keys: every change to what was kept is found."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.changes import WriteSet
from storage.audit_chain import LEAF_COLUMNS, leaf_of
from storage.audit_report import AuditFault, AuditReport
from storage.checkpoint import read_sink
from storage.crypto.signer import Verifier
from storage.errors import CheckpointConflictError
from storage.home import Home
from storage.inspection import inspected
from storage.merkle import GENESIS, Frontier, chained
from storage.store import Store
from tests.builders.storage import NOON, CountingIds, HandClock, desk_at, event

TURNS = 6
FORGED_ENTRY = """
INSERT INTO transcript SELECT 'forged', conversation_id, 99, subject_id, turn_id, at, author, author_id, key, audit_seq,
body FROM transcript WHERE seq = 1 LIMIT 1
"""


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """A home with some turns, a checkpoint after the fourth, closed."""
    root = tmp_path / "home"
    async with desk_at(root) as desk:
        for number in range(TURNS):
            accepted = await desk.accept(f"message {number}", sender=f"visitor-{number % 2}")
            await desk.turn(accepted.conversation_id)
            if number == 3:
                await desk.store.audit.checkpoint(NOON)
    return root


async def verified(home: Path) -> AuditReport:
    with inspected(home) as inspection:
        return await inspection.audit.verify()


def tamper(home: Path, *statements: str) -> None:
    """Change the file as an intruder would: triggers dropped first."""
    connection = sqlite3.connect(home / "data" / "wellspoken.db")
    for table in ("audit_log", "audit_details", "transcript"):
        for act in ("update", "delete"):
            connection.execute(f"DROP TRIGGER {table}_no_{act}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def faults(report: AuditReport) -> set[AuditFault]:
    return {problem.fault for problem in report.problems}


async def test_an_untouched_log_verifies(home: Path) -> None:
    report = await verified(home)

    assert report.problems == ()
    assert report.entries == TURNS * 3
    assert report.vouched_rows == TURNS * 3
    assert (report.checkpoints, report.after_checkpoint) == (2, 6)


@pytest.mark.parametrize(
    "column",
    [
        "at = at + 1", "actor_kind = 'staff'", "actor_id = 'someone'", "action = 'read'", "event = 'other'",
        "subject_id = 'someone'", "subject_id = NULL", "object_type = 'other'", "object_id = 'other'",
        "purpose = 'other'", "outcome = 'refused'", "format = 2", "detail_commit = zeroblob(32)",
        "content_digest = zeroblob(32)", "content_digest = NULL", "prev_hash = randomblob(32)",
        "entry_hash = randomblob(32)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("turn", [0, 2, TURNS - 1])
async def test_every_edited_column_of_a_turns_entries_is_found_there(home: Path, column: str, turn: int) -> None:
    first, last = turn * 3 + 1, turn * 3 + 3
    tamper(home, f"UPDATE audit_log SET {column} WHERE seq BETWEEN {first} AND {last}")  # noqa: S608 the test's words

    report = await verified(home)

    assert not report.ok
    assert first <= report.problems[0].seq <= last


@pytest.mark.parametrize("seq", range(1, TURNS * 3 + 1))
async def test_every_deleted_entry_is_found_where_it_was(home: Path, seq: int) -> None:
    tamper(home, f"DELETE FROM audit_log WHERE seq = {seq}")  # noqa: S608 the test's words

    report = await verified(home)

    assert not report.ok
    expected = AuditFault.HEAD if seq == TURNS * 3 else AuditFault.GAP
    assert expected in faults(report)


@pytest.mark.parametrize("seq", [1, 5, TURNS * 3 - 1])
async def test_two_swapped_entries_are_found(home: Path, seq: int) -> None:
    tamper(
        home,
        f"UPDATE audit_log SET seq = -1 WHERE seq = {seq}",  # noqa: S608 the test's words
        f"UPDATE audit_log SET seq = {seq} WHERE seq = {seq + 1}",  # noqa: S608 the test's words
        f"UPDATE audit_log SET seq = {seq + 1} WHERE seq = -1",  # noqa: S608 the test's words
    )

    assert {AuditFault.CHAIN, AuditFault.EDITED} <= faults(await verified(home))


async def test_an_inserted_entry_is_found(home: Path) -> None:
    columns = (
        "log_id, format, at, actor_kind, actor_id, action, event, subject_id, object_type, object_id, purpose, "
        "outcome, detail_commit, content_digest"
    )
    tamper(
        home,
        f"INSERT INTO audit_log (seq, prev_hash, entry_hash, {columns}) "  # noqa: S608 the test's words
        f"SELECT {TURNS * 3 + 1}, entry_hash, randomblob(32), {columns} FROM audit_log WHERE seq = {TURNS * 3}",
    )

    assert {AuditFault.EDITED, AuditFault.HEAD} <= faults(await verified(home))


REWRITES: dict[str, Callable[[sqlite3.Connection], None]] = {
    "the last entry is cut off and the head follows": lambda connection: cut(connection, 1),
    "a long tail is cut off and the head follows": lambda connection: cut(connection, 12),
    "the whole log is emptied": lambda connection: cut(connection, TURNS * 3),
    "an entry is changed and every hash after it made anew": lambda connection: rewrite(connection, 9),
    "the last entry is changed and its hash made anew": lambda connection: rewrite(connection, TURNS * 3),
}


@pytest.mark.parametrize("name", REWRITES)
async def test_a_log_rewritten_with_right_hashes_is_found_by_who_holds_the_keys(home: Path, name: str) -> None:
    tamper(home)
    connection = sqlite3.connect(home / "data" / "wellspoken.db")
    REWRITES[name](connection)
    connection.commit()
    connection.close()

    assert AuditFault.HEAD in faults(await verified(home))


async def test_a_log_put_back_to_before_a_checkpoint_is_found_and_refused(tmp_path: Path) -> None:
    """Rolled back with its own old head, so that only the checkpoint tells."""
    home = tmp_path / "home"
    database = home / "data" / "wellspoken.db"
    async with desk_at(home) as desk:
        await desk.turn((await desk.accept()).conversation_id)
    shutil.copy(database, tmp_path / "older.db")
    async with desk_at(home, prefix="later") as desk:
        await desk.turn((await desk.accept()).conversation_id)
        await desk.store.audit.checkpoint(NOON)
    shutil.copy(tmp_path / "older.db", database)

    assert faults(await verified(home)) == {AuditFault.CUT}
    with pytest.raises(CheckpointConflictError):
        await Store.open(home, clock=HandClock(), ids=CountingIds())


async def test_another_history_of_the_same_length_is_found_by_the_checkpoint(tmp_path: Path) -> None:
    """Two runs from one state: both heads are genuine, one is what the checkpoint saw."""
    home = tmp_path / "home"
    database = home / "data" / "wellspoken.db"
    async with desk_at(home):
        pass
    shutil.copy(database, tmp_path / "empty.db")
    async with desk_at(home, prefix="first") as desk:
        await desk.store.commits.commit(one_event("first.history"))
        await desk.store.audit.checkpoint(NOON)
    shutil.copy(tmp_path / "empty.db", database)
    sinks = {
        path: path.read_bytes() for path in (home / "audit" / "checkpoints.txt", home / "keys" / "checkpoints.txt")
    }
    for path in sinks:
        path.unlink()
    async with desk_at(home, prefix="second") as desk:
        await desk.store.commits.commit(one_event("other.history"))
    for path, data in sinks.items():
        path.write_bytes(data)

    assert faults(await verified(home)) == {AuditFault.CHECKPOINT}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transcript SET body = zeroblob(90) WHERE seq = 2",
        "UPDATE transcript SET author = 'staff' WHERE seq = 2",
        "UPDATE transcript SET at = at + 1 WHERE seq = 1",
        "UPDATE transcript SET audit_seq = audit_seq + 1 WHERE seq = 1",
        "DELETE FROM transcript WHERE seq = 1",
        FORGED_ENTRY,
        "UPDATE inbox SET sealed = zeroblob(90) WHERE seq = 1",
        "UPDATE inbox SET received_at = 0 WHERE seq = 1",
        "DELETE FROM inbox WHERE seq = 1",
    ],
)
async def test_a_changed_transcript_or_delivery_is_found(home: Path, statement: str) -> None:
    tamper(home, statement)

    assert faults(await verified(home)) & {AuditFault.CONTENT, AuditFault.UNVOUCHED}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_details WHERE seq = 2",
        "UPDATE audit_details SET sealed = zeroblob(90) WHERE seq = 2",
        "UPDATE audit_details SET subject_id = 'wellspoken' WHERE seq = 2",
        "INSERT INTO audit_details SELECT log_id, 1, subject_id, sealed FROM audit_details WHERE seq = 2",
    ],
)
async def test_a_changed_detail_is_found_at_its_entry(home: Path, statement: str) -> None:
    tamper(home, statement)

    report = await verified(home)

    if "'wellspoken'" in statement:
        # A detail named to a subject without a key reads as one erased: the count says so.
        assert report.erased_details == 1
    else:
        assert AuditFault.DETAIL in faults(report)


async def test_an_erased_subject_leaves_the_log_verifiable(home: Path) -> None:
    with inspected(home) as inspection:
        before = (await inspection.audit.verify()).erased_details
    connection = sqlite3.connect(home / "keys" / "keys.db")
    connection.execute("DELETE FROM deks WHERE subject_id = (SELECT min(subject_id) FROM deks)")
    connection.commit()
    connection.close()

    report = await verified(home)

    assert before == 0
    assert report.ok
    assert report.erased_details == TURNS // 2


async def test_the_tables_themselves_refuse_changes_to_what_was_kept(home: Path) -> None:
    connection = sqlite3.connect(home / "data" / "wellspoken.db")
    for table in ("audit_log", "audit_details", "transcript"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):  # noqa: S608 the test's words
            with pytest.raises(sqlite3.Error, match=r"append-only|no such column"):
                connection.execute(statement)
    connection.close()


async def test_a_forged_or_missing_checkpoint_is_found(home: Path) -> None:
    first, second = home / "audit" / "checkpoints.txt", home / "keys" / "checkpoints.txt"
    genuine = first.read_text()
    first.write_text(genuine.replace("size 12", "size 11"))
    forged = await verified(home)
    first.write_text(genuine * 3)
    second.unlink()
    missing = await verified(home)

    assert AuditFault.SIGNATURE in faults(forged)
    assert AuditFault.SINK in faults(missing)


async def test_a_checkpoint_torn_by_a_crash_is_passed_over_and_the_next_stands_apart(home: Path) -> None:
    path = home / "audit" / "checkpoints.txt"
    genuine = path.read_text()
    path.write_text(genuine + genuine[: len(genuine) // 2])

    async with desk_at(home, prefix="later") as desk:
        await desk.store.audit.checkpoint(NOON)
        report = await desk.store.audit.verify()

    sink = read_sink(path, Verifier.from_file(Home(home).public_key))
    assert report.ok
    assert [checkpoint.size for checkpoint in sink.checkpoints] == [12, TURNS * 3]
    assert sink.forged == 0


async def test_a_checkpoint_of_a_log_that_did_not_grow_is_not_kept_twice(home: Path) -> None:
    async with desk_at(home, prefix="later") as desk:
        first = await desk.store.audit.checkpoint(NOON)
        await desk.store.audit.checkpoint(NOON)
        report = await desk.store.audit.verify()

    assert first.size == report.entries
    assert (report.checkpoints, report.after_checkpoint) == (4, 0)


async def test_no_checkpoint_is_signed_over_a_log_with_a_strange_end(home: Path) -> None:
    tamper(home)
    async with desk_at(home, prefix="later") as desk:
        connection = sqlite3.connect(home / "data" / "wellspoken.db")
        rewrite(connection, TURNS * 3)
        connection.commit()
        connection.close()

        with pytest.raises(CheckpointConflictError):
            await desk.store.audit.checkpoint(NOON)


def one_event(name: str) -> WriteSet:
    return WriteSet(audit=(event(name),))


def cut(connection: sqlite3.Connection, count: int) -> None:
    """Cut entries off the end and make the head agree, as far as that is possible without keys."""
    left = TURNS * 3 - count
    connection.execute("DELETE FROM audit_log WHERE seq > ?", (left,))
    connection.execute("DELETE FROM audit_details WHERE seq > ?", (left,))
    connection.execute("DELETE FROM transcript WHERE audit_seq > ?", (left,))
    connection.execute("DELETE FROM inbox WHERE audit_seq > ?", (left,))
    restate(connection)


def rewrite(connection: sqlite3.Connection, seq: int) -> None:
    """Change an entry's outcome and make every hash from there on anew."""
    connection.execute("UPDATE audit_log SET outcome = 'rewritten' WHERE seq = ?", (seq,))
    restate(connection)


def restate(connection: sqlite3.Connection) -> None:
    head, frontier = GENESIS, Frontier()
    rows = connection.execute(f"SELECT {', '.join(LEAF_COLUMNS)} FROM audit_log ORDER BY seq").fetchall()  # noqa: S608 ours
    connection.execute("UPDATE audit_log SET prev_hash = randomblob(32)")
    for row in rows:
        leaf = leaf_of(row)
        entry_hash = chained(head, leaf)
        connection.execute(
            "UPDATE audit_log SET prev_hash = ?, entry_hash = ? WHERE seq = ?",
            (head, entry_hash, row[LEAF_COLUMNS.index("seq")]),
        )
        head, frontier = entry_hash, frontier.appended(leaf)
    connection.execute(
        "UPDATE audit_head SET size = ?, head_hash = ?, frontier = ?", (frontier.size, head, frontier.to_bytes())
    )
