"""What a page that comes back may still show: a shared or left browser must not be a window into somebody's care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.identity import Level
from domain.transcript import Author, TranscriptEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Words are shown again as long as the proof they were said under would last.

    `levels` are the assurance levels of the reply keys. What took a second factor is put away after `second_factor`;
    what took proof, and everything the patient has answered since, whoever said it, after `proven`. What nobody has
    answered stays: it may be news.
    """

    levels: Mapping[str, int]
    proven: timedelta
    second_factor: timedelta

    def put_away(self, entries: Sequence[TranscriptEntry], now: datetime) -> frozenset[int]:
        """The seqs of entries (in order) that are no longer shown."""
        answered = max((entry.seq for entry in entries if entry.author is Author.PATIENT), default=0)
        return frozenset(entry.seq for entry in entries if self._over(entry, now - entry.at, answered))

    def _over(self, entry: TranscriptEntry, age: timedelta, answered: int) -> bool:
        level = self.levels.get(entry.key, 0)
        if level >= Level.SECOND_FACTOR:
            return age >= self.second_factor
        return age >= self.proven and (level >= Level.PROVEN or entry.seq <= answered)
