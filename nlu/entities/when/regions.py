"""Where numeric dates put the month first."""

from __future__ import annotations

from zoneinfo import ZoneInfo

_US_CITIES = frozenset(
    {
        "Adak", "Anchorage", "Boise", "Chicago", "Denver", "Detroit", "Juneau", "Los_Angeles", "Menominee",
        "Metlakatla", "New_York", "Nome", "Phoenix", "Puerto_Rico", "Sitka", "Yakutat",
    }
)  # fmt: skip
_US_STATES = (
    "America/Indiana/",
    "America/Kentucky/",
    "America/North_Dakota/",
    "US/",
    "EST5EDT",
    "CST6CDT",
    "MST7MDT",
    "PST8PDT",
)


def is_us_zone(zone: ZoneInfo) -> bool:
    """Whether a zone lies in the United States."""
    key = zone.key or ""
    area, _, city = key.partition("/")
    return key.startswith(_US_STATES) or key == "Pacific/Honolulu" or (area == "America" and city in _US_CITIES)


def puts_month_first(zone: ZoneInfo, language: str) -> bool:
    """Whether "5/6" is read as May first: English in the United States; day first everywhere else."""
    return language == "en" and is_us_zone(zone)
