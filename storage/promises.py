"""Promises, their detail sealed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from domain.ids import ConversationId, PromiseId
from domain.promise import Promise
from storage.doors import Doors
from storage.errors import RowConflictError
from storage.forms import PROMISE
from storage.tables import promises
from storage.times import micros_or_none, to_micros
from storage.transaction import Transaction

_OPEN_OF = (
    select(promises.c.id, promises.c.subject_id, promises.c.sealed)
    .where(promises.c.conversation_id == bindparam("conversation_id"), promises.c.kept_at.is_(None))
    .order_by(promises.c.due_at, promises.c.id)
)
_OPEN = (
    select(promises.c.id, promises.c.subject_id, promises.c.sealed)
    .where(promises.c.kept_at.is_(None))
    .order_by(promises.c.due_at, promises.c.id)
    .limit(bindparam("most"))
)
_BY_ID = select(promises.c.id, promises.c.subject_id, promises.c.sealed).where(promises.c.id == bindparam("promise_id"))
_INSERT = insert(promises)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[promises.c.id],
    set_={name: _INSERT.excluded[name] for name in ("due_at", "kept_at", "version", "sealed")},
    where=(promises.c.subject_id == _INSERT.excluded.subject_id)
    & (promises.c.conversation_id == _INSERT.excluded.conversation_id)
    & (promises.c.version <= _INSERT.excluded.version),
)


class SqlPromises:
    """Implements domain.ports.Promises."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def open(self, *, limit: int = 500) -> tuple[Promise, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: tuple(_opened(tx, row) for row in tx.rows(_OPEN, {"most": limit})))

    async def get(self, promise_id: PromiseId) -> Promise | None:
        """See the port."""
        return await self._doors.read(lambda tx: _load(tx, promise_id))


def _load(tx: Transaction, promise_id: PromiseId) -> Promise | None:
    row = tx.row(_BY_ID, {"promise_id": promise_id})
    return None if row is None else _opened(tx, row)


def _opened(tx: Transaction, row: Row[Any]) -> Promise:
    promise: Promise = tx.unseal(PROMISE, row.id, row.subject_id, row.sealed)
    return promise


def open_of(tx: Transaction, conversation_id: ConversationId) -> tuple[Promise, ...]:
    """Those not yet kept, by due time."""
    rows = tx.rows(_OPEN_OF, {"conversation_id": conversation_id})
    return tuple(_opened(tx, row) for row in rows)


def save(tx: Transaction, promise: Promise) -> None:
    """Make or change a promise. Raises RowConflictError when a later version of it is kept already."""
    values = {
        "id": promise.id,
        "conversation_id": promise.conversation_id,
        "subject_id": promise.subject_id,
        "due_at": to_micros(promise.due_at),
        "kept_at": micros_or_none(promise.kept_at),
        "version": promise.version,
        "sealed": tx.seal(PROMISE, promise.id, promise.subject_id, promise),
    }
    if tx.execute(_SAVE, values).rowcount == 0:
        raise RowConflictError(f"promise {promise.id} has a later version than {promise.version}")
