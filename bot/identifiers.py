"""Where identifiers and codes come from: UUIDv7 text in life, a counted sequence in reproducible runs."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable

import uuid_utils

NewId = Callable[[], str]


def fresh_id() -> str:
    """A UUIDv7 as text."""
    return str(uuid_utils.uuid7())


def fresh_code() -> str:
    """Six digits from the system's randomness."""
    return f"{secrets.randbelow(1_000_000):06d}"


def seeded_ids(seed: int) -> NewId:
    """Identifiers that a seed repeats: UUID-shaped, in rising order."""
    counter = iter(range(1, 1 << 62))

    def new_id() -> str:
        return f"00000000-{seed % 65536:04x}-7000-8000-{next(counter):012x}"

    return new_id


def seeded_codes(seed: int) -> Callable[[], str]:
    """Codes that a seed repeats, for demos and golden conversations only."""
    source = random.Random(seed)  # noqa: S311  # reproducible on purpose; never used where a real phone is texted

    def new_code() -> str:
        return f"{source.randrange(1_000_000):06d}"

    return new_code
