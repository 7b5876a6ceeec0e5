"""Send what is due: mark it, send it, record what came of it; in order, the safety lane first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from domain.message import Channel
from domain.outbox import Delivery, NotSent, OutboxItem, OutboxStatus, SendFault, SendOutcome, after_attempt
from domain.ports import Calendar, Clock, Outbox, Sender

SEND_DEADLINE_SECONDS = 20.0
UNSERVED_WAIT = timedelta(minutes=5)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOutbox:
    """One round of sending. A crash between sending and recording leaves `sending`, which becomes `ambiguous`."""

    outbox: Outbox
    calendar: Calendar
    senders: Mapping[Channel, Sender]
    clock: Clock

    async def __call__(self) -> int:
        """Send what is due now; returns how many items were handled."""
        handled = 0
        while items := await self.outbox.due(self.clock.now()):
            for item in items:
                await self._one(item)
            handled += len(items)
        return handled

    async def _one(self, item: OutboxItem) -> None:
        now = self.clock.now()
        if item.expires_at is not None and item.expires_at <= now:
            await self.outbox.record(item.id, Delivery(status=OutboxStatus.EXPIRED, not_before=now))
            return
        if not await self._still_true(item):
            await self.outbox.record(item.id, Delivery(status=OutboxStatus.SUPERSEDED, not_before=now))
            return
        sender = self.senders.get(item.to.channel)
        if sender is None:
            _log.warning("outbox.no_sender", channel=item.to.channel.value)
            waiting = Delivery(status=OutboxStatus.PENDING, not_before=now + UNSERVED_WAIT, error="no_sender")
            await self.outbox.record(item.id, waiting)
            return
        started = await self.outbox.start(item.id)
        if started is None:
            return
        outcome = await self._send(sender, started)
        await self.outbox.record(item.id, after_attempt(started, outcome, self.clock.now()))

    async def _send(self, sender: Sender, item: OutboxItem) -> SendOutcome:
        try:
            async with asyncio.timeout(SEND_DEADLINE_SECONDS):
                return await sender.send(item.to, item.message, key=item.id)
        except TimeoutError:
            return NotSent(fault=SendFault.NO_ANSWER)

    async def _still_true(self, item: OutboxItem) -> bool:
        if item.check is None:
            return True
        visit = await self.calendar.appointment(item.check.appointment_id)
        return visit is not None and visit.status.is_live and visit.version == item.check.version
