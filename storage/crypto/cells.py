"""Sealed cells: AES-256-GCM under a key of the subject's own for each column, bound to the place they lie in.

A cell is 0x01 | algorithm | data key version (4) | key commitment (8) | nonce (12) | ciphertext | tag (16).
"""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ids import SubjectId
from storage.crypto.bounded import Bounded
from storage.crypto.derive import KEY_BYTES, NONCE_BYTES, derived
from storage.crypto.keyring import Keyring
from storage.crypto.padding import PaddingError, padded, unpadded
from storage.crypto.pae import pae
from storage.errors import CellError, CellFault

CELL_FORMAT = 1
_AES_256_GCM = 1
_COMMIT_BYTES = 8
_HEADER = struct.Struct(f">BBI{_COMMIT_BYTES}s{NONCE_BYTES}s")
_TAG_BYTES = 16
_CACHED_COLUMN_KEYS = 8_192


@dataclass(frozen=True, slots=True)
class Column:
    """Where a kind of cell lies. The names are part of what is sealed: renaming a column means sealing it anew."""

    table: str
    name: str


class Cells:
    """Seals and opens cells. Opening never answers with anything but the value that was sealed in that very place."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._column_keys: Bounded[tuple[SubjectId, int, Column], tuple[AESGCM, bytes]] = Bounded(_CACHED_COLUMN_KEYS)

    def seal(self, column: Column, row_id: str, subject: SubjectId, value: bytes) -> bytes:
        """The cell for a value; the subject gets a key if it has none (writer thread only)."""
        version, key = self._keyring.writing_key(subject)
        cipher, commitment = self._column_key(column, subject, version, key)
        nonce = os.urandom(NONCE_BYTES)
        header = _HEADER.pack(CELL_FORMAT, _AES_256_GCM, version, commitment, nonce)
        return header + cipher.encrypt(nonce, padded(value), self._bound(column, row_id, subject))

    def open(self, column: Column, row_id: str, subject: SubjectId, cell: bytes) -> bytes:
        """The value back. Raises CellError (an IntegrityError) when it is not what was sealed here."""

        def fault(kind: CellFault) -> CellError:
            return CellError(kind, table=column.table, column=column.name, row_id=row_id)

        if len(cell) < _HEADER.size + _TAG_BYTES:
            raise fault(CellFault.FORMAT)
        cell_format, algorithm, version, commitment, nonce = _HEADER.unpack_from(cell)
        if cell_format != CELL_FORMAT or algorithm != _AES_256_GCM:
            raise fault(CellFault.FORMAT)
        key = self._keyring.reading_key(subject, version)
        if key is None:
            raise fault(CellFault.NO_KEY)
        cipher, expected = self._column_key(column, subject, version, key)
        if not hmac.compare_digest(commitment, expected):
            raise fault(CellFault.WRONG_KEY)
        try:
            return unpadded(cipher.decrypt(nonce, cell[_HEADER.size :], self._bound(column, row_id, subject)))
        except InvalidTag:
            raise fault(CellFault.FORGED) from None
        except PaddingError:
            raise fault(CellFault.PADDING) from None

    def _column_key(self, column: Column, subject: SubjectId, version: int, key: bytes) -> tuple[AESGCM, bytes]:
        place = (subject, version, column)
        known = self._column_keys.get(place)
        if known is None:
            material = derived(key, "wellspoken-cell-key", column.table, column.name, length=KEY_BYTES + _COMMIT_BYTES)
            known = AESGCM(material[:KEY_BYTES]), material[KEY_BYTES:]
            self._column_keys.put(place, known)
        return known

    def _bound(self, column: Column, row_id: str, subject: SubjectId) -> bytes:
        return pae(
            "wellspoken-cell", self._keyring.deployment_id, column.table, column.name, row_id, subject, CELL_FORMAT
        )
