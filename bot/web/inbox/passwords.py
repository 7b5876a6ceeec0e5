"""Argon2id in threads, a few at a time: each takes 64 MiB and a good part of a core, so guests must not crowd us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import UnavailableError

_AT_ONCE = 2
_WAITING = 32
T = TypeVar("T")


class Argon2Passwords:
    """Implements the sign-in's Passwords. The costs are above OWASP's least (19 MiB, two passes)."""

    def __init__(self, *, memory_kib: int = 65_536, passes: int = 3) -> None:
        """Make the digest that unknown names are checked against, so that they take as long as known ones."""
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._nobody = self._hasher.hash("a password nobody has")
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._inside = 0

    async def digest(self, password: str) -> str:
        """See the Protocol."""
        return await self._in_turn(partial(self._hasher.hash, password))

    async def matches(self, digest: str, password: str) -> bool:
        """See the Protocol."""
        right = await self._in_turn(partial(self._verify, digest or self._nobody, password))
        return right and bool(digest)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._inside >= _AT_ONCE + _WAITING:
            raise UnavailableError("too many people are signing in at once")
        self._inside += 1
        try:
            async with self._free:
                return await asyncio.to_thread(work)
        finally:
            self._inside -= 1

    def _verify(self, digest: str, password: str) -> bool:
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False
