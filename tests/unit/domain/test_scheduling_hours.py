from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.clinic import ALWAYS_OPEN, CLOSED, Clinic, Holiday, Queue, QueueId, SiteHours
from domain.scheduling import (
    Diary,
    NeverOpenError,
    SlotWish,
    due_at,
    find_slots,
    is_open,
    next_opening,
    queue_is_open,
    queue_opens,
    response_due,
)
from domain.scheduling_free import grid
from tests.unit.domain.scheduling_builders import (
    MAIN,
    MONDAY,
    OFFICE,
    VISIT,
    ZONE,
    at,
    clinic,
    every_day,
    hours,
    provider,
    site,
    visit_type,
    window,
    words,
)

TUESDAY, FRIDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=4)
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
CLOSED_TUESDAY = (Holiday(on=TUESDAY, name=words("Holiday")),)
SHORT_TUESDAY = (Holiday(on=TUESDAY, name=words("Eve"), hours=hours("09:00-10:00")),)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("08:59", "no"), ("09:00", "yes"), ("11:59", "yes"), ("12:00", "no"), ("13:00", "yes"), ("17:00", "no")],
)
def test_open_hours_are_half_open_and_closed_for_lunch(clock: str, expected: str) -> None:
    assert is_open(OFFICE, (), ZONE, at(MONDAY, clock)) is (expected == "yes")


@pytest.mark.parametrize(
    ("from_", "holidays", "expected"),
    [
        (at(MONDAY, "10:00"), (), at(MONDAY, "10:00")),
        (at(MONDAY, "12:30"), (), at(MONDAY, "13:00")),
        (at(MONDAY, "17:00"), (), at(TUESDAY, "09:00")),
        (at(MONDAY, "17:00"), CLOSED_TUESDAY, at(MONDAY + timedelta(days=2), "09:00")),
        (at(FRIDAY, "23:00"), (), at(MONDAY + timedelta(days=7), "09:00")),
    ],
)
def test_next_opening(from_: datetime, holidays: tuple[Holiday, ...], expected: datetime) -> None:
    assert next_opening(OFFICE, holidays, ZONE, from_) == expected


@pytest.mark.parametrize(
    ("from_", "span", "holidays", "expected"),
    [
        (at(MONDAY, "09:30"), timedelta(hours=1), (), at(MONDAY, "10:30")),
        (at(MONDAY, "11:30"), timedelta(hours=1), (), at(MONDAY, "13:30")),
        (at(MONDAY, "16:00"), timedelta(hours=1), (), at(MONDAY, "17:00")),
        (at(MONDAY, "16:30"), timedelta(hours=1), (), at(TUESDAY, "09:30")),
        (at(MONDAY, "16:30"), timedelta(hours=1), CLOSED_TUESDAY, at(MONDAY + timedelta(days=2), "09:30")),
        (at(MONDAY, "16:30"), timedelta(hours=2), SHORT_TUESDAY, at(MONDAY + timedelta(days=2), "09:30")),
        (at(FRIDAY, "16:30"), timedelta(hours=1), (), at(MONDAY + timedelta(days=7), "09:30")),
        (at(MONDAY, "20:00"), timedelta(0), (), at(TUESDAY, "09:00")),
        (at(MONDAY, "09:00"), timedelta(hours=35), (), at(FRIDAY, "17:00")),
    ],
)
def test_due_time_counts_open_hours_only(
    from_: datetime, span: timedelta, holidays: tuple[Holiday, ...], expected: datetime
) -> None:
    assert due_at(OFFICE, holidays, ZONE, from_, span) == expected


@pytest.mark.parametrize(("day", "wall"), [(SPRING, "13:00"), (AUTUMN, "11:00")])
def test_round_the_clock_hours_count_elapsed_time_over_a_clock_change(day: date, wall: str) -> None:
    start = at(day - timedelta(days=1), "12:00")

    due = due_at(ALWAYS_OPEN, (), ZONE, start, timedelta(hours=24))

    assert due - start == timedelta(hours=24)
    assert due == at(day, wall)


def test_hours_that_never_open_are_an_error() -> None:
    with pytest.raises(NeverOpenError):
        next_opening(CLOSED, (), ZONE, at(MONDAY, "09:00"))
    with pytest.raises(NeverOpenError):
        due_at(CLOSED, (), ZONE, at(MONDAY, "09:00"), timedelta(minutes=1))


def test_a_queue_keeps_the_clinics_holidays_unless_it_says_otherwise() -> None:
    desk = Queue(id=QueueId("desk"), name=words("Desk"), hours=OFFICE, respond_within=timedelta(hours=1))
    crisis = replace(
        desk, id=QueueId("crisis"), hours=ALWAYS_OPEN, respond_within=timedelta(minutes=5), keeps_holidays=False
    )
    elsewhere = Holiday(on=MONDAY, name=words("Works"), site_ids=(MAIN,))
    facts = clinic(queues=(desk, crisis), holidays=(*CLOSED_TUESDAY, elsewhere))
    now = at(TUESDAY, "10:00")

    assert not queue_is_open(facts, desk, now)
    assert queue_opens(facts, desk, now) == at(MONDAY + timedelta(days=2), "09:00")
    assert response_due(facts, desk, now) == at(MONDAY + timedelta(days=2), "10:00")
    assert response_due(facts, crisis, now) == now + timedelta(minutes=5)
    assert queue_is_open(facts, desk, at(MONDAY, "10:00"))


def _night_clinic() -> Clinic:
    night = every_day("00:00-04:00")
    return clinic(
        sites=(site(MAIN, ALWAYS_OPEN),),
        providers=(provider(schedule=(SiteHours(site_id=MAIN, hours=night),)),),
        visit_types=(visit_type(),),
    )


def test_times_that_do_not_exist_in_spring_are_not_offered() -> None:
    wish = SlotWish(visit_type_id=VISIT, when=window(SPRING))

    search = find_slots(_night_clinic(), wish, Diary(), now=at(SPRING - timedelta(days=2), "12:00"), limit=20)

    starts = [offer.starts_at.astimezone(ZONE).strftime("%H:%M") for offer in search.offers]
    assert starts == ["00:00", "00:30", "01:00", "01:30", "03:00", "03:30"]
    assert all(offer.ends_at - offer.starts_at == timedelta(minutes=30) for offer in search.offers)
    assert search.offers[4].starts_at == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)


def test_times_that_occur_twice_in_autumn_are_offered_once_and_in_order() -> None:
    wish = SlotWish(visit_type_id=VISIT, when=window(AUTUMN))

    search = find_slots(_night_clinic(), wish, Diary(), now=at(AUTUMN - timedelta(days=2), "12:00"), limit=20)

    starts = [offer.starts_at.astimezone(ZONE).strftime("%H:%M") for offer in search.offers]
    assert starts == ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]
    instants = [offer.starts_at for offer in search.offers]
    assert instants == sorted(instants)
    assert instants[3] == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert instants[4] == datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "offset"), [(SPRING, 4), (AUTUMN, 5)])
def test_opening_hours_keep_their_wall_time_on_days_with_a_clock_change(day: date, offset: int) -> None:
    facts = clinic(
        sites=(site(MAIN, every_day("09:00-17:00")),),
        providers=(provider(schedule=(SiteHours(site_id=MAIN, hours=every_day("09:00-17:00")),)),),
    )
    wish = SlotWish(visit_type_id=VISIT, when=window(day))

    first = find_slots(facts, wish, Diary(), now=at(day - timedelta(days=3), "12:00")).offers[0]

    assert first.starts_at == datetime(day.year, day.month, day.day, 9 + offset, tzinfo=UTC)


def test_the_grid_holds_no_time_twice_where_an_hour_is_missing() -> None:
    starts = list(grid(ZONE, SPRING, hours("00:00-04:00")[0], visit_type()))

    assert len(starts) == len(set(starts)) == 6


def test_a_closing_that_occurs_twice_is_the_second_one() -> None:
    night = every_day("00:00-01:30")
    first, second = datetime(2026, 11, 1, 5, 15, tzinfo=UTC), datetime(2026, 11, 1, 6, 15, tzinfo=UTC)

    assert [is_open(night, (), ZONE, moment) for moment in (first, second)] == [True, True]
    assert not is_open(night, (), ZONE, second + timedelta(minutes=15))
