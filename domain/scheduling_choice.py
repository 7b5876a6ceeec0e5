"""Choosing a few times out of many, so that the patient has a real choice: different days, different parts of a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.appointment import TimeSlot

NOON, EVENING = 12, 17


def part_of(slot: TimeSlot, zone: ZoneInfo) -> tuple[date, int]:
    """The local date and the part of it (0 morning, 1 afternoon, 2 evening) a slot begins in."""
    local = slot.starts_at.astimezone(zone)
    return local.date(), (local.hour >= NOON) + (local.hour >= EVENING)


def spread(slots: Sequence[TimeSlot], zone: ZoneInfo, limit: int) -> tuple[TimeSlot, ...]:
    """At most `limit` of the slots, in order of time: the first of each part of a day, then those furthest from these.

    The slots come in order of time with distinct starts; the earliest is always among those chosen.
    """
    firsts: dict[tuple[date, int], TimeSlot] = {}
    for slot in slots:
        firsts.setdefault(part_of(slot, zone), slot)
    chosen = list(firsts.values())[:limit]
    while len(chosen) < min(limit, len(slots)):
        taken = [slot.starts_at for slot in chosen]
        rest = [slot for slot in slots if slot.starts_at not in taken]
        chosen.append(max(rest, key=lambda slot: _gap(slot.starts_at, taken)))  # max keeps the earliest of equals
    return tuple(sorted(chosen, key=lambda slot: slot.starts_at))


def _gap(moment: datetime, others: Iterable[datetime]) -> float:
    return min(abs((moment - other).total_seconds()) for other in others)
