"""Leave that staff entered, in the clear: it says when a provider is away, and nothing of why or of any patient."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from domain.clinic_hours import Leave
from domain.ids import ProviderId
from storage.tables import leave
from storage.times import from_micros, to_micros
from storage.transaction import Transaction, Values

_WITHIN = (
    select(leave)
    .where(leave.c.starts_at < bindparam("end"), leave.c.ends_at > bindparam("start"))
    .order_by(leave.c.provider_id, leave.c.starts_at, leave.c.ends_at)
)
_SAVE = insert(leave).on_conflict_do_nothing()
_DROP = delete(leave).where(
    leave.c.provider_id == bindparam("of_provider"),
    leave.c.starts_at == bindparam("from_"),
    leave.c.ends_at == bindparam("until"),
)


def within(tx: Transaction, start: datetime, end: datetime) -> tuple[Leave, ...]:
    """Leave overlapping [start, end), by provider and start."""
    return tuple(
        Leave(
            provider_id=ProviderId(row.provider_id),
            starts_at=from_micros(row.starts_at),
            ends_at=from_micros(row.ends_at),
        )
        for row in tx.rows(_WITHIN, {"start": to_micros(start), "end": to_micros(end)})
    )


def save(tx: Transaction, span: Leave) -> None:
    """Keep a span; kept before, it stays as it is. Raises ValueError for one that does not last."""
    if span.ends_at <= span.starts_at:
        raise ValueError(f"leave of {span.provider_id} must last longer than nothing")
    tx.execute(_SAVE, _columns(span))


def drop(tx: Transaction, span: Leave) -> None:
    """Take exactly this span back; harmless when it is gone."""
    values = _columns(span)
    tx.execute(_DROP, {"of_provider": values["provider_id"], "from_": values["starts_at"], "until": values["ends_at"]})


def _columns(span: Leave) -> Values:
    return {
        "provider_id": span.provider_id,
        "starts_at": to_micros(span.starts_at),
        "ends_at": to_micros(span.ends_at),
    }
