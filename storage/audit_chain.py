"""Appending to the audit log inside the business transaction: chained, its detail sealed, stored content covered."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from domain.audit import AuditEvent
from domain.ids import SubjectId
from storage.crypto.keyring import Keyring
from storage.crypto.pae import pae
from storage.errors import DamagedDatabaseError
from storage.forms import DETAIL
from storage.merkle import GENESIS, Frontier, chained, detail_commitment, leaf_hash
from storage.tables import audit_details, audit_head, audit_log
from storage.times import to_micros
from storage.transaction import Transaction, Values

LOG = "main"
FORMAT = 1
SYSTEM_SUBJECT = SubjectId("wellspoken")
"""Seals details that describe no patient."""
_SALT_BYTES = 32

LEAF_COLUMNS = (
    "format", "log_id", "seq", "at", "actor_kind", "actor_id", "action", "event", "subject_id", "object_type",
    "object_id", "purpose", "outcome", "detail_commit", "content_digest",
)  # fmt: skip
"""An entry's canonical bytes are these columns in this order."""

COVERED_COLUMNS = {
    "inbox": (
        "id", "conversation_id", "seq", "channel", "account", "delivery_ref", "subject_id", "received_at", "sealed",
    ),
    "transcript": (
        "id", "conversation_id", "seq", "subject_id", "turn_id", "at", "author", "author_id", "key", "body",
    ),
}  # fmt: skip
"""Stored rows an entry vouches for: these columns never change."""

_HEAD = select(audit_head.c.size, audit_head.c.head_hash, audit_head.c.frontier).where(audit_head.c.log_id == LOG)
_ADD = insert(audit_log)
_ADD_DETAIL = insert(audit_details)
_MOVE_HEAD = update(audit_head).where(audit_head.c.log_id == LOG)

Stored = str | int | bytes | None


@dataclass(frozen=True, slots=True)
class Draft:
    """An event to append, and the digest of the stored rows it vouches for."""

    event: AuditEvent
    content_digest: bytes | None = None


def leaf_of(values: Sequence[Stored]) -> bytes:
    """The leaf over an entry's columns, given in the order of LEAF_COLUMNS."""
    return leaf_hash(pae(*values))


def row_digest(table: str, values: Sequence[Stored]) -> bytes:
    """The digest of a stored row, its columns given in the order of COVERED_COLUMNS."""
    return hashlib.sha256(pae(table, *values)).digest()


def content_digest(row_digests: Sequence[bytes]) -> bytes:
    """What an entry says of the rows it vouches for, in whatever order they are read."""
    return hashlib.sha256(b"\x04" + pae(*sorted(row_digests))).digest()


def covered(table: str, values: Values) -> bytes:
    """The digest of a row about to be stored."""
    return row_digest(table, tuple(values[name] for name in COVERED_COLUMNS[table]))


def begin(connection: Connection, keyring: Keyring) -> None:
    """Start the log of a new database."""
    empty = Frontier()
    values = {"size": 0, "head_hash": GENESIS, "frontier": b"", "mac": head_mac(keyring, empty, GENESIS)}
    connection.execute(insert(audit_head), {"log_id": LOG, **values})


def append(tx: Transaction, drafts: Sequence[Draft]) -> int:
    """Append events in order; the sequence number of the first (they count from 1 without gaps)."""
    size, head, data = tuple(tx.rows(_HEAD)[0])
    frontier = Frontier.from_bytes(size, data)
    if frontier is None:
        raise DamagedDatabaseError("the head of the audit log is damaged")
    entries: list[Values] = []
    details: list[Values] = []
    for seq, draft in enumerate(drafts, start=size + 1):
        entry, detail = _entry(tx, seq, draft)
        leaf = leaf_of(tuple(entry[name] for name in LEAF_COLUMNS))
        entry["prev_hash"], entry["entry_hash"] = head, chained(head, leaf)
        head, frontier = entry["entry_hash"], frontier.appended(leaf)
        entries.append(entry)
        if detail is not None:
            details.append(detail)
    if entries:
        tx.execute(_ADD, entries)
        if details:
            tx.execute(_ADD_DETAIL, details)
        values = {"size": frontier.size, "head_hash": head, "frontier": frontier.to_bytes()}
        tx.execute(_MOVE_HEAD, {**values, "mac": head_mac(tx.sealing.keyring, frontier, head)})
    return int(size) + 1


def head_mac(keyring: Keyring, frontier: Frontier, head: bytes) -> bytes:
    """Only who holds the keys can say where the log ends."""
    data = pae("wellspoken-audit-head", keyring.deployment_id, LOG, frontier.size, head, frontier.to_bytes())
    return hmac.digest(keyring.audit_key, data, hashlib.sha256)


def detail_row_id(seq: int) -> str:
    """The row id a detail is sealed to."""
    return f"{LOG}:{seq}"


def split_detail(value: bytes) -> tuple[bytes, bytes]:
    """The salt and the detail in an opened cell."""
    return value[:_SALT_BYTES], value[_SALT_BYTES:]


def _entry(tx: Transaction, seq: int, draft: Draft) -> tuple[Values, Values | None]:
    event = draft.event
    commit: bytes | None = None
    detail: Values | None = None
    if event.detail:
        salt, words = os.urandom(_SALT_BYTES), event.detail.encode("utf-8", "surrogatepass")
        commit = detail_commitment(salt, words)
        subject = event.subject_id or SYSTEM_SUBJECT
        sealed = tx.sealing.cells.seal(DETAIL, detail_row_id(seq), subject, salt + words)
        detail = {"log_id": LOG, "seq": seq, "subject_id": subject, "sealed": sealed}
    entry: Values = {
        "log_id": LOG,
        "seq": seq,
        "format": FORMAT,
        "at": to_micros(event.at),
        "actor_kind": event.actor.kind.value,
        "actor_id": _clear(event.actor.id),
        "action": event.action.value,
        "event": _clear(event.event),
        "subject_id": event.subject_id and _clear(event.subject_id),
        "object_type": _clear(event.object_type),
        "object_id": _clear(event.object_id),
        "purpose": _clear(event.purpose),
        "outcome": _clear(event.outcome),
        "detail_commit": commit,
        "content_digest": draft.content_digest,
    }
    return entry, detail


def _clear(text: str) -> str:
    return unicodedata.normalize("NFC", text)
