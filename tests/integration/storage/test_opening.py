"""A home is opened by one process, with its own keys, at a schema we know, after its last checkpoint; else refused."""

import asyncio
import base64
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import RefusedToStartError, UnavailableError
from storage import migrations
from storage.checkpoint import read_tail
from storage.crypto.signer import Verifier
from storage.engine import prepare_file, write_engine
from storage.errors import (
    CheckpointConflictError,
    DamagedDatabaseError,
    HomeLockedError,
    RootKeyError,
    SchemaVersionError,
)
from storage.inspection import inspected
from storage.store import Store
from tests.builders.storage import NOON, CountingIds, HandClock, a_patient, desk_at, event


async def opening(home: Path, **options: object) -> None:
    store = await Store.open(home, clock=HandClock(), ids=CountingIds(), **options)
    await store.close()


async def seeded(home: Path) -> None:
    async with desk_at(home) as desk:
        await desk.store.seed(patients=[a_patient()], audit=event("store.seeded"))
        await desk.accept()


async def test_what_was_kept_is_there_after_opening_again(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        accepted = await desk.accept("hello")
        await desk.turn(accepted.conversation_id)

    async with desk_at(tmp_path, prefix="again") as desk:
        entries = await desk.store.conversations.transcript(accepted.conversation_id)
        assert [entry.text for entry in entries] == ["hello", "Good morning."]
        assert (await desk.store.check()).problems == ()
        assert (await desk.store.audit.verify()).ok


async def test_folders_and_files_are_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with desk_at(home) as desk:
        await desk.accept()
        await desk.store.audit.checkpoint(NOON)
        for path in home.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path


async def test_a_second_store_on_the_same_home_is_refused_while_the_first_is_open(tmp_path: Path) -> None:
    async with desk_at(tmp_path):
        with pytest.raises(HomeLockedError, match="in use"):
            await opening(tmp_path)
    await opening(tmp_path)


async def test_a_second_process_is_refused_and_the_home_is_free_when_the_first_dies(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from storage.process_lock import ProcessLock;"
        "lock = ProcessLock.take(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    await opening(tmp_path)
    lock = tmp_path / "run" / "store.lock"
    process = subprocess.Popen(  # noqa: S603, ASYNC220 our own interpreter; the test waits for it on purpose
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(HomeLockedError, match=f"process {process.pid}"):
            await opening(tmp_path)
        process.kill()
    await opening(tmp_path)


async def test_a_refused_opening_lets_the_lock_go(tmp_path: Path) -> None:
    await seeded(tmp_path)
    key = (tmp_path / "keys" / "root.key").read_bytes()
    (tmp_path / "keys" / "root.key").write_text("nonsense!")
    with pytest.raises(RootKeyError):
        await opening(tmp_path)
    (tmp_path / "keys" / "root.key").write_bytes(key)

    await opening(tmp_path)


@pytest.mark.parametrize("name", ["root.key", "keys.db", "audit-signing.key"])
async def test_a_missing_key_file_is_named_and_not_replaced(tmp_path: Path, name: str) -> None:
    await seeded(tmp_path)
    (tmp_path / "keys" / name).unlink()

    with pytest.raises(RootKeyError, match=name.replace(".", r"\.")):
        await opening(tmp_path)

    assert not (tmp_path / "keys" / name).exists()


@pytest.mark.parametrize("name", ["root.key", "keys.db", "audit-signing.key"])
async def test_another_homes_key_file_is_refused(tmp_path: Path, name: str) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    await seeded(mine)
    async with desk_at(other, prefix="other"):
        pass
    shutil.copy(other / "keys" / name, mine / "keys" / name)

    with pytest.raises(RootKeyError):
        await opening(mine)


async def test_another_homes_whole_keys_are_refused(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    await seeded(mine)
    async with desk_at(other, prefix="other"):
        pass
    for path in (other / "keys").iterdir():
        shutil.copy(path, mine / "keys" / path.name)
    shutil.copy(other / "audit" / "signing-key.pub", mine / "audit" / "signing-key.pub")

    with pytest.raises(RootKeyError, match="another home"):
        await opening(mine)


async def test_a_root_key_from_settings_leaves_no_file(tmp_path: Path) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    await opening(tmp_path, root_key=key)

    assert not (tmp_path / "keys" / "root.key").exists()
    await opening(tmp_path, root_key=key)
    with pytest.raises(RootKeyError):
        await opening(tmp_path, root_key=base64.b64encode(b"x" * 32).decode())


async def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    await opening(tmp_path)
    change(tmp_path, "UPDATE schema_version SET version = 99")

    with pytest.raises(SchemaVersionError, match="99"):
        await opening(tmp_path)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    await opening(tmp_path)
    (tmp_path / "data" / "wellspoken.db").write_bytes(b"something else" * 1_000)

    with pytest.raises(DamagedDatabaseError):
        await opening(tmp_path)


async def test_a_home_put_back_to_before_its_last_checkpoint_is_refused(tmp_path: Path) -> None:
    await seeded(tmp_path)
    older = tmp_path / "older.db"
    shutil.copy(tmp_path / "data" / "wellspoken.db", older)
    async with desk_at(tmp_path, prefix="later") as desk:
        await desk.accept()
        await desk.store.audit.checkpoint(NOON)
    shutil.copy(older, tmp_path / "data" / "wellspoken.db")

    with pytest.raises(CheckpointConflictError, match="checkpoint") as caught:
        await opening(tmp_path)

    assert isinstance(caught.value, RefusedToStartError)


def test_an_older_schema_is_brought_up_step_by_step_after_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    prepare_file(path)
    engine = write_engine(path)
    with engine.connect() as connection:
        migrations.upgrade(connection, path, tmp_path / "backups")
        steps = {
            1: lambda connection: connection.exec_driver_sql("CREATE TABLE second (n INTEGER)"),
            2: lambda connection: connection.exec_driver_sql("CREATE TABLE third (n INTEGER)"),
        }

        found = migrations.upgrade(connection, path, tmp_path / "backups", steps=steps, known=3)
        with connection.begin():
            after = migrations.schema_state(connection, known=3)
            tables = connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE name IN ('second', 'third')")
            names = sorted(tables.scalars())
    engine.dispose()

    assert (found.state, found.found) == (migrations.SchemaState.OLDER, 1)
    assert after.state is migrations.SchemaState.CURRENT
    assert names == ["second", "third"]
    (backup,) = (tmp_path / "backups").iterdir()
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT version FROM schema_version").fetchone() == (1,)
    copy.close()


def test_an_upgrade_without_its_step_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    prepare_file(path)
    engine = write_engine(path)
    with engine.connect() as connection:
        migrations.upgrade(connection, path, tmp_path / "backups")
        with pytest.raises(SchemaVersionError, match="from schema version 1"):
            migrations.upgrade(connection, path, tmp_path / "backups", steps={}, known=2)
        with connection.begin():
            assert migrations.schema_state(connection).state is migrations.SchemaState.CURRENT
    engine.dispose()


async def test_a_home_is_inspected_beside_the_process_that_serves_it(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        await desk.turn((await desk.accept()).conversation_id)

        def look() -> tuple[int, bool]:
            with inspected(tmp_path) as inspection:
                assert inspection.check().problems == ()
                return inspection.check().sealed_values, True

        sealed, _ = await asyncio.to_thread(look)
        with inspected(tmp_path) as inspection:
            report = await inspection.audit.verify()
        await desk.accept()

    assert sealed > 4
    assert report.ok


def test_inspecting_a_home_that_was_never_opened_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusedToStartError, match="no database"), inspected(tmp_path / "home"):
        pass

    assert not (tmp_path / "home").exists()


def change(home: Path, statement: str) -> None:
    connection = sqlite3.connect(home / "data" / "wellspoken.db", isolation_level=None)
    connection.execute(statement)
    connection.close()


async def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UnavailableError, match="file"):
        await opening(tmp_path / "file" / "home")


async def test_a_new_signing_key_put_in_place_of_the_old_is_refused(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    async with desk_at(mine) as desk:
        await desk.accept()
        await desk.store.audit.checkpoint(NOON)
    async with desk_at(other, prefix="other"):
        pass
    for name in ("keys/audit-signing.key", "audit/signing-key.pub"):
        shutil.copy(other / name, mine / name)

    with pytest.raises(CheckpointConflictError, match="not signed"):
        await opening(mine)


async def test_a_clinic_may_name_another_volume_for_the_second_sink(tmp_path: Path) -> None:
    witness = tmp_path / "elsewhere.txt"
    store = await Store.open(tmp_path / "home", clock=HandClock(), ids=CountingIds(), witness=witness)
    async with store:
        await store.audit.checkpoint(NOON)

    assert witness.read_bytes() == (tmp_path / "home" / "audit" / "checkpoints.txt").read_bytes()
    witness.write_text("")
    (tmp_path / "home" / "audit" / "checkpoints.txt").unlink()
    await opening(tmp_path / "home", witness=witness)


async def test_the_last_checkpoint_is_found_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    async with desk_at(tmp_path) as desk:
        for _ in range(60):
            await desk.accept()
            last = await desk.store.audit.checkpoint(NOON)
        tail = read_tail(tmp_path / "audit" / "checkpoints.txt", Verifier.from_file(desk.store.home.public_key))

    assert (tail.latest, tail.forged) == (last, 0)
    assert 5 < len(tail.checkpoints) < 60
