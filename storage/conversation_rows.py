"""A conversation's row: its sealed state, its clear owner, its fence and its counters."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from domain.codec import CodecError
from domain.dialogue.conversation import Conversation
from domain.dialogue.snapshot import dump
from domain.dialogue.snapshot import load as load_state
from domain.errors import FenceLostError
from domain.handoff import HandoffStatus, OwnerKind
from domain.ids import ConversationId, SubjectId
from storage import handles
from storage.errors import OwnerInvariantError, RowConflictError, StoredFormError, UnknownRecordError
from storage.forms import STATE
from storage.tables import conversations, handoffs
from storage.times import micros_or_none
from storage.transaction import Transaction, Values

_ADD = insert(conversations)
_CLAIM = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(fence=conversations.c.fence + 1)
    .returning(conversations.c.fence)
)
_OF_THIS = (
    conversations.c.id == bindparam("conversation_id"),
    conversations.c.handle_id == bindparam("of_handle"),
)
_SAVE_FENCED = (
    update(conversations)
    .where(*_OF_THIS, conversations.c.fence == bindparam("held_fence"))
    .values(state_version=conversations.c.state_version + 1)
)
# A save that claimed nothing takes the conversation from whoever is in the middle of a turn on it.
_SAVE_UNFENCED = (
    update(conversations)
    .where(*_OF_THIS)
    .values(state_version=conversations.c.state_version + 1, fence=conversations.c.fence + 1)
)
_COUNT = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(
        last_entry_seq=conversations.c.last_entry_seq + bindparam("entries"),
        last_out_seq=conversations.c.last_out_seq + bindparam("parcels"),
    )
    .returning(conversations.c.last_entry_seq, conversations.c.last_out_seq)
)
_OWNER = (
    select(
        conversations.c.owner_kind,
        conversations.c.owner_id,
        handoffs.c.status,
        handoffs.c.queue,
        handoffs.c.claimed_by,
    )
    .outerjoin_from(
        conversations,
        handoffs,
        (handoffs.c.conversation_id == conversations.c.id) & (handoffs.c.status != HandoffStatus.CLOSED.value),
    )
    .where(conversations.c.id == bindparam("conversation_id"))
)
_SUBJECT = select(conversations.c.handle_id).where(conversations.c.id == bindparam("conversation_id"))


def add(tx: Transaction, conversation: Conversation) -> None:
    """Keep a new conversation."""
    values = {"id": conversation.id, "handle_id": conversation.handle_id, **_columns(tx, conversation)}
    tx.execute(_ADD, values)


def claim(tx: Transaction, conversation_id: ConversationId) -> int:
    """Raise the fence; the new one. Raises UnknownRecordError."""
    row = tx.row(_CLAIM, {"conversation_id": conversation_id})
    if row is None:
        raise UnknownRecordError("conversations", conversation_id)
    return int(row.fence)


def save(tx: Transaction, conversation: Conversation, fence: int | None) -> None:
    """Keep a conversation's new state. Raises FenceLostError when the fence given is no longer the latest."""
    values = {
        "conversation_id": conversation.id,
        "of_handle": conversation.handle_id,
        **_columns(tx, conversation),
    }
    if fence is None:
        if tx.execute(_SAVE_UNFENCED, values).rowcount == 0:
            raise RowConflictError(f"no conversation {conversation.id} of handle {conversation.handle_id}")
    elif tx.execute(_SAVE_FENCED, {**values, "held_fence": fence}).rowcount == 0:
        raise FenceLostError(f"conversation {conversation.id} was claimed by another since fence {fence}")


def count(tx: Transaction, conversation_id: ConversationId, *, entries: int, parcels: int) -> tuple[int, int]:
    """Reserve sequence numbers; the last transcript entry's and the last outbox item's before them."""
    row = tx.row(_COUNT, {"conversation_id": conversation_id, "entries": entries, "parcels": parcels})
    if row is None:
        raise RowConflictError(f"no conversation {conversation_id}")
    return row.last_entry_seq - entries, row.last_out_seq - parcels


def subject_of(tx: Transaction, conversation_id: ConversationId) -> SubjectId:
    """The subject of a conversation's own facts: its handle's. Raises RowConflictError."""
    row = tx.row(_SUBJECT, {"conversation_id": conversation_id})
    if row is None:
        raise RowConflictError(f"no conversation {conversation_id}")
    return handles.own_subject(row.handle_id)


def assert_one_owner(tx: Transaction, conversation_id: ConversationId) -> None:
    """Hold owner and case together: the bot has none; a queue's stands open in it; a person's is claimed by them.

    Raises OwnerInvariantError.
    """
    row = tx.row(_OWNER, {"conversation_id": conversation_id})
    if row is None:
        raise RowConflictError(f"no conversation {conversation_id}")
    if not _agree(OwnerKind(row.owner_kind), row):
        case_is = f"{row.status} in {row.queue}" if row.status else "none"
        raise OwnerInvariantError(
            f"conversation {conversation_id}: owner is {row.owner_kind} {row.owner_id or ''}, case is {case_is}"
        )


def _agree(kind: OwnerKind, row: Row[Any]) -> bool:
    match kind:
        case OwnerKind.BOT:
            return row.status is None
        case OwnerKind.QUEUE:
            return bool(row.status == HandoffStatus.OPEN.value and row.queue == row.owner_id)
        case OwnerKind.PERSON:
            return bool(row.status == HandoffStatus.CLAIMED.value and row.claimed_by == row.owner_id)


def opened(tx: Transaction, conversation_id: str, handle_id: str, state: bytes) -> Conversation:
    """The conversation in a stored row."""
    data = tx.sealing.cells.open(STATE, conversation_id, handles.own_subject(handle_id), state)
    try:
        return load_state(data.decode("utf-8", "surrogatepass"))
    except (CodecError, UnicodeDecodeError):
        raise StoredFormError(table="conversations", row_id=conversation_id, expected="Conversation") from None


def _columns(tx: Transaction, conversation: Conversation) -> Values:
    state = dump(conversation).encode("utf-8", "surrogatepass")
    subject = handles.own_subject(conversation.handle_id)
    return {
        "owner_kind": conversation.owner.kind.value,
        "owner_id": conversation.owner.id,
        "last_patient_at": micros_or_none(conversation.last_patient_at),
        "state": tx.sealing.cells.seal(STATE, conversation.id, subject, state),
    }
