"""Messages on their way out."""

from __future__ import annotations

from dataclasses import replace

from domain.ids import ConversationId, HandleId, OutboxId, SubjectId, TurnId
from domain.message import Address, Channel, OutboundMessage
from domain.outbox import OutboxItem
from tests.builders.desk import NOW


def item(name: str = "item", *, channel: Channel = Channel.WEB, **fields: object) -> OutboxItem:
    """One message that is due, changed by keyword."""
    made = OutboxItem(
        id=OutboxId(name),
        conversation_id=ConversationId("talk"),
        handle_id=HandleId("handle"),
        subject_id=SubjectId("handle"),
        turn_id=TurnId("turn"),
        ordinal=1,
        to=Address(channel=channel, account="clinic", value="visitor"),
        message=OutboundMessage(text="words"),
        not_before=NOW,
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # keywords are OutboxItem's own fields
