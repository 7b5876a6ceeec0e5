"""What holds for any text, instant and zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.when import NO_TIME, Grain, Interval, When, WhenStatus
from nlu.entities.when import languages, read_when
from nlu.entities.when.lexicon import lexicon_for
from nlu.errors import UnknownLanguageError

ZONES = (
    "America/New_York",
    "America/Los_Angeles",
    "Europe/Madrid",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "UTC",
)
TUESDAY = datetime(2026, 11, 17, 15, tzinfo=UTC)

instants = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy takes naive bounds
zones = st.sampled_from(ZONES).map(ZoneInfo)


def _words(language: str) -> list[str]:
    lexicon = lexicon_for(language)
    phrases = [" ".join((first, *one.rest)) for first, each in lexicon.phrases.items() for one in each]
    numbers = [
        "3",
        "5th",
        "10:30",
        "25:99",
        "5/12",
        "31",
        "2026-12-05",
        "99",
        "1530",
        "0930h",
        "3pm",
        "2-4",
        "31/2/2027",
    ]
    return [*phrases, *numbers, ",", ".", "-", "/", "?", "foo"]


def said(language: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(_words(language)), min_size=1, max_size=10).map(" ".join)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _check(when: When, zone: ZoneInfo, text: str) -> None:
    assert when.text in text
    intervals = (*when.windows, *when.excluded, *when.readings)
    for one in intervals:
        for end in (one.start, one.end):
            assert end is None or end.tzinfo is zone
        if one.start and one.end:
            assert _utc(one.start) < _utc(one.end)
    starts = [_utc(window.start) for window in when.windows if window.start]
    assert starts == sorted(starts)
    match when.status:
        case WhenStatus.NONE:
            assert when == NO_TIME
        case WhenStatus.ASK:
            assert (when.start, when.end, when.windows) == (None, None, ())
        case WhenStatus.OK:
            assert when.windows or when.excluded
            assert when.readings == ()
            if when.windows:
                assert Interval(start=when.start, end=when.end) == when.windows[0]


@settings(max_examples=400, deadline=None)
@given(language=st.sampled_from(("en", "es")), text=st.data(), instant=instants, zone=zones)
def test_any_words_about_time_give_ordered_aware_intervals(
    language: str, text: st.DataObject, instant: datetime, zone: ZoneInfo
) -> None:
    message = text.draw(said(language))

    _check(read_when(message, reference=instant, zone=zone, language=language), zone, message)


@settings(max_examples=200, deadline=None)
@given(language=st.sampled_from(("en", "es")), message=st.text(max_size=200), instant=instants, zone=zones)
def test_any_text_at_all_is_read_without_error(language: str, message: str, instant: datetime, zone: ZoneInfo) -> None:
    _check(read_when(message, reference=instant, zone=zone, language=language), zone, message)


@settings(max_examples=50, deadline=None)
@given(part=said("en"), instant=instants)
def test_a_message_of_ten_thousand_characters_is_read(part: str, instant: datetime) -> None:
    message = ((part + " ") * 5000)[:10_000]

    _check(read_when(message, reference=instant, zone=ZoneInfo("UTC"), language="en"), ZoneInfo("UTC"), message)


@settings(max_examples=200, deadline=None)
@given(hour=st.integers(0, 23), minute=st.integers(0, 59), instant=instants, zone=zones)
def test_a_clock_time_tomorrow_is_that_minute_unless_the_clocks_skip_it(
    hour: int, minute: int, instant: datetime, zone: ZoneInfo
) -> None:
    when = read_when(f"tomorrow at {hour:02}:{minute:02}", reference=instant, zone=zone, language="en")

    day = instant.astimezone(zone).date() + timedelta(days=1)
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    if _utc(moment).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None):
        assert when.start == moment
        assert when.grain is Grain.MINUTE
    else:
        assert when.status is WhenStatus.ASK
        assert when.readings == ()


@pytest.mark.parametrize(
    ("zone", "reference", "hours"),
    [
        ("America/New_York", datetime(2027, 3, 13, 17, tzinfo=UTC), 23),
        ("America/New_York", datetime(2026, 10, 31, 17, tzinfo=UTC), 25),
        ("Europe/Madrid", datetime(2027, 3, 27, 12, tzinfo=UTC), 23),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 3, tzinfo=UTC), 23.5),
        ("Africa/Cairo", datetime(2026, 4, 23, 12, tzinfo=UTC), 23),
        ("Asia/Kathmandu", datetime(2026, 4, 23, 12, tzinfo=UTC), 24),
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(zone: str, reference: datetime, hours: float) -> None:
    when = read_when("tomorrow", reference=reference, zone=ZoneInfo(zone), language="en")

    assert when.start is not None
    assert when.end is not None
    assert _utc(when.end) - _utc(when.start) == timedelta(hours=hours)


def test_a_day_that_begins_inside_a_gap_begins_when_the_gap_ends() -> None:
    cairo = ZoneInfo("Africa/Cairo")

    when = read_when("tomorrow", reference=datetime(2026, 4, 23, 12, tzinfo=UTC), zone=cairo, language="en")

    assert when.start == datetime(2026, 4, 24, 1, tzinfo=cairo)


def test_a_day_a_zone_skipped_is_asked_about() -> None:
    reference = datetime(2011, 12, 29, 22, tzinfo=UTC)

    when = read_when("tomorrow", reference=reference, zone=ZoneInfo("Pacific/Apia"), language="en")

    assert (when.status, when.readings) == (WhenStatus.ASK, ())


def test_a_time_shown_twice_is_its_first_showing() -> None:
    reference = datetime(2026, 10, 31, 17, tzinfo=UTC)

    when = read_when("tomorrow at 1:30 am", reference=reference, zone=ZoneInfo("America/New_York"), language="en")

    assert when.start is not None
    assert _utc(when.start) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_today_is_the_patients_day_not_the_servers() -> None:
    midnight_utc = datetime(2026, 11, 20, 2, tzinfo=UTC)

    when = read_when("today", reference=midnight_utc, zone=ZoneInfo("America/Los_Angeles"), language="en")

    assert when.start == datetime(2026, 11, 19, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_an_excepted_day_is_admitted_by_nothing() -> None:
    zone = ZoneInfo("UTC")

    when = read_when("next week except wednesday", reference=TUESDAY, zone=zone, language="en")

    assert when.admits(datetime(2026, 11, 24, 10, tzinfo=zone))
    assert not when.admits(datetime(2026, 11, 25, 10, tzinfo=zone))


@pytest.mark.parametrize(("zone", "first_month"), [("America/Chicago", 5), ("Europe/London", 12), ("Asia/Manila", 12)])
def test_the_likelier_reading_of_a_numeric_date_comes_first(zone: str, first_month: int) -> None:
    when = read_when("5/12", reference=TUESDAY, zone=ZoneInfo(zone), language="en")

    first = when.readings[0].start
    assert first is not None
    assert first.month == first_month


def test_a_regional_language_code_is_its_language() -> None:
    when = read_when("pasado mañana", reference=TUESDAY, zone=ZoneInfo("UTC"), language="es-MX")

    assert when.start == datetime(2026, 11, 19, tzinfo=UTC)


def test_the_span_used_is_a_piece_of_the_message() -> None:
    when = read_when(
        "Hi! Could I come NXT TUES after 3, please?", reference=TUESDAY, zone=ZoneInfo("UTC"), language="en"
    )

    assert when.text == "NXT TUES after 3"


def test_a_language_without_a_lexicon_is_refused_by_name() -> None:
    with pytest.raises(UnknownLanguageError, match="'xx'"):
        read_when("monday", reference=TUESDAY, zone=ZoneInfo("UTC"), language="xx")


def test_a_naive_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        read_when("monday", reference=datetime(2026, 11, 17), zone=ZoneInfo("UTC"), language="en")  # noqa: DTZ001 - what is refused


def test_shipped_languages_have_lexicons() -> None:
    assert {"en", "es"} <= set(languages())
