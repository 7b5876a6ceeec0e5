"""Dates, times, hours, phones and lists, as each language writes them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering.formats import Formats
from domain.clinic import Clinic
from domain.dialogue.reply import Local, Named, NameKind
from domain.when import Grain, When, WhenStatus
from tests.unit.bot.rendering.arrange import NOW, slot

Make = Callable[[str], Formats]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Thursday, March 5, 3:00 PM, Dr. Grace Lee, Downtown"),
        ("es", "jueves 5 de marzo, 3:00 p. m., Dra. Grace Lee, Centro"),
    ],
)
def test_a_visit_reads_weekday_date_time_and_place(formats: Make, clinic: Clinic, language: str, written: str) -> None:
    assert formats(language).slot(slot(clinic)) == written


@pytest.mark.parametrize(
    ("hours", "english", "spanish"),
    [
        (5, "today at 3:00 PM", "hoy a las 3:00 p. m."),
        (3, "today at 1:00 PM", "hoy a la 1:00 p. m."),
        (22, "tomorrow at 8:00 AM", "mañana a las 8:00 a. m."),
        (46, "Wednesday at 8:00 AM", "el miércoles a las 8:00 a. m."),
        (6 * 24 - 2, "Sunday at 9:00 AM", "el domingo a las 9:00 a. m."),
        (7 * 24 - 3, "Monday, March 9 at 8:00 AM", "el lunes 9 de marzo a las 8:00 a. m."),
        (366 * 24, "Wednesday, March 3, 2027 at 10:00 AM", "el miércoles 3 de marzo de 2027 a las 10:00 a. m."),
    ],
)
def test_a_moment_reads_from_today(formats: Make, hours: int, english: str, spanish: str) -> None:
    moment = NOW + timedelta(hours=hours)

    assert formats("en").moment(moment) == english
    assert formats("es").moment(moment) == spanish


def test_without_a_clock_a_moment_is_dated(formats: Make) -> None:
    assert replace(formats("en"), today=None).moment(NOW) == "Monday, March 2 at 10:00 AM"


def test_times_are_the_clinic_s_own_across_the_clock_change(formats: Make) -> None:
    before, after = datetime(2026, 3, 7, 14, 0, tzinfo=UTC), datetime(2026, 3, 8, 14, 0, tzinfo=UTC)

    assert formats("en").moment(before) == "Saturday at 9:00 AM"
    assert formats("en").moment(after) == "Sunday at 10:00 AM"


@pytest.mark.parametrize(
    ("spans", "english", "spanish"),
    [
        (
            ("08:00-12:00", "13:00-17:00"),
            "8:00 AM to 12:00 PM and 1:00 PM to 5:00 PM",
            "de 8:00 a. m. a 12:00 p. m. y de 1:00 p. m. a 5:00 p. m.",
        ),
        (("09:00-13:00",), "9:00 AM to 1:00 PM", "de 9:00 a. m. a 1:00 p. m."),
        (("00:00-00:00",), "24 hours", "24 horas"),
        (("18:00-00:00",), "6:00 PM to 12:00 AM", "de 6:00 p. m. a 12:00 a. m."),
    ],
)
def test_hours_read_as_spans(formats: Make, spans: tuple[str, ...], english: str, spanish: str) -> None:
    assert formats("en").hours(spans) == english
    assert formats("es").hours(spans) == spanish


def test_hours_of_another_form_are_refused(formats: Make) -> None:
    with pytest.raises(ValueError, match="HH:MM-HH:MM"):
        formats("en").hours(("8 to 12",))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+15555550142", "(555) 555-0142"),
        ("+16175550110", "(617) 555-0110"),
        ("6175550110", "(617) 555-0110"),
        ("+525555550142", "+52 55 5555 0142"),
        ("call us", "call us"),
    ],
)
def test_phones_read_as_the_clinic_s_country_writes_them(formats: Make, number: str, written: str) -> None:
    assert formats("en").phone(number) == written


def test_several_visits_stand_one_a_line_and_several_dates_apart(formats: Make, clinic: Clinic) -> None:
    visits = (slot(clinic), slot(clinic, day=6))

    assert formats("es").value(visits).splitlines()[1] == "- viernes 6 de marzo, 3:00 p. m., Dra. Grace Lee, Centro"
    assert formats("en").value((date(2026, 5, 25), date(2026, 6, 19))) == "Monday, May 25; Friday, June 19"


def test_a_list_of_names_is_a_sentence(formats: Make, clinic: Clinic) -> None:
    names = tuple(Named(kind=NameKind.SITE, id=site.id) for site in clinic.sites)

    assert formats("en").value(names) == "Downtown, Eastside, and Northgate"
    assert formats("es").value(names).endswith(" y Northgate")


def test_a_date_of_another_year_says_so(formats: Make) -> None:
    assert formats("en").day(date(2027, 1, 4)) == "Monday, January 4, 2027"
    assert formats("es").day(date(2027, 1, 4)) == "lunes 4 de enero de 2027"
    assert formats("en").date(date(2026, 1, 15)) == "January 15, 2026"


def test_two_readings_of_one_wish_have_different_labels(formats: Make, clinic: Clinic) -> None:
    start = datetime(2026, 5, 6, 7, 0, tzinfo=clinic.zone)
    day = When(status=WhenStatus.OK, start=start, grain=Grain.DAY, date_given=True)
    morning = replace(day, grain=Grain.HOUR, time_given=True)
    evening = replace(morning, start=start + timedelta(hours=12))

    assert formats("en").label(day) == "Wed, May 6"
    assert formats("en").label(morning) == "Wed May 6, 7:00 AM"
    assert formats("en").label(evening) == "Wed May 6, 7:00 PM"
    assert formats("en").when(morning) == "Wednesday, May 6, 7:00 AM"
    assert formats("en").when(When(status=WhenStatus.OK, grain=Grain.ANY)) == "any time"


@settings(max_examples=200, deadline=None)
@given(moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001  # zone given
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_time_fits_a_button_and_has_plain_spaces(
    shared: dict[str, Formats], clinic: Clinic, language: str, moment: datetime
) -> None:
    writes = shared[language]
    visit = replace(slot(clinic), starts_at=moment)

    assert len(writes.label(visit)) <= 20
    assert len(f"3. {writes.shorter_label(visit)}") <= 20
    assert len(writes.label(moment.date())) <= 20
    said = writes.slot(visit) + writes.moment(moment)
    assert "\u202f" not in said
    assert "\u00a0" not in said


@pytest.fixture(scope="module")
def shared(clinic: Clinic, styles: dict[str, object], shipped: object) -> dict[str, Formats]:
    return {
        language: Formats(language=language, style=styles[language], clinic=clinic, catalogue=shipped)  # type: ignore[arg-type]  # fixtures
        for language in ("en", "es")
    }


def test_the_clinic_s_words_come_in_the_patient_s_language(formats: Make) -> None:
    words = Local(by_language={"en": "Free parking.", "es": "Estacionamiento gratis."})

    assert formats("es").value(words) == "Estacionamiento gratis."
    assert formats("en").value(Named(kind=NameKind.PROVIDER, id="reyes_sofia")) == "Nurse Practitioner Sofía Reyes"
