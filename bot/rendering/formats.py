"""Values as a language writes them: dates, times, lists and the clinic's own names, in the clinic's zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import assert_never

from babel.lists import format_list
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    country_code_for_region,
    format_number,
    parse,
)

from bot.rendering.catalogue import Catalogue
from bot.rendering.errors import UnknownResponseError
from bot.rendering.styles import Style, plain
from domain.appointment import TimeSlot
from domain.clinic import Clinic, InsurerId, MedicineKindId, QueueId, SpecialtyId, TestKindId
from domain.dialogue.reply import Local, Named, NameKind, ReplyValue, Words
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.when import Grain, When

_OPEN_SPAN = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats:
    """Writes values for one language. `today` is the date in the clinic's zone; without it, days are always dated."""

    language: str
    style: Style
    clinic: Clinic
    catalogue: Catalogue
    today: date | None = None

    def value(self, value: ReplyValue) -> str:
        """A value in full."""
        match value:
            case str():
                return value
            case bool() | int():
                return str(value)
            case datetime() | date():
                return self.day(value)
            case When():
                return self.when(value)
            case TimeSlot():
                return self.slot(value)
            case Named():
                return plain(self.name(value))
            case Words(key=key):
                return self.words(key)
            case Local(by_language=texts):
                return texts.get(self.language) or texts.get(self.clinic.default_language) or next(iter(texts.values()))
            case tuple():
                return self.several(value)
            case _:
                assert_never(value)

    def label(self, value: ReplyValue) -> str:
        """A value as short as a button wants it."""
        match value:
            case TimeSlot(starts_at=starts_at):
                return self.style.moment(self._local(starts_at), "short_slot")
            case When(start=start, time_given=True, grain=grain) if (
                start is not None and grain is not Grain.PART_OF_DAY
            ):
                return self.style.moment(self._local(start), "short_slot")
            case When(start=start) if start is not None:
                local = self._local(start)
                same_year = self.today is None or self.today.year == local.year
                return self.style.day(local, "short_day" if same_year else "short_date")
            case datetime():
                return self.style.moment(self._local(value), "short_slot")
            case date():
                return self.style.day(value, "short_date")
            case _:
                return _capital(self.value(value))

    def shorter_label(self, value: ReplyValue) -> str:
        """A label that leaves room for a number before it."""
        if isinstance(value, TimeSlot):
            return self.style.moment(self._local(value.starts_at), "shorter_slot")
        return self.label(value)

    def line(self, value: ReplyValue) -> str:
        """A value as one line of a list."""
        return _capital(self.value(value))

    def slot(self, slot: TimeSlot) -> str:
        """A visit's time: weekday, date, time, with whom, where."""
        who = self.clinic.provider(slot.provider_id)
        shared = sum(other.family_name == who.family_name for other in self.clinic.providers) > 1
        provider = who.name_in(self.language, full=shared)
        site = self.clinic.site(slot.site_id).name.in_(self.language)
        return plain(f"{self.slot_generic(slot)}, {provider}, {site}")

    def slot_generic(self, slot: TimeSlot) -> str:
        """A visit's time and nothing about whom or what for."""
        return f"{self.day(slot.starts_at)}, {self.style.clock(self._local(slot.starts_at))}"

    def day(self, moment: datetime | date) -> str:
        """A weekday and date; with the year where it is another than this one."""
        day = self._local(moment).date() if isinstance(moment, datetime) else moment
        same_year = self.today is None or self.today.year == day.year
        return self.style.day(day, "day" if same_year else "day_of_year")

    def date(self, moment: datetime | date) -> str:
        """A date with its year and no weekday: how old something is, a birth date."""
        return self.style.day(self._local(moment) if isinstance(moment, datetime) else moment, "date")

    def moment(self, moment: datetime) -> str:
        """When something will happen: today or tomorrow at a time, a weekday within the week, else the date."""
        local = self._local(moment)
        clock = self.style.clock(local)
        at = self.style.phrase("at_one" if local.hour % 12 == 1 else "at", time=clock)
        if self.today is not None and local.date() == self.today:
            return self.style.phrase("today", at=at)
        if self.today is not None and local.date() == self.today + timedelta(days=1):
            return self.style.phrase("tomorrow", at=at)
        if self.today is not None and self.today < local.date() < self.today + _WEEK:
            return self.style.phrase("this_week", weekday=self.style.day(local, "weekday"), at=at)
        return self.style.phrase("on_day", day=self.day(local), at=at)

    def deadline(self, moment: datetime) -> str:
        """The latest something will happen: the time first where it is today or tomorrow ("by 11:00 AM today")."""
        local = self._local(moment)
        by = self.style.phrase("by_one" if local.hour % 12 == 1 else "by", time=self.style.clock(local))
        if self.today is not None and local.date() == self.today:
            return self.style.phrase("by_today", by=by)
        if self.today is not None and local.date() == self.today + timedelta(days=1):
            return self.style.phrase("by_tomorrow", by=by)
        return self.moment(moment)

    def when(self, when: When) -> str:
        """A wish as read: the day (and the time, where one was said), or any time."""
        if when.start is None or when.grain is Grain.ANY:
            return self.words("any_time")
        day = self.day(when.start)
        return f"{day}, {self.style.clock(self._local(when.start))}" if when.time_given else day

    def hours(self, spans: Sequence[str]) -> str:
        """Open spans of a day, each "HH:MM-HH:MM", as a list; raises ValueError for any other form."""
        return self.listed([self._span(item) for item in spans])

    def _span(self, span: str) -> str:
        found = _OPEN_SPAN.fullmatch(span)
        if found is None:
            raise ValueError("a span of hours is not HH:MM-HH:MM")
        opens, closes = (time.fromisoformat(part) for part in found.groups())
        if opens == closes == time(0):
            return self.style.phrase("all_day")
        return self.style.phrase("span", opens=self.style.clock(opens), closes=self.style.clock(closes))

    def phone(self, number: str) -> str:
        """A phone number as people of the clinic's country write it; a foreign one with its country code."""
        try:
            parsed = parse(number, self.clinic.country)
        except NumberParseException:
            return number
        at_home = parsed.country_code == country_code_for_region(self.clinic.country)
        shape = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
        return plain(format_number(parsed, shape))

    def words(self, key: str) -> str:
        """A short text from the catalogue; UnknownResponseError when it has none."""
        response = self.catalogue.get(key)
        if response is None:
            raise UnknownResponseError(key)
        return response.in_(self.language)

    def name(self, named: Named) -> str:
        """The clinic's name for a thing; UnknownFactError or UnknownResponseError for an id nobody has."""
        language, clinic, name = self.language, self.clinic, named.id
        match named.kind:
            case NameKind.PROVIDER:
                return clinic.provider(ProviderId(name)).name_in(language, full=True)
            case NameKind.SITE:
                return clinic.site(SiteId(name)).name.in_(language)
            case NameKind.VISIT_TYPE:
                return clinic.visit_type(VisitTypeId(name)).name.in_(language)
            case NameKind.SPECIALTY:
                return clinic.specialty(SpecialtyId(name)).name.in_(language)
            case NameKind.QUEUE:
                return clinic.queue(QueueId(name)).name.in_(language)
            case NameKind.TEST:
                return clinic.test(TestKindId(name)).name.in_(language)
            case NameKind.MEDICINE:
                return clinic.medicine(MedicineKindId(name)).name.in_(language)
            case NameKind.INSURER:
                return clinic.insurer(InsurerId(name)).name
            case NameKind.TOPIC | NameKind.FLOW | NameKind.LANGUAGE:
                return self.words(f"{named.kind.value}_{name}")
            case _:
                assert_never(named.kind)

    def several(self, values: Sequence[ReplyValue]) -> str:
        """Several values: visits one a line, dates apart by semicolons (they hold commas), the rest as a sentence."""
        if values and all(isinstance(item, TimeSlot) for item in values):
            return "\n".join(f"- {self.value(item)}" for item in values)
        if values and all(isinstance(item, date) for item in values):
            return "; ".join(self.value(item) for item in values)
        return self.listed([self.value(item) for item in values])

    def listed(self, texts: Sequence[str]) -> str:
        """Texts as a sentence lists them: "a, b, and c"."""
        return plain(format_list(texts, locale=self.style.locale))

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.clinic.zone)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
