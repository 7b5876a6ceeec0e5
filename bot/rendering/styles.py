"""How each language writes dates, times and the few words rendering adds itself. Data in locales/<language>/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time

from bot.content.yaml_source import Located, read_yaml

_DATES = (
    "day", "day_of_year", "weekday", "date", "short_date", "short_day", "short_slot", "shorter_slot", "time",
)  # fmt: skip
_PHRASES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "at": frozenset({"time"}),
        "at_one": frozenset({"time"}),
        "by": frozenset({"time"}),
        "by_one": frozenset({"time"}),
        "by_today": frozenset({"by"}),
        "by_tomorrow": frozenset({"by"}),
        "today": frozenset({"at"}),
        "tomorrow": frozenset({"at"}),
        "this_week": frozenset({"weekday", "at"}),
        "on_day": frozenset({"day", "at"}),
        "span": frozenset({"opens", "closes"}),
        "all_day": frozenset(),
        "yes_no": frozenset(),
        "cover": frozenset({"clinic"}),
        "emergency": frozenset(),
        "crisis": frozenset(),
    }
)
_NAME = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One language's patterns (CLDR) and phrases, by name. Every pattern and phrase is there: loading sees to it."""

    locale: Locale
    patterns: Mapping[str, str]
    phrases: Mapping[str, str]

    def day(self, value: date, pattern: str) -> str:
        """A date (or a local moment's date) by one of the patterns, without the no-break spaces texts cannot carry."""
        return plain(format_date(value, self.patterns[pattern], locale=self.locale))

    def clock(self, value: time | datetime) -> str:
        """A time of day; the value is already local."""
        return plain(format_time(value, self.patterns["time"], locale=self.locale))

    def moment(self, value: datetime, pattern: str) -> str:
        """An aware local moment by one of the patterns."""
        return plain(format_datetime(value, self.patterns[pattern], tzinfo=value.tzinfo, locale=self.locale))

    def phrase(self, name: str, **values: str) -> str:
        """One of the phrases, filled."""
        return _NAME.sub(lambda found: values[found.group(1)], self.phrases[name])


def plain(text: str) -> str:
    """The text with ordinary spaces: CLDR's narrow ones would turn a short text into a long one by SMS."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def load_style(text: str, *, file: str) -> Style:
    """Read one language's formats.yml. Raises ContentError for anything missing, unknown or misspelt."""
    fields = read_yaml(text, file=file).fields(("version", "locale", "dates", "phrases"))
    dates = fields["dates"].fields(_DATES)
    phrases = fields["phrases"].fields(tuple(_PHRASES))
    return Style(
        locale=_locale(fields["locale"]),
        patterns=MappingProxyType({name: dates[name].text("a CLDR pattern") for name in _DATES}),
        phrases=MappingProxyType({name: _phrase(phrases[name], names) for name, names in _PHRASES.items()}),
    )


def _locale(source: Located) -> Locale:
    try:
        return Locale.parse(source.text("a CLDR locale such as en_US"))
    except (UnknownLocaleError, ValueError) as error:
        raise source.error("a CLDR locale such as en_US") from error


def _phrase(source: Located, names: frozenset[str]) -> str:
    words = source.text("the words")
    if frozenset(_NAME.findall(words)) != names:
        wanted = ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"
        raise source.error(f"these placeholders: {wanted}")
    return words
