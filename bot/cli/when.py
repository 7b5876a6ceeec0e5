"""`wellspoken when`: dates and times in patients' words, over JSON lines; local times, half-open."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bot.cli.jsonl import Line, answer_lines, text_of_line
from domain.when import Interval, When, WhenStatus
from nlu.entities.when import read_when


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read and write JSON lines.")
@click.option("--reference", required=True, metavar="ISO", help="The moment it is said at.")
@click.option("--tz", "zone_name", required=True, metavar="ZONE", help="An IANA zone, such as America/New_York.")
@click.option("--language", default="en", show_default=True)
def when(*, jsonl: bool, reference: str, zone_name: str, language: str) -> None:
    """Read what texts say about time: {"id","text"} in; status, start, end, grain, windows, except, readings out."""
    del jsonl
    zone = zone_of(zone_name)
    moment = moment_of(reference, zone)

    def answer(line: Line) -> Mapping[str, Any]:
        read = read_when(text_of_line(line), reference=moment, zone=zone, language=language)
        return {"id": line.get("id"), **shape(read, zone)}

    sys.exit(answer_lines(answer))


def zone_of(name: str) -> ZoneInfo:
    """An IANA zone by name; wrong use when there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise click.BadParameter(f"{name!r} is not an IANA zone such as America/New_York") from None


def moment_of(written: str, zone: ZoneInfo) -> datetime:
    """An ISO moment; without an offset it is local to the zone."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter(f"{written!r} is not an ISO moment such as 2026-11-19T10:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def shape(read: When, zone: ZoneInfo) -> dict[str, Any]:
    """The command's answer: "ask" leaves start and end null."""
    ok = read.status is WhenStatus.OK
    return {
        "status": read.status.value,
        "start": _local(read.start, zone) if ok else None,
        "end": _local(read.end, zone) if ok else None,
        "grain": read.grain.value if read.grain else None,
        "windows": _spans(read.windows, zone),
        "except": _spans(read.excluded, zone),
        "readings": _spans(read.readings, zone),
    }


def _spans(intervals: Sequence[Interval], zone: ZoneInfo) -> list[dict[str, str | None]]:
    return [{"start": _local(item.start, zone), "end": _local(item.end, zone)} for item in intervals]


def _local(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
