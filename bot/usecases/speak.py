"""Words into rows: what is said becomes transcript entries and outbox items of one turn, never a send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.dialogue.reply import Reply
from domain.identity import Handle
from domain.ids import ConversationId, EntryId, OutboxId, TurnId
from domain.outbox import Lane, OutboxItem, Resend, TruthCheck
from domain.ports import Audience, Rendered, Renderer
from domain.transcript import Author, TranscriptEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The rows of what was said in one turn."""

    transcript: tuple[TranscriptEntry, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One thing to say: rendered words, who says them, and how they are to be sent."""

    rendered: Rendered
    author: Author = Author.BOT
    author_id: str | None = None
    lane: Lane = Lane.NORMAL
    resend: Resend = Resend.ONCE
    not_before: datetime | None = None
    expires_at: datetime | None = None
    check: TruthCheck | None = None


def render_replies(replies: Sequence[Reply], renderer: Renderer, audience: Audience) -> tuple[Speech, ...]:
    """Render a turn's replies in order; safety replies take the safety lane."""
    return tuple(
        Speech(rendered=renderer.render(reply, audience), lane=Lane.SAFETY if reply.safety else Lane.NORMAL)
        for reply in replies
    )


def speak(
    speeches: Sequence[Speech],
    *,
    conversation_id: ConversationId,
    handle: Handle,
    turn_id: TurnId,
    now: datetime,
    new_id: Callable[[], str],
) -> Spoken:
    """The transcript entries and outbox items of one turn, in order (`ordinal` counts from 1)."""
    entries: list[TranscriptEntry] = []
    items: list[OutboxItem] = []
    for ordinal, speech in enumerate(speeches, start=1):
        message = speech.rendered.message
        entries.append(
            TranscriptEntry(
                id=EntryId(new_id()),
                conversation_id=conversation_id,
                subject_id=handle.subject_id,
                turn_id=turn_id,
                at=now,
                author=speech.author,
                author_id=speech.author_id,
                text=message.text,
                buttons=message.buttons,
                key=speech.rendered.key,
            )
        )
        items.append(
            OutboxItem(
                id=OutboxId(new_id()),
                conversation_id=conversation_id,
                handle_id=handle.id,
                subject_id=handle.subject_id,
                turn_id=turn_id,
                ordinal=ordinal,
                to=handle.address,
                message=message,
                lane=speech.lane,
                resend=speech.resend,
                not_before=speech.not_before or now,
                expires_at=speech.expires_at,
                check=speech.check,
            )
        )
    return Spoken(transcript=tuple(entries), outbox=tuple(items))
