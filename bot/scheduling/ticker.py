"""A tick every second from APScheduler: it only wakes us, knows no job of ours, and may be late or missed."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

EVERY_SECONDS = 1.0


class Ticker:
    """Rings a bell every second while the block runs, inside the running event loop."""

    def __init__(self, ring: Callable[[], None], *, every_seconds: float = EVERY_SECONDS) -> None:
        """Ring `ring`."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(
            ring, "interval", seconds=every_seconds, coalesce=True, max_instances=1, misfire_grace_time=None
        )

    def __enter__(self) -> Self:
        """Begin to tick."""
        self._scheduler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop at once."""
        self._scheduler.shutdown(wait=False)
