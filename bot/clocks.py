"""The one place the present comes from: the system's clock, or the demo's, which can be put forward."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """Business time as the machine has it."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class DemoClock:
    """Runs on from a given instant, and can be put forward but never back; remembered in a file where one is given."""

    def __init__(self, *, start: datetime | None = None, frozen: bool = False, file: Path | None = None) -> None:
        """Start at an instant (the present by default); `frozen` moves only when put forward."""
        self._frozen = frozen
        self._file = file
        self._begun = time.monotonic()
        self._base = start or self._remembered() or datetime.now(UTC)

    def now(self) -> datetime:
        """The demo's present."""
        run = 0.0 if self._frozen else time.monotonic() - self._begun
        return self._base + timedelta(seconds=run)

    def advance(self, span: timedelta) -> datetime:
        """Put the clock forward. Raises ValueError for a span that is not positive."""
        if span <= timedelta(0):
            raise ValueError("a clock only goes forward")
        self._base += span
        if self._file is not None:
            ahead = self.now() - datetime.now(UTC)
            self._file.write_text(json.dumps({"ahead_seconds": ahead.total_seconds()}), encoding="utf-8")
        return self.now()

    def _remembered(self) -> datetime | None:
        if self._file is None or not self._file.exists():
            return None
        ahead = json.loads(self._file.read_text(encoding="utf-8"))["ahead_seconds"]
        return datetime.now(UTC) + timedelta(seconds=max(0.0, float(ahead)))
