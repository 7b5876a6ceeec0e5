"""Reads the case files of phrases and what they mean, strictly: an unknown key or status fails the test run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from domain.when import Interval, When, WhenStatus

CASES = Path(__file__).parents[3] / "nlu"
_KEYS = {"say", "status", "grain", "given", "windows", "except", "readings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a phrase is said to mean; naive local times as written, None for an open end."""

    status: WhenStatus
    grain: str | None
    given: frozenset[str]
    windows: tuple[str, ...]
    excluded: tuple[str, ...]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A phrase, where and when it was said, and what it means."""

    say: str
    language: str
    reference: datetime
    zone: ZoneInfo
    meaning: Meaning


def cases_of(language: str, name: str) -> list[Case]:
    """The cases of tests/nlu/<language>/<name>."""
    cases = []
    for group in yaml.safe_load((CASES / language / name).read_text(encoding="utf-8")):
        zone = ZoneInfo(group["zone"])
        reference = datetime.fromisoformat(group["reference"]).replace(tzinfo=zone)
        for entry in group["cases"]:
            assert set(entry) <= _KEYS, entry
            cases.append(
                Case(say=entry["say"], language=language, reference=reference, zone=zone, meaning=_meaning(entry))
            )
    return cases


def phrases_of(language: str) -> list[Case]:
    """The cases of every file of phrases of a language."""
    files = sorted(path.name for path in (CASES / language).glob("when*.yml"))
    return [case for name in files for case in cases_of(language, name)]


def _meaning(entry: dict[str, object]) -> Meaning:
    def texts(key: str) -> tuple[str, ...]:
        value = entry.get(key, [])
        assert isinstance(value, list), entry
        return tuple(str(item) for item in value)

    grain = entry.get("grain")
    return Meaning(
        status=WhenStatus(str(entry.get("status", "ok"))),
        grain=None if grain is None else str(grain),
        given=frozenset(texts("given")),
        windows=texts("windows"),
        excluded=texts("except"),
        readings=texts("readings"),
    )


def meaning_of(when: When) -> Meaning:
    """A result in the terms of a case file."""
    given = {name for name, said in (("date", when.date_given), ("time", when.time_given)) if said}
    return Meaning(
        status=when.status,
        grain=None if when.grain is None else str(when.grain),
        given=frozenset(given),
        windows=tuple(map(_written, when.windows)),
        excluded=tuple(map(_written, when.excluded)),
        readings=tuple(map(_written, when.readings)),
    )


def _written(interval: Interval) -> str:
    return f"{_local(interval.start)} / {_local(interval.end)}".strip()


def _local(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
