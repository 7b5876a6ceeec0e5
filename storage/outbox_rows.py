"""Outbox rows: the message and its address sealed, its state clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, update

from domain.ids import AppointmentId, ConversationId, HandleId, OutboxId, SubjectId, TurnId
from domain.outbox import Lane, OutboxItem, OutboxStatus, Resend, TruthCheck
from storage.forms import PARCEL, SealedParcel
from storage.tables import outbox
from storage.times import from_micros, micros_or_none, to_micros
from storage.transaction import Transaction, Values

_ADD = insert(outbox)
_SUPERSEDE = (
    update(outbox)
    .where(
        outbox.c.about_appointment == bindparam("visit_id"),
        outbox.c.about_version < bindparam("below"),
        outbox.c.status.in_((OutboxStatus.PENDING.value, OutboxStatus.AMBIGUOUS.value)),
    )
    .values(status=OutboxStatus.SUPERSEDED.value)
)


def add(tx: Transaction, items: Sequence[OutboxItem], *, after_seq: int) -> None:
    """Keep new items of one conversation, numbered on from `after_seq`."""
    tx.execute(_ADD, [_row_of(tx, item, seq) for seq, item in enumerate(items, start=after_seq + 1)])


def supersede(tx: Transaction, visit_id: AppointmentId, below_version: int) -> None:
    """What was said of older versions of a visit is not sent any more."""
    tx.execute(_SUPERSEDE, {"visit_id": visit_id, "below": below_version})


def opened(tx: Transaction, row: Row[Any]) -> OutboxItem:
    """The item in a stored row."""
    parcel: SealedParcel = tx.unseal(PARCEL, row.id, row.subject_id, row.body)
    check = None
    if row.about_appointment is not None:
        check = TruthCheck(appointment_id=AppointmentId(row.about_appointment), version=row.about_version)
    return OutboxItem(
        id=OutboxId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        handle_id=HandleId(row.handle_id),
        subject_id=SubjectId(row.subject_id),
        turn_id=TurnId(row.turn_id),
        ordinal=row.ordinal,
        to=parcel.to,
        message=parcel.message,
        lane=Lane(row.lane),
        resend=Resend(row.resend),
        status=OutboxStatus(row.status),
        attempts=row.attempts,
        not_before=from_micros(row.not_before),
        expires_at=None if row.expires_at is None else from_micros(row.expires_at),
        check=check,
        seq=row.seq,
        provider_id=row.provider_id,
        error=row.error,
    )


def _row_of(tx: Transaction, item: OutboxItem, seq: int) -> Values:
    parcel = SealedParcel(to=item.to, message=item.message)
    return {
        "id": item.id,
        "conversation_id": item.conversation_id,
        "handle_id": item.handle_id,
        "subject_id": item.subject_id,
        "turn_id": item.turn_id,
        "ordinal": item.ordinal,
        "seq": seq,
        "lane": item.lane.value,
        "resend": item.resend.value,
        "status": item.status.value,
        "attempts": item.attempts,
        "not_before": to_micros(item.not_before),
        "expires_at": micros_or_none(item.expires_at),
        "about_appointment": item.check and item.check.appointment_id,
        "about_version": item.check and item.check.version,
        "provider_id": item.provider_id,
        "error": item.error,
        "body": tx.seal(PARCEL, item.id, item.subject_id, parcel),
    }
