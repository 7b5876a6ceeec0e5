"""Whether words to a patient promise something by a time, and by when: by phrases, and by the project's own grammar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.clinic import Clinic
from domain.ports import TimeReader
from domain.promise import PromiseKind
from domain.scheduling_hours import instant
from domain.when import Grain, When, WhenStatus

PromisePhrases = Mapping[str, Mapping[PromiseKind, Sequence[str]]]
"""By language, the words that promise each kind of thing."""

_POINT = timedelta(hours=1)
_END_OF_DAY = 18 * 60
"""The minute by which a thing promised "by Friday" is due where the clinic is closed on that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPromise:
    """What a reply promises: offered to its writer, never made by itself."""

    kind: PromiseKind
    due_at: datetime
    words: str
    """The sentence it was heard in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseEar:
    """Hears promises in what staff write, and reads the times they type."""

    times: TimeReader
    clinic: Callable[[], Clinic]
    phrases: PromisePhrases

    def hear(self, text: str, *, now: datetime, language: str) -> HeardPromise | None:
        """The first promise in a text whose time can be read and is still to come; the writer's own English too."""
        for tongue in dict.fromkeys((language, "en")):
            for sentence in _sentences(text):
                kind = self._kind(sentence, tongue)
                due = self.due(sentence, now=now, language=tongue) if kind else None
                if kind is not None and due is not None:
                    return HeardPromise(kind=kind, due_at=due, words=sentence)
        return None

    def due(self, text: str, *, now: datetime, language: str = "en") -> datetime | None:
        """The instant meant by "by 3", "tomorrow 10" or "3"; None when it cannot be told, or has passed."""
        when = self.times(text, now=now, language=language)
        if when.status is WhenStatus.NONE and text.strip()[:1].isdigit():
            when = self.times(f"by {text.strip()}", now=now, language="en")
        due = _instant(when, self.clinic())
        return due if due is not None and due > now else None

    def _kind(self, sentence: str, language: str) -> PromiseKind | None:
        plain = f" {_plain(sentence)} "
        for kind, phrases in self.phrases.get(language, {}).items():
            if any(f" {phrase} " in plain for phrase in phrases):
                return kind
        return None


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if part.strip()]


def _plain(text: str) -> str:
    """Small letters without accents, words apart by one space: what phrases are compared in."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("\u2019", "'"))
    letters = "".join(char for char in bare if not unicodedata.combining(char))
    return " ".join(re.findall(r"[\w']+", letters))


def _instant(when: When, clinic: Clinic) -> datetime | None:
    """A point in time is meant itself; of a span its end; of whole days the hour at which the clinic closes."""
    if when.status is not WhenStatus.OK:
        return None
    windows = when.windows
    start, end = (windows[-1].start, windows[-1].end) if windows else (when.start, when.end)
    if end is None:
        return None
    narrow = start is not None and end - start <= _POINT and when.grain in {Grain.MINUTE, Grain.HOUR}
    if narrow and start is not None:
        return start
    there = end.astimezone(clinic.zone)
    if when.grain is Grain.DAY and there.time() == time(0):
        day = (there - timedelta(minutes=1)).date()
        closes = [hours.end_minute for site in clinic.sites[:1] for hours in clinic.hours_on(site.id, day)]
        return instant(clinic.zone, day, max(closes, default=_END_OF_DAY))
    return end
