"""The outside of a kill gate: a provider that keeps what it is sent on disk, and points at which the program dies."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from domain.message import Address, Channel, OutboundMessage
from domain.outbox import SendOutcome, Sent
from domain.ports import Clock

WRITER = "wellspoken-writer"
POINTS = ("understanding", "writing", "storing", "sending", "arrived")
"""Where a program may be told to die: with a text at the engine, at the start of a job in the writer's transaction, in
the middle of storing a delivery, before a provider has a message, and after it has it but before we noted so."""


class Fate:
    """Kills this very process, as SIGKILL does, the n-th time it reaches a point."""

    def __init__(self, point: str | None, count: int) -> None:
        self._point, self._count = point, count
        self._seen: Counter[str] = Counter()

    def at(self, point: str) -> None:
        self._seen[point] += 1
        if point == self._point and self._seen[point] >= self._count:
            os.kill(os.getpid(), signal.SIGKILL)


class RecordingSender:
    """A provider: what it has is on disk before it says so, and stays there whatever dies."""

    def __init__(self, channel: Channel, file: Path, fate: Fate) -> None:
        self.channel = channel
        self._descriptor = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        self._fate = fate

    async def send(self, to: Address, message: OutboundMessage, *, key: str) -> SendOutcome:
        del to, message
        self._fate.at("sending")
        os.write(self._descriptor, json.dumps({"key": key}).encode() + b"\n")
        os.fsync(self._descriptor)
        self._fate.at("arrived")
        return Sent(provider_id=key)

    def close(self) -> None:
        os.close(self._descriptor)


class FatefulClock:
    """A clock that the writer asks once at the beginning of each of its jobs."""

    def __init__(self, clock: Clock, fate: Fate) -> None:
        self._clock, self._fate = clock, fate

    def now(self) -> datetime:
        if threading.current_thread().name == WRITER:
            self._fate.at("writing")
        return self._clock.now()


def fateful_ids(new_id: Callable[[], str], fate: Fate) -> Callable[[], str]:
    """Ids of which the writer takes some in the middle of storing a delivery."""

    def fresh() -> str:
        if threading.current_thread().name == WRITER:
            fate.at("storing")
        return new_id()

    return fresh
