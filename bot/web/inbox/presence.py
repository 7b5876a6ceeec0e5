"""Who has a case open and who is writing on it, by beats of their pages: in memory only, forgotten within seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.live import LiveHub
from domain.ids import ConversationId, HandoffId, StaffId
from domain.ports import Clock
from domain.staff import StaffAccount

LOOKING_LASTS = timedelta(seconds=30)
WRITING_LASTS = timedelta(seconds=8)
_MOST_EACH = 20
"""Pages one person can be known to have open; the oldest are forgotten."""


class Doing(StrEnum):
    """What a colleague does on a case."""

    LOOKING = "looking"
    REPLY = "reply"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One person on one case, as their page said last."""

    name: str
    doing: Doing
    at: datetime

    def now(self, moment: datetime) -> Doing | None:
        """What still holds of it: writing ends before looking does."""
        age = moment - self.at
        if age >= LOOKING_LASTS:
            return None
        return self.doing if age < WRITING_LASTS else Doing.LOOKING

    def changes_in(self, moment: datetime) -> timedelta | None:
        """How long until it says something else; None when it no longer says anything."""
        age = moment - self.at
        spans = [LOOKING_LASTS] if self.doing is Doing.LOOKING else [WRITING_LASTS, LOOKING_LASTS]
        return next((span - age for span in spans if age < span), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Another person on the case, and what they do."""

    name: str
    doing: Doing


class Presence:
    """Beats by case and person. Nothing is stored: a page that stops beating is gone by itself."""

    def __init__(self, *, clock: Clock, hub: LiveHub) -> None:
        """Start with nobody there."""
        self._clock = clock
        self._nudge: Callable[[ConversationId], None] = hub.nudge
        self._beats: dict[HandoffId, dict[StaffId, Beat]] = {}

    def beat(self, case: HandoffId, talk: ConversationId, staff: StaffAccount, doing: Doing | None) -> None:
        """Someone is there, or (None) has left; pages that show the case are told when that changes anything."""
        now = self._clock.now()
        before = self._doing(case, staff.id, now)
        people = self._beats.setdefault(case, {})
        if doing is None:
            people.pop(staff.id, None)
        else:
            people[staff.id] = Beat(name=staff.display_name, doing=doing, at=now)
        self._sweep(staff.id, now)
        if before is not doing:
            self._nudge(talk)

    def others(self, case: HandoffId, me: StaffId) -> tuple[Colleague, ...]:
        """Everybody else on the case now, by name."""
        now = self._clock.now()
        known = ((beat.name, beat.now(now)) for who, beat in self._beats.get(case, {}).items() if who != me)
        return tuple(Colleague(name=name, doing=doing) for name, doing in sorted(known) if doing is not None)

    def changes_in(self, case: HandoffId) -> float | None:
        """Seconds until somebody on the case is forgotten, or no longer counts as writing."""
        now = self._clock.now()
        spans = [beat.changes_in(now) for beat in self._beats.get(case, {}).values()]
        return min((span.total_seconds() for span in spans if span is not None), default=None)

    def _doing(self, case: HandoffId, who: StaffId, now: datetime) -> Doing | None:
        beat = self._beats.get(case, {}).get(who)
        return beat.now(now) if beat else None

    def _sweep(self, who: StaffId, now: datetime) -> None:
        """Forget what no longer says anything, and all but the latest pages of a person who opens very many."""
        mine: list[tuple[datetime, HandoffId]] = []
        for case, people in list(self._beats.items()):
            for name, beat in list(people.items()):
                if beat.now(now) is None:
                    del people[name]
                elif name == who:
                    mine.append((beat.at, case))
            if not people:
                del self._beats[case]
        for _, case in sorted(mine)[:-_MOST_EACH]:
            self._beats[case].pop(who, None)
