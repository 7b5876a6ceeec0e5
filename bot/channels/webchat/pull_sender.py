"""The way out of channels whose other side comes and reads: the page reads the transcript, so nothing is carried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from domain.message import Address, Channel, OutboundMessage
from domain.outbox import SendOutcome, Sent


class PullSender:
    """A Sender for one such channel.

    When the store is down there is no transcript to read, and the emergency answer must still arrive: whoever is
    accepting a message from an address overhears what is sent there meanwhile, and hands it over itself.
    """

    def __init__(self, channel: Channel) -> None:
        """Serve one channel."""
        self.channel = channel
        self._listening: dict[Address, list[list[OutboundMessage]]] = {}

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        """Taken at once: the transcript holds the words already."""
        for overheard in self._listening.get(to, []):
            overheard.append(message)
        return Sent(provider_id=key)

    @contextmanager
    def overhear(self, address: Address) -> Iterator[list[OutboundMessage]]:
        """Everything sent to the address while the block runs."""
        overheard: list[OutboundMessage] = []
        self._listening.setdefault(address, []).append(overheard)
        try:
            yield overheard
        finally:
            listening = self._listening[address]
            listening[:] = [other for other in listening if other is not overheard]
            if not listening:
                del self._listening[address]
