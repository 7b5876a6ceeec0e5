"""Accepting deliveries: stored once, durably, in order, before the channel is told so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select, text, union_all, update

from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.dialogue.conversation import Conversation
from domain.identity import Handle
from domain.ids import ConversationId, HandleId, InboundId, SubjectId, TurnId
from domain.message import InboundMessage, StoredInbound
from domain.ports import Accepted, IdSource, PendingInbound
from domain.safety import SafetyVerdict
from storage import audit_chain, conversation_rows, handles
from storage.audit_chain import Draft
from storage.doors import Doors
from storage.errors import RowConflictError
from storage.forms import DELIVERY, SealedDelivery
from storage.tables import WAITING, conversations, inbox, timers
from storage.tables import handles as handle_table
from storage.times import from_micros, to_micros
from storage.transaction import Transaction, Values

_BY_DELIVERY = select(inbox.c.id, inbox.c.conversation_id).where(inbox.c.delivery_ref == bindparam("delivery_ref"))
_BY_ADDRESS = (
    select(conversations.c.id, handle_table.c.id.label("handle_id"), handle_table.c.subject_id)
    .join(handle_table, conversations.c.handle_id == handle_table.c.id)
    .where(handle_table.c.address_ref == bindparam("address_ref"))
)
_NEXT_SEQ = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(last_recv_seq=conversations.c.last_recv_seq + 1)
    .returning(conversations.c.last_recv_seq)
)
_ADD = insert(inbox)
_NEW_OF = (
    select(inbox.c.id, inbox.c.seq, inbox.c.subject_id, inbox.c.received_at, inbox.c.sealed)
    .where(inbox.c.conversation_id == bindparam("conversation_id"), text(WAITING))
    .order_by(inbox.c.seq)
)
_FINISH = (
    update(inbox)
    .where(
        inbox.c.id == bindparam("inbound_id"),
        inbox.c.conversation_id == bindparam("of_conversation"),
        inbox.c.status == "new",
    )
    .values(status="done", turn_id=bindparam("by_turn"))
)
_DUE = union_all(
    select(inbox.c.conversation_id, func.min(inbox.c.received_at).label("since"))
    .where(text(WAITING))
    .group_by(inbox.c.conversation_id),
    select(timers.c.conversation_id, timers.c.due_at.label("since")).where(timers.c.due_at <= bindparam("now")),
).subquery()
_WAITING = (
    select(_DUE.c.conversation_id)
    .group_by(_DUE.c.conversation_id)
    .order_by(func.min(_DUE.c.since), _DUE.c.conversation_id)
)


class SqlInbox:
    """Implements domain.ports.Inbox."""

    def __init__(self, doors: Doors, *, ids: IdSource) -> None:
        self._doors = doors
        self._ids = ids

    async def accept(
        self, message: InboundMessage, *, verdict: SafetyVerdict | None, received_at: datetime, language: str
    ) -> Accepted:
        """See the port."""
        delivery = SealedDelivery(message=message, verdict=verdict)
        return await self._doors.write(lambda tx: _accept(tx, delivery, received_at, language, self._ids))

    async def waiting(self, now: datetime) -> tuple[ConversationId, ...]:
        """See the port."""
        rows = await self._doors.read(lambda tx: tx.rows(_WAITING, {"now": to_micros(now)}))
        return tuple(ConversationId(row.conversation_id) for row in rows)


def new_of(tx: Transaction, conversation_id: ConversationId) -> tuple[PendingInbound, ...]:
    """A conversation's deliveries not yet taken, in order."""
    return tuple(_pending(tx, row) for row in tx.rows(_NEW_OF, {"conversation_id": conversation_id}))


def finish(
    tx: Transaction, inbound: Sequence[InboundId], conversation_id: ConversationId, turn_id: TurnId | None
) -> None:
    """Mark deliveries as taken. Raises RowConflictError when one is another's or was taken before."""
    for inbound_id in inbound:
        values = {"inbound_id": inbound_id, "of_conversation": conversation_id, "by_turn": turn_id}
        if tx.execute(_FINISH, values).rowcount != 1:
            raise RowConflictError(f"delivery {inbound_id} is not waiting in conversation {conversation_id}")


def _accept(tx: Transaction, delivery: SealedDelivery, received_at: datetime, language: str, ids: IdSource) -> Accepted:
    message = delivery.message
    delivery_ref = tx.index.delivery(message.sender, message.external_id)
    known = tx.row(_BY_DELIVERY, {"delivery_ref": delivery_ref})
    if known is not None:
        return Accepted(
            inbound_id=InboundId(known.id), conversation_id=ConversationId(known.conversation_id), duplicate=True
        )
    conversation_id, handle_id, subject = _sender(tx, message, language, ids)
    seq = tx.rows(_NEXT_SEQ, {"conversation_id": conversation_id})[0].last_recv_seq
    inbound_id = InboundId(ids())
    row: Values = {
        "id": inbound_id,
        "conversation_id": conversation_id,
        "seq": seq,
        "channel": message.sender.channel.value,
        "account": message.sender.account,
        "delivery_ref": delivery_ref,
        "subject_id": subject,
        "received_at": to_micros(received_at),
        "sealed": tx.seal(DELIVERY, inbound_id, subject, delivery),
    }
    event = AuditEvent(
        at=received_at,
        actor=Actor(kind=ActorKind.PATIENT, id=handle_id),
        action=AuditAction.CREATE,
        event="message.accepted",
        subject_id=subject,
        object_type="inbox",
        object_id=inbound_id,
    )
    digest = audit_chain.content_digest([audit_chain.covered("inbox", row)])
    audit_seq = audit_chain.append(tx, [Draft(event, digest)])
    tx.execute(_ADD, {**row, "status": "new", "turn_id": None, "audit_seq": audit_seq})
    return Accepted(inbound_id=inbound_id, conversation_id=conversation_id, duplicate=False)


def _sender(
    tx: Transaction, message: InboundMessage, language: str, ids: IdSource
) -> tuple[ConversationId, HandleId, SubjectId]:
    row = tx.row(_BY_ADDRESS, {"address_ref": tx.index.address(message.sender)})
    if row is not None:
        return ConversationId(row.id), HandleId(row.handle_id), SubjectId(row.subject_id)
    handle_id, conversation_id = HandleId(ids()), ConversationId(ids())
    subject = handles.own_subject(handle_id)
    handles.add(tx, Handle(id=handle_id, address=message.sender, subject_id=subject))
    conversation_rows.add(tx, Conversation(id=conversation_id, handle_id=handle_id, language=language))
    return conversation_id, handle_id, subject


def _pending(tx: Transaction, row: Row[Any]) -> PendingInbound:
    delivery: SealedDelivery = tx.unseal(DELIVERY, row.id, row.subject_id, row.sealed)
    stored = StoredInbound(
        id=InboundId(row.id), seq=row.seq, message=delivery.message, received_at=from_micros(row.received_at)
    )
    return PendingInbound(stored=stored, verdict=delivery.verdict)
