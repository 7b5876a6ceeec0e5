from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.entities.birth_date import read_birth_date

TODAY = date(2026, 11, 19)
MARCH_4, APRIL_3 = date(1985, 3, 4), date(1985, 4, 3)


def _days(text: str, *, language: str = "en", us: bool = True) -> list[date]:
    return [one.day for one in read_birth_date(text, language=language, zone_is_us=us, today=TODAY)]


@pytest.mark.parametrize(
    ("language", "us", "expected"),
    [("en", True, [MARCH_4, APRIL_3]), ("en", False, [APRIL_3, MARCH_4]), ("es", True, [APRIL_3, MARCH_4])],
)
def test_the_order_of_numbers_follows_language_and_zone(language: str, *, us: bool, expected: list[date]) -> None:
    assert _days("03/04/1985", language=language, us=us) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4 march 85",
        "March 4th, 1985",
        "mar 4 1985",
        "the fourth of march 1985",
        "march 4 '85",
        "it's 1985-03-04",
        "born 4-mar-1985, thanks",
        "4/MARCH/1985",
    ],
)
def test_english_ways_of_saying_a_birth_date(text: str) -> None:
    assert _days(text) == [MARCH_4]


@pytest.mark.parametrize(
    "text", ["4 de marzo de 1985", "4 de marzo del 85", "nací el 4 marzo 1985", "el cuatro de marzo de 1985"]
)
def test_spanish_ways_of_saying_a_birth_date(text: str) -> None:
    assert _days(text, language="es") == [MARCH_4]


@pytest.mark.parametrize(
    ("text", "year"),
    [("12/25/90", 1990), ("12/25/25", 2025), ("12/25/26", 1926), ("25-12-05", 2005), ("13.11.26", 2026)],
)
def test_a_year_of_two_digits_is_the_latest_that_has_been(text: str, year: int) -> None:
    assert [day.year for day in _days(text)] == [year]


@pytest.mark.parametrize("text", ["03041985", "3 4 1985", "3.4.1985", "03-04-85"])
def test_numbers_however_parted_give_both_orders(text: str) -> None:
    assert _days(text) == [MARCH_4, APRIL_3]


@pytest.mark.parametrize(
    "text",
    [
        "feb 30 1985",
        "13/13/1985",
        "5 march",
        "1/1/1800",
        "12/12/2026",
        "call 555-0123",
        "MRN 4471",
        "120/80",
        "",
        "march",
    ],
)
def test_what_is_no_past_date_gives_nothing(text: str) -> None:
    assert _days(text) == []


def test_the_words_and_their_place_are_reported() -> None:
    text = "Hi, I'm Ana, 4 march 85, calling about a refill"

    (found,) = read_birth_date(text, language="en", zone_is_us=True, today=TODAY)

    assert (found.text, text[found.start : found.end]) == ("4 march 85", "4 march 85")


@given(text=st.text(max_size=80), language=st.sampled_from(("en", "es")), us=st.booleans())
def test_any_text_gives_past_days_only(text: str, language: str, *, us: bool) -> None:
    for found in read_birth_date(text, language=language, zone_is_us=us, today=TODAY):
        assert found.day <= TODAY
        assert text[found.start : found.end] == found.text
