"""The SMS way out of the demo and of `chat`: texts land in memory, to be shown beside the conversation."""

from __future__ import annotations

from collections.abc import Callable

from domain.message import Address, Channel, OutboundMessage
from domain.outbox import NotSent, SendFault, SendOutcome, Sent

Arrived = Callable[[str, str], None]
"""Told the number and the text."""


class DemoPhoneSender:
    """A Sender for SMS that hands every text to a demo phone."""

    channel = Channel.SMS

    def __init__(self, arrived: Arrived, *, out_of_service: frozenset[str] = frozenset()) -> None:
        """Hand texts to `arrived`, but for those to numbers that are out of service: they are refused."""
        self._arrived, self._out_of_service = arrived, out_of_service

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        """Taken, unless the number is out of service."""
        if to.value in self._out_of_service:
            return NotSent(fault=SendFault.BLOCKED)
        self._arrived(to.value, message.text)
        return Sent(provider_id=key)
