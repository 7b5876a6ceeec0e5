from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.crypto.blind_index import BlindIndex
from storage.crypto.cells import Cells
from storage.crypto.key_store import KeyStore
from storage.crypto.keyring import Keyring
from storage.transaction import Sealing


@pytest.fixture
def key_store(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore.open(tmp_path / "keys.db")
    yield store
    store.close()


@pytest.fixture
def keyring(key_store: KeyStore) -> Keyring:
    return Keyring.open(b"r" * 32, key_store, new_deployment_id=lambda: "deployment-1")


@pytest.fixture
def cells(keyring: Keyring) -> Cells:
    return Cells(keyring)


@pytest.fixture
def sealing(keyring: Keyring, cells: Cells) -> Sealing:
    return Sealing(keyring=keyring, cells=cells, index=BlindIndex(keyring))


@pytest.fixture
def reopened(tmp_path: Path) -> Iterator[Callable[..., Keyring]]:
    """Opens a ring over a key file, by default the one of `key_store`, once that is closed."""
    stores: list[KeyStore] = []

    def open_(*, name: str = "keys.db", root: bytes = b"r" * 32) -> Keyring:
        stores.append(KeyStore.open(tmp_path / name))
        return Keyring.open(root, stores[-1], new_deployment_id=lambda: "deployment-2")

    yield open_
    for store in stores:
        store.close()
