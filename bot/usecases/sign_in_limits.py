"""Slows down guessing without locking anyone out: strangers share one line per name, known browsers have their own."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ports import Clock

_FREE_TRIES = 5
_LONGEST_WAIT = timedelta(minutes=15)
_FORGET_AFTER = timedelta(hours=1)
_LINES_KEPT = 10_000
_MARK_TOKEN_CHARS = 43


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBrowsers:
    """Marks a browser in which someone once signed in; the mark proves nothing else. `secret` is at least 32 bytes."""

    secret: bytes
    new_token: Callable[[], str]

    def mark(self, username: str) -> str:
        """A mark for this browser and this name."""
        token = self.new_token()
        return f"{token}.{self._seal(username, token)}"

    def line(self, username: str, mark: str) -> str:
        """Where a try from this browser queues: in its own line if the mark is good, else with every stranger."""
        token, _, seal = mark.partition(".")
        if len(token) == _MARK_TOKEN_CHARS and hmac.compare_digest(
            seal.encode("utf-8", "replace"), self._seal(username, token).encode()
        ):
            return f"{username}\n{token}"
        return username

    def _seal(self, username: str, token: str) -> str:
        return hmac.new(self.secret, f"{username}\n{token}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


@dataclass(slots=True)
class _Line:
    tries: int
    open_at: datetime
    last_at: datetime


class SignInTries:
    """Counts tries per line in memory, bounded: five at once, then twice the wait after each, up to fifteen minutes."""

    def __init__(self, clock: Clock) -> None:
        """Start with every line empty."""
        self._clock = clock
        self._lines: OrderedDict[str, _Line] = OrderedDict()

    def begin(self, line: str) -> timedelta | None:
        """Count a try before it is checked (many at once count too); the wait when it may not be made yet."""
        now = self._clock.now()
        known = self._lines.get(line)
        if known is None or now - known.last_at > _FORGET_AFTER:
            known = self._lines[line] = _Line(tries=0, open_at=now, last_at=now)
        if now < known.open_at:
            return known.open_at - now
        known.tries += 1
        known.last_at = now
        if known.tries >= _FREE_TRIES:
            known.open_at = now + min(_LONGEST_WAIT, timedelta(seconds=2 ** min(known.tries - _FREE_TRIES, 20)))
        self._lines.move_to_end(line)
        while len(self._lines) > _LINES_KEPT:
            self._lines.popitem(last=False)
        return None

    def succeeded(self, line: str) -> None:
        """The password was right: the line starts anew."""
        self._lines.pop(line, None)
