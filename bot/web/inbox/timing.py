"""Instants as staff read them: the clinic's wall clock, how long something waits, and how late it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def local(at: datetime, zone: ZoneInfo) -> str:
    """An instant on the clinic's clock: "Mon 2 Mar, 14:05"."""
    there = at.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b}, {there:%H:%M}"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "under a minute", "5 min", "3 h", "2 d"."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < _MINUTE:
        return "under a minute"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{seconds // _DAY} d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When an answer is due, in words that need no colour."""

    text: str
    late: bool


def due(due_at: datetime, now: datetime) -> Due:
    """How a due time stands at a moment."""
    if now >= due_at:
        return Due(text=f"Overdue by {span(now - due_at)}", late=True)
    return Due(text=f"Due in {span(due_at - now)}", late=False)
