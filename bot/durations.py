"""ISO 8601 durations of days, hours, minutes and seconds, as commands take them."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?\Z")


class DurationError(ValueError):
    """The text is not such a duration."""


def duration(written: str) -> timedelta:
    """The span of "PT10M", "P1D", "P1DT2H". Raises DurationError."""
    found = _DURATION.match(written)
    if found is None or written in {"P", "PT"} or written.endswith("T"):
        raise DurationError(f"{written!r} is not a duration such as PT10M or P1D")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
