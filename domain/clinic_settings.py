"""How a clinic wants its conversation run: spans, queues, release of results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from domain.clinic_directory import Sensitivity
from domain.clinic_hours import OpeningHours
from domain.clinic_text import LocalText
from domain.results import Release, ResultStatus, TestResult

QueueId = NewType("QueueId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """How long things last."""

    hold: timedelta = timedelta(minutes=10)
    code: timedelta = timedelta(minutes=10)
    code_tries: int = 5
    level_2: timedelta = timedelta(hours=12)
    level_3: timedelta = timedelta(minutes=10)
    nudge: timedelta = timedelta(minutes=30)
    reminder: timedelta = timedelta(hours=24)
    """How long before a visit its reminder goes out."""


USUAL_SPANS = Spans()


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A line staff work through; `respond_within` counts its own open hours only."""

    id: QueueId
    name: LocalText
    hours: OpeningHours
    respond_within: timedelta
    restricted: bool = False
    """Seen only by staff named for it."""
    pages: bool = False
    """A new entry pages someone at once."""
    keeps_holidays: bool = True
    """Closed on the clinic's holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePolicy:
    """Which results the bot may tell by itself; with no statuses it tells none."""

    statuses: frozenset[ResultStatus] = frozenset()
    sensitivities: frozenset[Sensitivity] = frozenset()
    delay: timedelta = timedelta(0)
    """Time a clinician has to see a result before it is told."""

    def decide(self, result: TestResult, sensitivity: Sensitivity, now: datetime) -> Release:
        """Whether a result may be told at level 3: a hold outranks everything, then a clinician's release, then us."""
        if result.status is ResultStatus.PENDING or result.resulted_at is None:
            return Release.NOT_READY
        if result.hold is not None or result.text is None:
            return Release.HELD
        ripe = now >= result.resulted_at + self.delay
        allowed = result.status in self.statuses and sensitivity in self.sensitivities and ripe
        return Release.OPEN if result.released or allowed else Release.HELD


NOTHING_RELEASED = ReleasePolicy()


class Topic(StrEnum):
    """What a patient may ask about the clinic itself."""

    HOURS = "hours"
    ADDRESS = "address"
    PARKING = "parking"
    ACCESS = "access"
    HOLIDAY = "holiday"
    PHONE = "phone"
    SERVICES = "services"
