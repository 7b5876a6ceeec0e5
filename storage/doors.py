"""The two ways into the database: reads in a few threads, writes in one; each call in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from domain.ports import Clock
from storage.engine import ReadEngine
from storage.transaction import Sealing, Transaction
from storage.writer import Writer

T = TypeVar("T")


class Doors:
    """What every collection is given."""

    def __init__(self, *, reads: ReadEngine, writer: Writer, sealing: Sealing, clock: Clock) -> None:
        self._reads = reads
        self._writer = writer
        self._sealing = sealing
        self._clock = clock

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run a read on one snapshot."""
        return await self._reads.run(lambda connection: work(Transaction(connection, self._sealing, self._clock.now())))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a write; answers once it is durable."""
        return await self._writer.run(
            lambda connection: work(Transaction(connection, self._sealing, self._clock.now()))
        )
