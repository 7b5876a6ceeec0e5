"""The ring of keys: root, key-encryption generations, one data key a subject, and what is derived from them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Self

from domain.ids import SubjectId
from storage.crypto.bounded import Bounded
from storage.crypto.derive import KEY_BYTES, derived, unwrapped, wrapped
from storage.crypto.key_store import KeyStore
from storage.crypto.pae import pae
from storage.errors import RootKeyError

_CACHED_KEYS = 4_096
_DEPLOYMENT = "deployment_id"
_FIRST = 1
"""The version of a subject's first key."""


class Keyring:
    """Hands out data keys by subject and version. Only the writer thread makes new ones; any thread may read."""

    def __init__(self, root: bytes, store: KeyStore, deployment_id: str) -> None:
        self.deployment_id = deployment_id
        self._store = store
        self._root_key = derived(root, "wellspoken-root", deployment_id)
        self._index_root = derived(root, "wellspoken-index-root", deployment_id)
        self.audit_key = derived(root, "wellspoken-audit-head", deployment_id)
        self._latest: Bounded[SubjectId, int] = Bounded(_CACHED_KEYS)
        self._deks: Bounded[tuple[SubjectId, int], bytes] = Bounded(_CACHED_KEYS)
        self._unflushed: dict[SubjectId, bytes] = {}
        self._lock = threading.Lock()
        self._kek_version, self._keks = self._current_kek()

    @classmethod
    def open(cls, root: bytes, store: KeyStore, *, new_deployment_id: Callable[[], str]) -> Self:
        """The ring over a key store; a new store gets the deployment id and its first generation.

        Raises RootKeyError when the root secret is not the one the store was made with.
        """
        deployment_id = store.meta(_DEPLOYMENT)
        if deployment_id is None:
            deployment_id = new_deployment_id()
            store.put_meta(_DEPLOYMENT, deployment_id)
        return cls(root, store, deployment_id)

    def writing_key(self, subject: SubjectId) -> tuple[int, bytes]:
        """The version and key to seal a subject's next cell with, made if it has none (writer thread only)."""
        fresh = self._unflushed.get(subject)
        if fresh is not None:
            return _FIRST, fresh
        version = self._latest.get(subject) or self._store.latest_dek(subject)
        if version:
            key = self.reading_key(subject, version)
            if key is None:
                raise RootKeyError("a data key in keys.db does not open under its generation")
            self._latest.put(subject, version)
            return version, key
        key = os.urandom(KEY_BYTES)
        bound_to = self._bound(subject, _FIRST, self._kek_version)
        blob = wrapped(key, under=self._keks[self._kek_version], bound_to=bound_to)
        self._store.put_dek(subject, _FIRST, kek_version=self._kek_version, wrapped=blob)
        self._unflushed[subject] = key
        return _FIRST, key

    def reading_key(self, subject: SubjectId, version: int) -> bytes | None:
        """A subject's key, or None when there is none (never made, or destroyed) or it does not unwrap."""
        known = self._deks.get((subject, version)) or (self._unflushed.get(subject) if version == _FIRST else None)
        if known is not None:
            return known
        row = self._store.dek(subject, version)
        if row is None:
            return None
        kek_version, blob = row
        kek = self._kek(kek_version)
        key = kek and unwrapped(blob, under=kek, bound_to=self._bound(subject, version, kek_version))
        if key:
            self._deks.put((subject, version), key)
        return key or None

    def index_key(self, purpose: str, version: int) -> bytes:
        """The key of one blind index."""
        return derived(self._index_root, "wellspoken-index", purpose, version)

    def flush(self) -> None:
        """Make new data keys durable; called before the rows sealed by them are committed."""
        try:
            self._store.flush()
        except BaseException:
            self.discard()
            raise
        self._unflushed.clear()

    def discard(self) -> None:
        """Forget the keys made since the last flush: the rows they sealed were not committed."""
        self._store.discard()
        self._unflushed.clear()

    def _current_kek(self) -> tuple[int, dict[int, bytes]]:
        version = self._store.latest_kek()
        if version == 0:
            version, kek = 1, os.urandom(KEY_BYTES)
            self._store.put_kek(version, wrapped(kek, under=self._root_key, bound_to=self._kek_bound(version)))
            return version, {version: kek}
        blob = self._store.kek(version) or b""
        opened = unwrapped(blob, under=self._root_key, bound_to=self._kek_bound(version))
        if opened is None:
            raise RootKeyError("the root key is not the one keys.db was sealed with; put the right one back")
        return version, {version: opened}

    def _kek(self, version: int) -> bytes | None:
        with self._lock:
            if version not in self._keks:
                blob = self._store.kek(version)
                kek = blob and unwrapped(blob, under=self._root_key, bound_to=self._kek_bound(version))
                if not kek:
                    return None
                self._keks[version] = kek
            return self._keks[version]

    def _kek_bound(self, version: int) -> bytes:
        return pae("wellspoken-kek", self.deployment_id, version)

    def _bound(self, subject: SubjectId, version: int, kek_version: int) -> bytes:
        return pae("wellspoken-wrap", self.deployment_id, subject, version, kek_version)
