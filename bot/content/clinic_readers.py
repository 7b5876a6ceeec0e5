"""Readers for the small notations of clinic.yml: hours, spans of time, phones, and one text per language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.content.yaml_source import Located
from domain.clinic import LocalTerms, LocalText, OpeningHours, TimeRange

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,4}) (min|h|days?)")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_SHORT_NUMBER = re.compile(r"\d{2,6}|\+[1-9]\d{6,14}")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "day": timedelta(days=1),
    "days": timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What the notations depend on: the clinic's languages, the default among them, and its zone."""

    languages: tuple[str, ...]
    default: str
    zone: ZoneInfo

    def words(self, at: Located) -> LocalText:
        """A text for every language of the clinic; `all:` gives one that is the same in each."""
        if any(key.key() == "all" for key, _ in at.entries()):
            text = at.fields(("all",))["all"].text()
            return LocalText(texts=tuple((language, text) for language in self.languages), default=self.default)
        fields = at.fields(self.languages)
        texts = tuple((language, fields[language].text()) for language in self.languages)
        return LocalText(texts=texts, default=self.default)

    def terms(self, at: Located | None) -> LocalTerms:
        """Lists of phrases for some of the clinic's languages."""
        if at is None:
            return LocalTerms()
        fields = at.fields((), self.languages)
        return LocalTerms(terms=tuple((language, value.texts("a phrase")) for language, value in fields.values.items()))

    def instants(self, at: Located) -> tuple[datetime, datetime]:
        """Whole days away, first to last, as the UTC instants between which they lie."""
        fields = at.fields(("from", "to"))
        first, last = fields["from"].day(), fields["to"].day()
        if last < first:
            raise fields["to"].error("a date not before `from`")
        return self._midnight(first), self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)


@dataclass(slots=True)
class Ids:
    """Ids of one kind while a file is read: each once, each reference to one that exists."""

    kind: str
    known: dict[str, int] = field(default_factory=dict)

    def new(self, at: Located) -> str:
        """A fresh id: lower-case letters, digits and underscores, not used before."""
        written = at.text("an id such as eye_exam")
        if not _ID.fullmatch(written):
            raise at.error("an id of lower-case letters, digits and underscores, such as eye_exam")
        if written in self.known:
            raise at.error(
                f"each {self.kind} id once", found=f"{written!r} again (first on line {self.known[written]})"
            )
        self.known[written] = at.line
        return written

    def one(self, at: Located) -> str:
        """A reference to an id that exists."""
        written = at.raw(f"a {self.kind} id")
        if written not in self.known:
            raise at.error(f"a {self.kind}: {', '.join(self.known) or 'none is defined'}")
        return written

    def some(self, at: Located) -> tuple[str, ...]:
        """A list of references, or `all`; none twice."""
        if not at.is_list and at.raw(f"a list of {self.kind} ids, or all") == "all":
            return tuple(self.known)
        found: list[str] = []
        for item in at.items():
            one = self.one(item)
            if one in found:
                raise item.error(f"each {self.kind} once", found=f"{one!r} again")
            found.append(one)
        return tuple(found)


def span(at: Located) -> timedelta:
    """A span of time: "20 min", "24 h", "3 days"."""
    expected = "a span such as 20 min, 24 h or 3 days"
    match = _SPAN.fullmatch(at.text(expected))
    if match is None:
        raise at.error(expected)
    return int(match[1]) * _UNITS[match[2]]


def visit_span(at: Located) -> timedelta:
    """A span that visits are cut from: a multiple of five minutes, up to eight hours."""
    length = span(at)
    if length % timedelta(minutes=5) or not timedelta(0) < length <= timedelta(hours=8):
        raise at.error("a multiple of 5 min, up to 8 h")
    return length


def phone(at: Located) -> str:
    """A phone number in E.164: "+16175550110"."""
    expected = "a quoted phone number such as '+16175550110'"
    if not _PHONE.fullmatch(at.text(expected)):
        raise at.error(expected)
    return at.text()


def short_number(at: Located | None) -> str | None:
    """An emergency or crisis number: a short code or E.164; None where it is left out."""
    if at is None:
        return None
    expected = "a quoted number such as '911'"
    if not _SHORT_NUMBER.fullmatch(at.text(expected)):
        raise at.error(expected)
    return at.text()


def ranges(at: Located) -> tuple[TimeRange, ...]:
    """A day's open spans, "08:00-12:00", in order and apart; an empty list means closed."""
    found: list[TimeRange] = []
    for item in at.items():
        one = _range(item)
        if found and one.start_minute < found[-1].end_minute:
            raise item.error("spans in order that do not overlap")
        found.append(one)
    return tuple(found)


def _range(at: Located) -> TimeRange:
    expected = "a span of hours on five-minute marks such as 08:00-12:30 (24:00 ends the day)"
    opens, dash, closes = at.text(expected).partition("-")
    try:
        # The day's end is written 24:00 by people and 00:00 by the machine.
        one = TimeRange(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes.replace("24:00", "00:00")))
    except ValueError as error:
        raise at.error(expected) from error
    uneven = one.start_minute % 5 or one.end_minute % 5
    if not dash or len(opens) != 5 or len(closes) != 5 or uneven or one.start_minute >= one.end_minute:
        raise at.error(expected)
    return one


def weekly_hours(at: Located) -> OpeningHours:
    """Hours by weekday or range of weekdays ("mon-fri"); a day left out is closed; `always` never closes."""
    if not at.is_mapping and at.raw("hours by weekday, or always") == "always":
        return OpeningHours(days=((TimeRange(opens=time(0), closes=time(0)),),) * 7)
    days: dict[int, tuple[TimeRange, ...]] = {}
    for key, value in at.entries():
        hours = ranges(value)
        for index in _weekdays(key):
            if index in days:
                raise key.error("each weekday once", found=f"{_WEEKDAYS[index]!r} again")
            days[index] = hours
    return OpeningHours(days=tuple(days.get(index, ()) for index in range(7)))


def _weekdays(key: Located) -> range:
    first, _, last = key.key().partition("-")
    if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
        raise key.error("a weekday or a range of them: mon, tue, wed, thu, fri, sat, sun, mon-fri")
    low, high = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
    if high < low:
        raise key.error("a range of weekdays within one week, such as mon-fri")
    return range(low, high + 1)
