"""Keys: one a subject, durable when flushed, wrapped for one home and one subject, never in the clear."""

import base64
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.ids import SubjectId
from storage.crypto.bounded import Bounded
from storage.crypto.key_store import KeyStore
from storage.crypto.keyring import Keyring
from storage.crypto.root import root_from_file, root_from_text
from storage.errors import DamagedDatabaseError, RootKeyError

ROOT = b"r" * 32


Reopened = Callable[..., Keyring]


def test_a_flushed_key_is_there_after_opening_again(keyring: Keyring, key_store: KeyStore, reopened: Reopened) -> None:
    version, key = keyring.writing_key(SubjectId("subject-1"))
    keyring.flush()
    key_store.close()

    again = reopened()

    assert again.deployment_id == "deployment-1"
    assert again.reading_key(SubjectId("subject-1"), version) == key
    assert again.writing_key(SubjectId("subject-1")) == (version, key)


def test_a_key_not_flushed_is_gone_after_opening_again(
    keyring: Keyring, key_store: KeyStore, reopened: Reopened
) -> None:
    keyring.writing_key(SubjectId("subject-1"))
    key_store.close()

    assert reopened().reading_key(SubjectId("subject-1"), 1) is None


def test_a_discarded_key_is_forgotten_and_a_new_one_made(keyring: Keyring) -> None:
    _, first = keyring.writing_key(SubjectId("subject-1"))
    keyring.discard()

    assert keyring.reading_key(SubjectId("subject-1"), 1) is None
    assert keyring.writing_key(SubjectId("subject-1"))[1] != first


def test_more_new_subjects_than_the_cache_holds_keep_their_keys_until_flushed(keyring: Keyring) -> None:
    subjects = [SubjectId(f"subject-{number}") for number in range(5_000)]
    made = {subject: keyring.writing_key(subject) for subject in subjects}

    assert {subject: keyring.writing_key(subject) for subject in subjects} == made
    keyring.flush()
    assert {subject: keyring.writing_key(subject) for subject in subjects} == made


def test_subjects_have_keys_of_their_own(keyring: Keyring) -> None:
    assert keyring.writing_key(SubjectId("subject-1")) != keyring.writing_key(SubjectId("subject-2"))


def test_no_key_lies_in_the_file_in_the_clear(tmp_path: Path, keyring: Keyring) -> None:
    _, key = keyring.writing_key(SubjectId("subject-1"))
    keyring.flush()

    raw = b"".join(path.read_bytes() for path in tmp_path.glob("keys.db*"))
    assert b"subject-1" in raw
    assert key not in raw
    assert base64.b64encode(key) not in raw
    assert ROOT not in raw


def test_a_wrong_root_is_refused_at_once(keyring: Keyring, key_store: KeyStore, reopened: Reopened) -> None:
    keyring.flush()
    key_store.close()

    with pytest.raises(RootKeyError, match="not the one"):
        reopened(root=b"w" * 32)


@pytest.mark.parametrize("change", ["subject_id = 'subject-9' WHERE subject_id = 'subject-1'", "version = 2"])
def test_a_wrapped_key_moved_to_another_place_does_not_unwrap(
    tmp_path: Path, keyring: Keyring, key_store: KeyStore, reopened: Reopened, change: str
) -> None:
    keyring.writing_key(SubjectId("subject-1"))
    keyring.flush()
    key_store.close()
    with sqlite3.connect(tmp_path / "keys.db") as connection:
        connection.execute(f"UPDATE deks SET {change}")  # noqa: S608 the test's own words
    connection.close()
    again = reopened()

    assert again.reading_key(SubjectId("subject-9"), 1) is None
    assert again.reading_key(SubjectId("subject-1"), 2) is None


def test_keys_derived_for_indexes_differ_by_purpose_and_version(keyring: Keyring) -> None:
    keys = {keyring.index_key(purpose, version) for purpose in ("phone", "address") for version in (1, 2)}

    assert len(keys) == 4


def test_keys_db_keeps_its_promises_of_durability(key_store: KeyStore) -> None:
    found = [
        key_store._write.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "trusted_schema")
    ]

    assert found == ["wal", 2, 1, 0]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.db").write_bytes(b"not a database" * 100)

    with pytest.raises(DamagedDatabaseError):
        KeyStore.open(tmp_path / "keys.db")


def test_a_root_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "root.key"

    first = root_from_file(path, may_create=True)

    assert root_from_file(path, may_create=False) == first
    assert len(first) == 32
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "not base64!", "QUJD", "ä"])
def test_a_malformed_root_key_is_refused_by_name_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / "root.key").write_text(text, encoding="utf-8")

    with pytest.raises(RootKeyError, match=r"root\.key") as caught:
        root_from_file(tmp_path / "root.key", may_create=True)

    assert not text or text not in str(caught.value)


def test_a_missing_root_key_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(RootKeyError, match="missing"):
        root_from_file(tmp_path / "root.key", may_create=False)

    assert not (tmp_path / "root.key").exists()


def test_a_root_key_may_come_from_a_setting() -> None:
    assert root_from_text(base64.b64encode(ROOT).decode() + "\n", source="SETTING") == ROOT


def test_a_bounded_map_forgets_what_was_used_least_recently() -> None:
    kept: Bounded[str, int] = Bounded(2)
    kept.put("a", 1)
    kept.put("b", 2)
    kept.get("a")
    kept.put("c", 3)

    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)
