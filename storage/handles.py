"""Handles: sealed for ever under their own subject, found by the blind index of their address or their patient."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from domain.identity import Handle
from domain.ids import HandleId, SubjectId
from storage.errors import RowConflictError, UnknownRecordError
from storage.forms import HANDLE
from storage.tables import handles
from storage.transaction import Transaction, Values

_BY_ID = select(handles.c.sealed).where(handles.c.id == bindparam("handle_id"))
_ADD = insert(handles)
_SAVE = update(handles).where(handles.c.id == bindparam("handle_id"))


def own_subject(handle_id: str) -> SubjectId:
    """The subject of a handle itself: what is known of the address, whoever stands behind it."""
    return SubjectId(handle_id)


def opened(tx: Transaction, handle_id: str, sealed: bytes) -> Handle:
    """The handle in a stored row."""
    handle: Handle = tx.unseal(HANDLE, handle_id, own_subject(handle_id), sealed)
    return handle


def load(tx: Transaction, handle_id: HandleId) -> Handle:
    """One handle. Raises UnknownRecordError."""
    row = tx.row(_BY_ID, {"handle_id": handle_id})
    if row is None:
        raise UnknownRecordError("handles", handle_id)
    return opened(tx, handle_id, row.sealed)


def add(tx: Transaction, handle: Handle) -> None:
    """Keep a new handle."""
    tx.execute(_ADD, {"id": handle.id, "address_ref": tx.index.address(handle.address), **_columns(tx, handle)})


def save(tx: Transaction, handle: Handle) -> None:
    """Keep a changed handle; its address never changes. Raises RowConflictError when there is none."""
    if tx.execute(_SAVE, {"handle_id": handle.id, **_columns(tx, handle)}).rowcount == 0:
        raise RowConflictError(f"no handle {handle.id}")


def _columns(tx: Transaction, handle: Handle) -> Values:
    return {
        "subject_id": handle.subject_id,
        "patient_ref": None if handle.patient_id is None else tx.index.patient(handle.patient_id),
        "sealed": tx.seal(HANDLE, handle.id, own_subject(handle.id), handle),
    }
