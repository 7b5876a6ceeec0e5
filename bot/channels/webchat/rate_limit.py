"""Token buckets by key, in memory and bounded. A restart forgives everyone, which is the right way to be wrong."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

_KEYS_KEPT = 10_000


class RateLimiter:
    """Lets each key do `burst` things at once and one more every `seconds_each` after."""

    def __init__(
        self, *, burst: int = 20, seconds_each: float = 2.0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic` counts seconds and never goes back."""
        self._burst, self._each, self._monotonic = burst, seconds_each, monotonic
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_for(self, key: str) -> int:
        """Take one; 0 when allowed, else the whole seconds after which to try again (nothing is taken)."""
        now = self._monotonic()
        full_at = max(self._full_at.get(key, now), now) + self._each
        excess = full_at - now - self._burst * self._each
        if excess > 0:
            return math.ceil(excess)
        self._full_at[key] = full_at
        self._full_at.move_to_end(key)
        while len(self._full_at) > _KEYS_KEPT:
            self._full_at.popitem(last=False)
        return 0
