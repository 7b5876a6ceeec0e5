from __future__ import annotations

from datetime import date

import pytest

from nlu.entities.when.nodes import Holiday
from nlu.entities.when.yearly import day_in, easter, holiday_from, nth_weekday


@pytest.mark.parametrize("sunday", [date(2024, 3, 31), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)])
def test_easter_falls_where_the_church_keeps_it(sunday: date) -> None:
    assert easter(sunday.year) == sunday


def test_a_holiday_that_is_over_is_next_years() -> None:
    assert holiday_from(Holiday(from_easter=-2), date(2026, 4, 3)) == date(2026, 4, 3)
    assert holiday_from(Holiday(from_easter=-2), date(2026, 4, 4)) == date(2027, 3, 26)


@pytest.mark.parametrize(
    ("nth", "found"), [(1, date(2026, 11, 6)), (4, date(2026, 11, 27)), (5, None), (0, None), (-1, date(2026, 11, 27))]
)
def test_fridays_of_a_month_that_has_four(nth: int, found: date | None) -> None:
    assert nth_weekday(nth, 4, date(2026, 11, 1)) == found


@pytest.mark.parametrize(("month", "day"), [(2, 30), (13, 1), (0, 1), (4, 31)])
def test_there_is_no_such_day(month: int, day: int) -> None:
    assert day_in(2026, month, day) is None
