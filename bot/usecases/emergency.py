"""The way a red flag is answered when nothing can be stored: straight to the channel, once per delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from domain.dialogue.alarms import ALARM_KEYS
from domain.dialogue.reply import Reply
from domain.identity import Level
from domain.message import Channel, InboundMessage
from domain.outbox import NotSent, SendFault, SendOutcome
from domain.ports import Audience, Renderer, Sender
from domain.safety import SafetyVerdict

_REMEMBERED = 10_000
SEND_DEADLINE_SECONDS = 20.0

_log = structlog.get_logger()


class EmergencySender:
    """Sends the emergency text without the store. A process remembers which deliveries it answered."""

    def __init__(self, *, senders: Mapping[Channel, Sender], renderer: Renderer, default_language: str) -> None:
        """Needs the ways out and the words; both work without the database."""
        self._senders, self._renderer, self._language = senders, renderer, default_language
        self._answered: dict[tuple[str, str, str], None] = {}

    async def __call__(self, message: InboundMessage, verdict: SafetyVerdict) -> None:
        """Answer a red flag once per external id; a second copy after a restart is harmless."""
        sender_id = message.sender
        key = (sender_id.channel.value, sender_id.account, message.external_id)
        sender = self._senders.get(sender_id.channel)
        if key in self._answered or sender is None:
            return
        if len(self._answered) >= _REMEMBERED:
            self._answered.pop(next(iter(self._answered)))
        self._answered[key] = None
        audience = Audience(language=verdict.language, level=Level.ANYONE, channel=sender_id.channel)
        reply = Reply(key=ALARM_KEYS[verdict.category, verdict.urgency], safety=True)
        rendered = self._renderer.render(reply, audience)
        outcome: SendOutcome
        try:
            async with asyncio.timeout(SEND_DEADLINE_SECONDS):
                outcome = await sender.send(sender_id, rendered.message, key=message.external_id)
        except TimeoutError:
            outcome = NotSent(fault=SendFault.NO_ANSWER)
        if isinstance(outcome, NotSent) and outcome.fault is not SendFault.NO_ANSWER:
            # It did not go out, so the provider's repeat is answered again.
            self._answered.pop(key, None)
        _log.warning("emergency.sent_without_store", rule=verdict.rule, outcome=type(outcome).__name__)
