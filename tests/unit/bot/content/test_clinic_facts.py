from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.content.clinic_facts import load_clinic, parse_clinic
from domain.appointment import Modality
from domain.clinic import BookingMode, SameDayReserve, Sensitivity, TimeRange
from domain.errors import ContentError
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.results import ResultStatus

SMALL = """\
clinic:
  name: {en: Test Clinic, es: Clínica de Prueba}
  alias: {all: the office}
  country: US
  zone: America/New_York
  languages: [en, es]
  default_language: en
  default_queue: desk
sites:
  - id: main
    name: {en: Main, es: Principal}
    address: {all: 1 Test Street}
    phone: "+16175550100"
    hours:
      mon-fri: [08:00-12:00, 13:00-17:00]
      sat: [09:00-12:30]
    parking: {en: Behind the house., es: Detrás de la casa.}
    access: {en: No steps., es: Sin escalones.}
specialties:
  - {id: care, name: {en: Care, es: Atención}, default_visit_type: visit}
visit_types:
  - id: visit
    name: {en: Visit, es: Consulta}
    generic_name: {en: visit, es: cita}
    specialty: care
    duration: 45 min
    modalities: [video, in_person]
    mode: request
    min_age: 2
    max_age: 17
    lead_time: 2 days
    max_days_ahead: 30
    daily_cap: 3
    same_day_reserve: {percent: 20}
    buffer: 15 min
    needs_referral: true
    aliases: {en: [see someone]}
providers:
  - id: lee
    title: {en: Dr., es: Dra.}
    given_name: Demo
    family_name: Lee
    gender: female
    languages: [en, fr]
    specialties: [care]
    visit_types: all
    schedule:
      main: {tue: [08:00-12:00]}
    leave: [{from: 2026-03-07, to: 2026-03-08}]
queues:
  - {id: desk, name: {en: Desk, es: Recepción}, hours: {mon-fri: [08:00-17:00]}, respond_within: 1 h}
  - {id: crisis, name: {en: Crisis, es: Crisis}, hours: always, respond_within: 5 min, pages: true, restricted: true}
insurance:
  as_of: 2026-01-15
  plans: [{id: plan, name: Test Plan, sites: all}]
routes: {self_harm: crisis}
holidays:
  - {date: 2026-12-24, name: {en: Eve, es: Víspera}, hours: [08:00-12:00], sites: [main]}
tests:
  - {id: iron, name: {en: Iron, es: Hierro}, sensitivity: routine, texts: {fine: {en: Fine., es: Bien.}}}
medicines:
  - {id: tonic, name: {en: tonic, es: tónico}}
release: {statuses: [final], sensitivities: [routine], delay: 24 h}
spans: {hold: 7 min, code_tries: 3}
"""


def test_every_fact_is_read() -> None:
    clinic = parse_clinic(SMALL, file="clinic.yml")

    visit, lee = clinic.visit_type(VisitTypeId("visit")), clinic.provider(ProviderId("lee"))
    assert clinic.name.in_("es") == "Clínica de Prueba"
    assert clinic.alias.in_("es") == "the office"
    assert clinic.site(SiteId("main")).hours.days[5] == (TimeRange(opens=time(9), closes=time(12, 30)),)
    assert clinic.site(SiteId("main")).hours.days[6] == ()
    assert clinic.site(SiteId("main")).emergency_number is None
    assert visit.duration == timedelta(minutes=45)
    assert visit.modalities == (Modality.VIDEO, Modality.IN_PERSON)
    assert visit.mode is BookingMode.REQUEST
    assert (visit.min_age, visit.max_age, visit.daily_cap, visit.max_days_ahead) == (2, 17, 3, 30)
    assert (visit.lead_time, visit.buffer) == (timedelta(days=2), timedelta(minutes=15))
    assert visit.reserve == SameDayReserve(percent=20)
    assert visit.needs_referral
    assert visit.aliases.in_("en") == ("see someone",)
    assert lee.visit_type_ids == (visit.id,)
    assert lee.name_in("es", full=True) == "Dra. Demo Lee"
    assert clinic.queue_for("self_harm").restricted
    assert clinic.queue_for("complaint").id == "desk"
    assert clinic.insurance.as_of == date(2026, 1, 15)
    assert clinic.insurance.insurers[0].site_ids == ("main",)
    assert clinic.holidays[0].site_ids == ("main",)
    assert clinic.tests[0].texts[0][1].in_("es") == "Bien."
    assert clinic.tests[0].sensitivity is Sensitivity.ROUTINE
    assert clinic.release.statuses == {ResultStatus.FINAL}
    assert (clinic.spans.hold, clinic.spans.code_tries, clinic.spans.nudge) == (
        timedelta(minutes=7),
        3,
        timedelta(minutes=30),
    )


def test_leave_is_whole_local_days_over_a_clock_change() -> None:
    leave = parse_clinic(SMALL, file="clinic.yml").provider(ProviderId("lee")).leave[0]

    assert leave.starts_at == datetime(2026, 3, 7, 5, tzinfo=UTC)
    assert leave.ends_at == datetime(2026, 3, 9, 4, tzinfo=UTC)


def _line_of(text: str) -> int:
    return SMALL[: SMALL.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("good", "bad", "found", "expected"),
    [
        ("country: US", "country: usa", "'usa'", "two-letter country code"),
        ("country: US", "country: no", "the yes-or-no value 'no'", "two-letter country code"),
        ("zone: America/New_York", "zone: America/Nowhere", "'America/Nowhere'", "a time zone"),
        ("zone: America/New_York", "zone: ../etc/passwd", "'../etc/passwd'", "a time zone"),
        ("default_language: en", "default_language: fr", "'fr'", "en, es"),
        ("languages: [en, es]", "languages: [en, en]", "'en' again", "each language once"),
        ("languages: [en, es]", "languages: [English]", "'English'", "a language code"),
        ("default_queue: desk", "default_queue: nobody", "'nobody'", "desk, crisis"),
        ("name: {en: Main, es: Principal}", "name: {en: Main}", "no 'es'", "the key 'es'"),
        ("name: {en: Main, es: Principal}", "name: Main", "the text 'Main'", "a mapping"),
        ("name: {en: Main, es: Principal}", "name: {all: Main, es: Principal}", "unknown key 'es'", "all"),
        ("es: Principal", "es: ''", "''", "a text"),
        ('phone: "+16175550100"', "phone: 6175550100", "the number '6175550100'", "a quoted phone number"),
        ("mon-fri: [08:00-12:00, 13:00-17:00]", "mon-fry: []", "'mon-fry'", "a weekday"),
        ("mon-fri: [08:00-12:00, 13:00-17:00]", "fri-mon: []", "'fri-mon'", "within one week"),
        ("sat: [09:00-12:30]", "fri: [09:00-12:30]", "'fri' again", "each weekday once"),
        ("mon-fri: [08:00-12:00, 13:00-17:00]", "mon-fri: [08:00-13:00, 12:00-17:00]", "12:00-17:00", "do not overlap"),
        ("sat: [09:00-12:30]", "sat: [12:30-09:00]", "12:30-09:00", "a span of hours"),
        ("sat: [09:00-12:30]", "sat: [09:00-12:32]", "09:00-12:32", "five-minute marks"),
        ("sat: [09:00-12:30]", "sat: [9-12]", "'9-12'", "a span of hours"),
        ("sat: [09:00-12:30]", "sat: 09:00-12:30", "the text", "a list"),
        ("default_visit_type: visit", "default_visit_type: nap", "'nap'", "a visit type: visit"),
        ("duration: 45 min", "duration: 45", "the number '45'", "a span such as 20 min"),
        ("duration: 45 min", "duration: 42 min", "'42 min'", "a multiple of 5 min"),
        ("duration: 45 min", "duration: 0 min", "'0 min'", "a multiple of 5 min"),
        ("modalities: [video, in_person]", "modalities: [telepathy]", "'telepathy'", "in_person, video, phone"),
        ("modalities: [video, in_person]", "modalities: []", "a list", "one or more modalities"),
        ("max_age: 17", "max_age: 1", "'1'", "not below min_age (2)"),
        ("daily_cap: 3", "daily_cap: three", "'three'", "a whole number from 1 to 200"),
        ("daily_cap: 3", "daily_cap: 0", "'0'", "a whole number from 1 to 200"),
        ("needs_referral: true", "needs_referral: yes", "'yes'", "true or false"),
        ("specialty: care", "speciality: care", "key 'speciality'", "id, name, generic_name, specialty"),
        ("gender: female", "gender: f", "'f'", "female, male, nonbinary"),
        ("main: {tue: [08:00-12:00]}", "moon: {tue: [08:00-12:00]}", "'moon'", "a site: main"),
        ("{from: 2026-03-07, to: 2026-03-08}", "{from: 2026-03-07, to: 2026-03-06}", "2026-03-06", "not before"),
        ("{from: 2026-03-07, to: 2026-03-08}", "{from: 7 March, to: 2026-03-08}", "'7 March'", "a date such as"),
        ("hours: {mon-fri: [08:00-17:00]}", "hours: {mon: []}", "never opens", "at least one weekday"),
        ("routes: {self_harm: crisis}", "routes: {boredom: crisis}", "'boredom'", "an intent"),
        ("sensitivity: routine", "sensitivity: secret", "'secret'", "routine, sensitive"),
        ("statuses: [final]", "statuses: [pending]", "pending", "final or corrected"),
        ("spans: {hold: 7 min", "spans: {hold: 0 min", "'0 min'", "longer than nothing"),
        ("  - {id: crisis,", "  - {id: desk,", "'desk' again", "each queue id once"),
        ("  - id: lee", "  - id: Dr Lee", "'Dr Lee'", "an id of lower-case letters"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(good: str, bad: str, found: str, expected: str) -> None:
    assert good in SMALL
    with pytest.raises(ContentError) as caught:
        parse_clinic(SMALL.replace(good, bad, 1), file="clinic.yml")

    error = caught.value
    assert error.file == "clinic.yml"
    assert error.line == _line_of(good)
    assert found in error.found
    assert expected in error.expected


def test_a_missing_section_is_named() -> None:
    without = SMALL.replace("insurance:\n  as_of: 2026-01-15\n  plans: [{id: plan, name: Test Plan, sites: all}]\n", "")

    with pytest.raises(ContentError, match=r"clinic.yml:1: found no 'insurance' .*expected the key 'insurance'"):
        parse_clinic(without, file="clinic.yml")


def test_two_holidays_on_one_date_and_site_are_refused() -> None:
    again = SMALL.replace("tests:\n", "  - {date: 2026-12-24, name: {all: Eve}}\ntests:\n", 1)

    with pytest.raises(ContentError, match="2026-12-24 again"):
        parse_clinic(again, file="clinic.yml")


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("", 1, "an empty file"),
        ("clinic: [", 1, ""),
        ("a: 1\nb: 'open\n", 3, "unexpected end"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
        ("a: *nothing\n", 1, "undefined alias"),
        ("- a\n- b\n", 1, "a list"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
    ],
)
def test_what_is_not_yaml_is_an_error_with_a_line(text: str, line: int, found: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_clinic(text, file="clinic.yml")

    assert caught.value.line == line
    assert found in caught.value.found


def test_files_that_cannot_be_read_are_content_errors(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yml"
    latin.write_bytes(b"clinic:\n  name: Cl\xednica\n")

    with pytest.raises(ContentError, match="bytes that are not text"):
        load_clinic(latin)
    with pytest.raises(ContentError, match="expected a readable file"):
        load_clinic(tmp_path / "missing.yml")


def test_bytes_that_are_not_text_are_named_by_line(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yml"
    latin.write_bytes(b"clinic:\n  name: Cl\xednica\n")

    with pytest.raises(ContentError) as caught:
        load_clinic(latin)

    assert caught.value.line == 2
