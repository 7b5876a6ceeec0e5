"""Readers for single cells: a typed value, or CellError saying what was expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from bot.importing.sheet import CellError

_MRN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,38}[A-Za-z0-9])?")
_EMAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,189}\.[A-Za-z]{2,}")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?(?: ?([AaPp])\.?[Mm]\.?)?")
_YES_NO: Mapping[str, bool] = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_LONGEST_NAME = 100
_OLDEST = 130
_AN_ISO_DATE = "1980-05-17"


def mrn(written: str) -> str:
    """A record number, as the clinic writes it."""
    if not _MRN.fullmatch(written):
        raise CellError("a record number of up to 40 letters, digits, dots, dashes, slashes or underscores")
    return written


def person_name(written: str) -> str:
    """A given or family name, its spaces made even."""
    name = " ".join(unicodedata.normalize("NFC", written).split())
    if len(name) > _LONGEST_NAME or not any(letter.isalpha() for letter in name):
        raise CellError(f"a name with at least one letter, up to {_LONGEST_NAME} characters")
    return name


def email(written: str) -> str:
    """An e-mail address."""
    if not _EMAIL.fullmatch(written):
        raise CellError("one e-mail address")
    return written


def yes_no(written: str) -> bool:
    """Yes or no."""
    try:
        return _YES_NO[written.casefold()]
    except KeyError:
        raise CellError("yes or no") from None


def one_of(choices: tuple[str, ...], what: str) -> Callable[[str], str]:
    """A reader for one of some words, which are the clinic's and may be named."""

    def read(written: str) -> str:
        if written not in choices:
            raise CellError(f"{what}: {', '.join(choices)}")
        return written

    return read


def minutes(written: str) -> timedelta:
    """A visit's length."""
    if not re.fullmatch(r"[1-9]\d{0,2}", written) or int(written) % 5 or int(written) > 480:
        raise CellError("minutes in steps of 5, up to 480")
    return timedelta(minutes=int(written))


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalReaders:
    """Readers that depend on where the clinic is. `country` is its two-letter code, `today` its date."""

    country: str
    zone: ZoneInfo
    today: date

    @property
    def date_form(self) -> str:
        """How dates are written here. Day-first dates are never guessed at: 03/04 would be two people's birthday."""
        return _AN_ISO_DATE + (" or 5/17/1980 (month first)" if self.country == "US" else "")

    def phone(self, written: str) -> str:
        """A phone number in E.164; without a country code it is the clinic's country's."""
        expected = "one phone number without an extension, with its area code (+ and country code if from abroad)"
        if any(sign.isalpha() for sign in written):
            raise CellError(expected)
        try:
            number = phonenumbers.parse(written, self.country)
        except NumberParseException:
            raise CellError(expected) from None
        if number.extension or not phonenumbers.is_valid_number(number):
            raise CellError(expected)
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)

    def birth_date(self, written: str) -> date:
        """A date of birth: today or before, within a long life."""
        day = self.day(written)
        if not self.today.year - _OLDEST <= day.year or day > self.today:
            raise CellError(f"a date of birth that has been, at most {_OLDEST} years ago")
        return day

    def day(self, written: str) -> date:
        """A date; with slashes only where the country is known to put the month first."""
        if match := _ISO_DATE.fullmatch(written):
            year, month, day = map(int, match.groups())
        elif self.country == "US" and (match := _US_DATE.fullmatch(written)):
            month, day, year = map(int, match.groups())
        else:
            raise CellError(f"a date such as {self.date_form}")
        try:
            return date(year, month, day)
        except ValueError:
            raise CellError(f"a date that exists, such as {self.date_form}") from None

    def start(self, written: str) -> datetime:
        """A visit's start: local wall-clock time on a five-minute mark, as the UTC instant it is."""
        expected = f"the clinic's local date and time such as {_AN_ISO_DATE} 09:30, without an offset"
        day_part, _, time_part = written.replace("T", " ", 1).partition(" ")
        match = _TIME.fullmatch(time_part.strip())
        if match is None:
            raise CellError(expected)
        day, hour, minute = self.day(day_part), int(match[1]), int(match[2])
        if match[3]:
            if not 1 <= hour <= 12:
                raise CellError(expected)
            hour = hour % 12 + (12 if match[3] in "Pp" else 0)
        if hour > 23 or minute > 59 or minute % 5:
            raise CellError(f"{expected}, on a five-minute mark")
        return self._instant(datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001 wall time, zoned next

    def _instant(self, wall: datetime) -> datetime:
        first, second = (wall.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if first.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != wall:
            raise CellError("a time that exists: the clock is put forward over this one")
        if first.utcoffset() != second.utcoffset():
            raise CellError("a time that happens once: the clock is set back over this one")
        return first.astimezone(UTC)
