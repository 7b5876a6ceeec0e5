from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.clinic import (
    Gender,
    Holiday,
    Insurer,
    InsurerId,
    InsurerTable,
    LocalTerms,
    LocalText,
    QueueId,
    ReleasePolicy,
    Sensitivity,
    SiteHours,
    SpecialtyId,
    Topic,
    UnknownFactError,
)
from domain.clinic_hours import overlap, time_range
from domain.clinic_topics import HolidaysFact, HoursFact, PhoneFact, ServicesFact, TextFact, facts_about
from domain.ids import PatientId, ProviderId, SiteId, SubjectId
from domain.patient import Patient
from domain.results import HoldReason, Release, ResultId, ResultStatus, TestResult
from tests.unit.domain.scheduling_builders import (
    ADA,
    BEN,
    EARLY,
    EAST,
    MAIN,
    MONDAY,
    OFFICE,
    VISIT,
    clinic,
    hours,
    provider,
    site,
    weekdays,
    words,
)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("es", "Centro"),
        ("es-MX", "Centro"),
        ("ES_us", "Centro"),
        ("en", "Downtown"),
        ("fr", "Downtown"),
        ("", "Downtown"),
    ],
)
def test_words_come_in_the_language_asked_else_in_the_clinics_own(language: str, expected: str) -> None:
    assert LocalText(texts=(("es", "Centro"), ("en", "Downtown")), default="en").in_(language) == expected


def test_phrases_of_another_language_are_not_mixed_in() -> None:
    terms = LocalTerms(terms=(("en", ("skin doctor",)),))

    assert terms.in_("en") == ("skin doctor",)
    assert terms.in_("es") == ()


def test_names_of_people_and_of_teams() -> None:
    team = replace(provider(), given_name="", family_name="", title=words("Lab team"))

    assert provider().name_in("en") == "Dr. Test"
    assert provider().name_in("en", full=True) == "Dr. Ada Test"
    assert team.name_in("es", full=True) == "Lab team (es)"


@pytest.mark.parametrize(
    "lookup", ["site", "specialty", "provider", "visit_type", "test", "medicine", "insurer", "queue"]
)
def test_what_the_clinic_does_not_have_is_a_typed_error(lookup: str) -> None:
    with pytest.raises(UnknownFactError, match="'nothing'"):
        getattr(clinic(), lookup)("nothing")


def test_lookups_find_and_select() -> None:
    facts = clinic(
        providers=(
            provider(ADA, gender=Gender.FEMALE, languages=("en", "es")),
            provider(BEN, gender=Gender.MALE, schedule=(SiteHours(site_id=EAST, hours=OFFICE),), visit_type_ids=()),
        )
    )

    assert facts.provider(BEN).id == BEN
    assert [one.id for one in facts.providers_for(VISIT)] == [ADA]
    assert [one.id for one in facts.find_providers(language="es")] == [ADA]
    assert [one.id for one in facts.find_providers(gender=Gender.MALE, site_id=EAST)] == [BEN]
    assert facts.find_providers(specialty_id=SpecialtyId("other")) == ()


def test_a_reason_without_a_route_goes_to_the_default_queue() -> None:
    desk = clinic().queues[0]
    billing = replace(desk, id=QueueId("billing"))
    facts = replace(clinic(), queues=(desk, billing), routes=(("billing_question", QueueId("billing")),))

    assert facts.queue_for("billing_question") == billing
    assert facts.queue_for("complaint") == desk


def test_hours_of_a_holiday_replace_the_weekdays_where_it_applies() -> None:
    facts = clinic(holidays=(Holiday(on=MONDAY, name=words("Eve"), hours=hours("10:00-11:00"), site_ids=(EAST,)),))

    assert facts.hours_on(MAIN, MONDAY) == OFFICE.days[0]
    assert facts.hours_on(EAST, MONDAY) == hours("10:00-11:00")
    assert facts.holiday(MONDAY) is None


def test_insurance_is_answered_by_site() -> None:
    plan = Insurer(id=InsurerId("plan"), name="Plan", site_ids=(EAST,))
    facts = replace(clinic(), insurance=InsurerTable(as_of=date(2026, 1, 1), insurers=(plan,)))

    assert [one.id for one in facts.insured_at(plan.id)] == [EAST]
    assert facts.insured_at(plan.id, [MAIN]) == ()


def test_each_topic_has_a_fact_for_each_site() -> None:
    holidays = (Holiday(on=MONDAY + timedelta(days=9), name=words("Day")), Holiday(on=MONDAY, name=words("Today")))
    facts = clinic(holidays=holidays)

    found = {topic: facts_about(facts, topic, MONDAY) for topic in Topic}

    assert {len(entries) for entries in found.values()} == {2}
    assert facts_about(facts, Topic.PARKING, MONDAY, EAST) == (
        TextFact(site=facts.site(EAST), text=words("behind the house")),
    )
    assert found[Topic.HOURS][0] == HoursFact(site=facts.site(MAIN), today=(), holiday=holidays[1])
    assert found[Topic.PHONE][0] == PhoneFact(site=facts.site(MAIN), phone="+16175550100")
    assert found[Topic.HOLIDAY][0] == HolidaysFact(site=facts.site(MAIN), holidays=(holidays[1], holidays[0]))
    assert found[Topic.SERVICES][1] == ServicesFact(site=facts.site(EAST), specialties=())
    assert found[Topic.SERVICES][0] == ServicesFact(site=facts.site(MAIN), specialties=facts.specialties)


def test_an_unknown_site_is_refused_for_a_topic() -> None:
    with pytest.raises(UnknownFactError):
        facts_about(clinic(), Topic.HOURS, MONDAY, SiteId("moon"))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("08:00-12:00",), ("09:00-10:00",), ("09:00-10:00",)),
        (("08:00-12:00", "13:00-24:00"), ("11:00-14:00",), ("11:00-12:00", "13:00-14:00")),
        (("08:00-12:00",), ("12:00-13:00",), ()),
        (("00:00-24:00",), ("20:00-24:00",), ("20:00-24:00",)),
    ],
)
def test_shared_spans(left: tuple[str, ...], right: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert overlap(hours(*left), hours(*right)) == hours(*expected)


def test_the_day_ends_at_minute_1440() -> None:
    assert time_range(0, 1440).end_minute == 1440
    assert time_range(0, 1440).start_minute == 0
    assert weekdays("08:00-09:00").on(MONDAY)[0].end_minute == 540


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2000, 8, 3), date(2026, 8, 2), 25),
        (date(2000, 8, 3), date(2026, 8, 3), 26),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
    ],
)
def test_age_in_completed_years(born: date, on: date, age: int) -> None:
    patient = Patient(id=PatientId("p1"), given_name="Ada", family_name="Testwell", birth_date=born)

    assert patient.age_on(on) == age
    assert patient.subject_id == SubjectId("p1")


ROUTINE = ReleasePolicy(
    statuses=frozenset({ResultStatus.FINAL}), sensitivities=frozenset({Sensitivity.ROUTINE}), delay=timedelta(hours=24)
)


@pytest.mark.parametrize(
    ("changes", "sensitivity", "expected"),
    [
        ({}, Sensitivity.ROUTINE, Release.OPEN),
        ({}, Sensitivity.SENSITIVE, Release.HELD),
        ({"status": ResultStatus.PENDING}, Sensitivity.ROUTINE, Release.NOT_READY),
        ({"resulted_at": None}, Sensitivity.ROUTINE, Release.NOT_READY),
        ({"status": ResultStatus.CORRECTED}, Sensitivity.ROUTINE, Release.HELD),
        ({"hold": HoldReason.CLINICIAN}, Sensitivity.ROUTINE, Release.HELD),
        ({"hold": HoldReason.PATIENT_WISH, "released": True}, Sensitivity.ROUTINE, Release.HELD),
        ({"text": None}, Sensitivity.ROUTINE, Release.HELD),
        ({"resulted_at": EARLY - timedelta(hours=23)}, Sensitivity.ROUTINE, Release.HELD),
        ({"released": True, "resulted_at": EARLY}, Sensitivity.SENSITIVE, Release.OPEN),
    ],
)
def test_release_policy(changes: dict[str, Any], sensitivity: Sensitivity, expected: Release) -> None:
    result = TestResult(
        id=ResultId("r1"),
        patient_id=PatientId("p1"),
        test_name="cholesterol",
        status=ResultStatus.FINAL,
        collected_at=EARLY - timedelta(days=4),
        resulted_at=EARLY - timedelta(days=2),
        text=words("Within the range."),
    )

    assert ROUTINE.decide(replace(result, **changes), sensitivity, EARLY) is expected


def test_nothing_is_released_until_a_policy_is_set() -> None:
    result = TestResult(
        id=ResultId("r1"),
        patient_id=PatientId("p1"),
        test_name="cholesterol",
        status=ResultStatus.FINAL,
        collected_at=EARLY,
        resulted_at=EARLY - timedelta(days=9),
        text=words("Within the range."),
    )

    assert clinic().release.decide(result, Sensitivity.ROUTINE, EARLY) is Release.HELD


def test_facts_are_compared_by_value() -> None:
    assert clinic() == clinic()
    assert clinic() != clinic(sites=(site(MAIN), site(EAST, weekdays("10:00-11:00"))))
    assert ProviderId("ada") in {one.id for one in clinic().providers}
