"""The demo phone: texts that would have gone to real numbers, kept in memory and shown on a page."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneText:
    """One text; `seq` counts from 1 over all numbers."""

    seq: int
    number: str
    text: str
    at: datetime


class DemoPhone(Protocol):
    """What the demo's page needs of the phone."""

    def texts(self, *, after: int = 0) -> tuple[PhoneText, ...]:
        """Texts with a larger seq, in order."""
        ...

    async def wait(self, after: int) -> None:
        """Return once there is a text with a larger seq, or the phone is closed."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        ...


class MemoryDemoPhone:
    """A DemoPhone that keeps the latest texts in memory; the demo's SMS sender calls `add`."""

    def __init__(self) -> None:
        """Start with none."""
        self._texts: deque[PhoneText] = deque(maxlen=_KEPT)
        self._count = 0
        self._news = asyncio.Event()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def add(self, *, number: str, text: str, at: datetime) -> None:
        """A text arrives."""
        self._count += 1
        self._texts.append(PhoneText(seq=self._count, number=number, text=text, at=at))
        self._tell()

    def clear(self) -> None:
        """Forget the texts (the demo was reset); the count goes on, so that no page confuses old and new."""
        self._texts.clear()

    def close(self) -> None:
        """End every wait, so that open pages let the server stop."""
        self._closed = True
        self._tell()

    def texts(self, *, after: int = 0) -> tuple[PhoneText, ...]:
        """Texts with a larger seq, in order."""
        return tuple(text for text in self._texts if text.seq > after)

    async def wait(self, after: int) -> None:
        """Return once there is a text with a larger seq, or the phone is closed."""
        while self._count <= after and not self._closed:
            await self._news.wait()

    def _tell(self) -> None:
        """Wake those who wait now; later ones wait for the next."""
        self._news.set()
        self._news = asyncio.Event()
