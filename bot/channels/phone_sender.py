"""The SMS way out of the demo and of `chat`: texts land in memory, to be shown beside the conversation."""

from __future__ import annotations

from collections.abc import Callable

from domain.message import Address, Channel, OutboundMessage
from domain.outbox import SendOutcome, Sent

Arrived = Callable[[str, str], None]
"""Told the number and the text."""


class DemoPhoneSender:
    """A Sender for SMS that hands every text to a demo phone."""

    channel = Channel.SMS

    def __init__(self, arrived: Arrived) -> None:
        """Hand texts to `arrived`."""
        self._arrived = arrived

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        """Always taken."""
        self._arrived(to.value, message.text)
        return Sent(provider_id=key)
