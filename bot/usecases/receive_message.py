"""Accept a delivery: screen it, store it durably, and only then let the channel tell its provider so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.usecases.emergency import EmergencySender
from domain.errors import UnavailableError
from domain.ids import ConversationId
from domain.message import MAX_TEXT_CHARS, InboundMessage, Text, Unsupported, UnsupportedKind, text_of
from domain.ports import Accepted, Clock, Inbox
from domain.safety import SafetyRules, SafetyVerdict, screen

Wake = Callable[[ConversationId], None]
"""Tell the workers that a conversation has something waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveMessage:
    """Screen, store, wake a worker. When storing fails, a red flag is still answered, and the error is raised on."""

    inbox: Inbox
    rules: SafetyRules
    clock: Clock
    wake: Wake
    emergency: EmergencySender
    default_language: str
    languages: tuple[str, ...]

    async def __call__(self, message: InboundMessage) -> Accepted:
        """Store one delivery; the same one again is answered as a duplicate. Raises UnavailableError."""
        verdict = self._screen(message)
        message = _within_limits(message)
        language = message.language if message.language in self.languages else self.default_language
        try:
            accepted = await self.inbox.accept(
                message, verdict=verdict, received_at=self.clock.now(), language=language or self.default_language
            )
        except UnavailableError:
            if verdict is not None:
                await self.emergency(message, verdict)
            raise
        if not accepted.duplicate:
            self.wake(accepted.conversation_id)
        return accepted

    def _screen(self, message: InboundMessage) -> SafetyVerdict | None:
        """The whole text is screened, also of a message too long to keep."""
        text = text_of(message.content)
        return screen(text, self.rules) if text else None


def _within_limits(message: InboundMessage) -> InboundMessage:
    """A text longer than we keep becomes an input we cannot read; its beginning is kept for staff."""
    match message.content:
        case Text(text=text) if len(text) > MAX_TEXT_CHARS:
            content = Unsupported(kind=UnsupportedKind.TOO_LONG, caption=text[:MAX_TEXT_CHARS])
            return InboundMessage(
                sender=message.sender,
                external_id=message.external_id,
                content=content,
                sent_at=message.sent_at,
                language=message.language,
            )
        case _:
            return message
