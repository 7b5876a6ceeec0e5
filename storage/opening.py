"""What must hold before a home is served: its keys open, its schema is known, its log continues its checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from storage import audit_chain, migrations
from storage.audit_log import assert_continues
from storage.crypto.blind_index import BlindIndex
from storage.crypto.cells import Cells
from storage.crypto.key_store import KeyStore
from storage.crypto.keyring import Keyring
from storage.crypto.root import root_from_file, root_from_text
from storage.crypto.signer import Signer
from storage.engine import prepare_file
from storage.errors import RootKeyError, translated
from storage.home import Home
from storage.transaction import Sealing


@dataclass(frozen=True, slots=True)
class OpenedKeys:
    """The keys of one home, open."""

    sealing: Sealing
    signer: Signer
    store: KeyStore

    @property
    def ring(self) -> Keyring:
        """The ring of data keys."""
        return self.sealing.keyring

    def close(self) -> None:
        """Close keys.db."""
        self.store.close()


def open_keys(home: Home, *, root_key: str | None, new_deployment_id: Callable[[], str]) -> OpenedKeys:
    """Open a home's keys; a new home gets them. Raises RootKeyError when one is missing, malformed or another's."""
    has_keys, has_rows = home.keys.exists(), home.database.stat().st_size > 0
    if has_rows and not has_keys:
        raise RootKeyError(f"{home.keys}: the data keys are missing; put back the file that belongs to this home")
    if root_key is not None:
        root = root_from_text(root_key, source="WELLSPOKEN_ROOT_KEY")
    else:
        root = root_from_file(home.root_key, may_create=not has_keys)
    store = KeyStore.open(home.keys)
    try:
        ring = Keyring.open(root, store, new_deployment_id=new_deployment_id)
        signer = Signer.open(home.signing_key, home.public_key, may_create=not has_rows)
    except BaseException:
        store.close()
        raise
    sealing = Sealing(keyring=ring, cells=Cells(ring), index=BlindIndex(ring))
    return OpenedKeys(sealing=sealing, signer=signer, store=store)


def open_schema(home: Home, engine: Engine, keys: OpenedKeys) -> None:
    """Make or bring up the schema and check that data, keys and checkpoints belong together.

    Raises RefusedToStartError, UnavailableError or IntegrityError.
    """
    prepare_file(home.database)
    try:
        with engine.connect() as connection:
            migrations.upgrade(connection, home.database, home.backups)
            with connection.begin():
                deployment = migrations.deployment_of(connection)
                if deployment is None:
                    migrations.set_deployment(connection, keys.ring.deployment_id)
                    audit_chain.begin(connection, keys.ring)
                elif deployment != keys.ring.deployment_id:
                    raise RootKeyError(f"{home.keys}: these keys belong to another home; put the right file back")
                assert_continues(connection, home, keys.signer.verifier)
    except DBAPIError as error:
        raise translated(error) from error
