import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from itertools import count, pairwise
from pathlib import Path

import pytest

from bot.content.clinic_facts import load_clinic
from bot.demo.calendar import full_monday, gap_day
from bot.demo.people import OUT_OF_SERVICE
from bot.demo.seed import DemoData, build_demo
from domain.appointment import Appointment, AppointmentStatus
from domain.clinic import Clinic, Sensitivity, TestKindId
from domain.ids import ProviderId, VisitTypeId
from domain.results import HoldReason, Release, ResultStatus
from domain.scheduling import Diary, RefusalReason, SlotWish, Visitor, find_slots
from domain.scheduling_free import working
from domain.when import Interval, When, WhenStatus

TODAY = date(2026, 7, 29)
DAYS = [TODAY, date(2026, 3, 6), date(2026, 10, 31), date(2026, 12, 24), date(2026, 8, 31), date(2027, 1, 4)]


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return load_clinic(Path(str(files("bot.content") / "clinic.yml")))


def _ids() -> Callable[[], str]:
    numbers: Iterator[int] = count()
    return lambda: f"id-{next(numbers):05d}"


def _now(clinic: Clinic, today: date) -> datetime:
    return datetime.combine(today, time(10), clinic.zone).astimezone(UTC)


def _demo(clinic: Clinic, today: date = TODAY, seed: int = 7) -> DemoData:
    return build_demo(clinic, seed=seed, today=today, now=_now(clinic, today), new_id=_ids())


def _diary(data: DemoData) -> Diary:
    return Diary(booked=tuple(visit.slot for visit in data.appointments if visit.status.is_live), leave=data.leave)


def _day(clinic: Clinic, day: date, hours: tuple[int, int] = (0, 24)) -> When:
    start = datetime.combine(day, time(0), clinic.zone)
    window = Interval(start=start + timedelta(hours=hours[0]), end=start + timedelta(hours=hours[1]))
    return When(status=WhenStatus.OK, windows=(window,), date_given=True)


def test_the_same_seed_and_date_give_the_same_demo(clinic: Clinic) -> None:
    assert _demo(clinic) == _demo(clinic)
    assert _demo(clinic).patients != _demo(clinic, seed=8).patients


@pytest.mark.parametrize("today", DAYS)
def test_nobody_is_in_two_places_and_every_visit_keeps_the_clinics_hours(clinic: Clinic, today: date) -> None:
    data = _demo(clinic, today)
    by_provider: dict[str, list[Appointment]] = defaultdict(list)
    by_patient: dict[str, list[Appointment]] = defaultdict(list)
    for visit in data.appointments:
        by_provider[visit.slot.provider_id].append(visit)
        by_patient[str(visit.patient_id)].append(visit)
        _assert_in_hours(clinic, visit)

    for visits in (*by_provider.values(), *by_patient.values()):
        ordered = sorted(visits, key=lambda visit: visit.slot.starts_at)
        for one, following in pairwise(ordered):
            assert one.slot.ends_at <= following.slot.starts_at


def _assert_in_hours(clinic: Clinic, visit: Appointment) -> None:
    start, end = visit.slot.starts_at.astimezone(clinic.zone), visit.slot.ends_at.astimezone(clinic.zone)
    provider = clinic.provider(visit.slot.provider_id)
    spans = working(clinic, provider, visit.slot.site_id, start.date())
    assert any(span.opens <= start.time() and end.time() <= span.closes for span in spans)
    assert visit.slot.visit_type_id in provider.visit_type_ids
    assert visit.slot.ends_at - visit.slot.starts_at == clinic.visit_type(visit.slot.visit_type_id).duration
    assert start.minute % 5 == 0


@pytest.mark.parametrize("today", DAYS)
def test_visits_suit_their_patients(clinic: Clinic, today: date) -> None:
    data = _demo(clinic, today)
    patients = {patient.id: patient for patient in data.patients}

    for visit in data.appointments:
        assert visit.patient_id is not None
        patient, kind = patients[visit.patient_id], clinic.visit_type(visit.slot.visit_type_id)
        age = patient.age_on(visit.slot.starts_at.astimezone(clinic.zone).date())
        assert (kind.min_age or 0) <= age <= (kind.max_age if kind.max_age is not None else 130)
        assert visit.subject_id == patient.subject_id
        assert visit.created_at < visit.slot.starts_at
        assert visit.created_at < _now(clinic, today)


@pytest.mark.parametrize("today", DAYS)
def test_the_past_is_over_and_the_future_is_not(clinic: Clinic, today: date) -> None:
    data, now = _demo(clinic, today), _now(clinic, today)

    for visit in data.appointments:
        over = visit.status in {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}
        assert over == (visit.slot.ends_at <= now)
    assert any(visit.slot.ends_at <= now for visit in data.appointments)
    assert any(visit.slot.starts_at > now for visit in data.appointments)


@pytest.mark.parametrize("today", DAYS)
def test_nothing_is_left_on_the_full_monday(clinic: Clinic, today: date) -> None:
    data, monday = _demo(clinic, today), full_monday(clinic, today)

    assert monday.weekday() == 0
    assert clinic.holiday(monday) is None
    for kind in clinic.visit_types:
        if not kind.bookable or kind.max_days_ahead < (monday - today).days:
            continue
        wish = SlotWish(visit_type_id=kind.id, when=_day(clinic, monday), visitor=Visitor(has_referral=True))
        search = find_slots(clinic, wish, _diary(data), now=_now(clinic, today))
        assert search.offers == ()
        assert search.refusal is not None
        assert search.refusal.reason in {
            RefusalReason.FULL,
            RefusalReason.PROVIDER_AWAY,
            RefusalReason.PROVIDER_ON_LEAVE,
        }


def test_this_afternoon_has_a_gap_while_the_day_is_busy(clinic: Clinic) -> None:
    data = _demo(clinic)
    start = datetime.combine(TODAY, time(14), clinic.zone)
    today = [visit for visit in data.appointments if visit.slot.starts_at.astimezone(clinic.zone).date() == TODAY]

    in_gap = [visit for visit in today if start <= visit.slot.starts_at < start + timedelta(hours=2)]
    wish = SlotWish(visit_type_id=VisitTypeId("primary_visit"), when=_day(clinic, TODAY, (14, 16)))
    assert len(today) > 40
    assert in_gap == []
    assert find_slots(clinic, wish, _diary(data), now=_now(clinic, TODAY)).offers


@pytest.mark.parametrize(
    ("today", "hour", "expected"),
    [
        (date(2026, 7, 29), 10, date(2026, 7, 29)),  # a Wednesday morning
        (date(2026, 7, 29), 13, date(2026, 7, 29)),
        (date(2026, 7, 29), 14, date(2026, 7, 30)),  # too late for today
        (date(2026, 11, 22), 10, date(2026, 11, 24)),  # a Sunday: Monday is the full one
        (date(2026, 11, 26), 10, date(2026, 12, 1)),  # Thanksgiving, a short Friday, a weekend, the full Monday
        (date(2026, 12, 31), 20, date(2027, 1, 5)),
        (date(2026, 7, 3), 10, date(2026, 7, 7)),
    ],
)
def test_a_free_afternoon_can_always_be_had(clinic: Clinic, today: date, hour: int, expected: date) -> None:
    now = datetime.combine(today, time(hour), clinic.zone).astimezone(UTC)
    data = build_demo(clinic, seed=7, today=today, now=now, new_id=_ids())
    wish = SlotWish(visit_type_id=VisitTypeId("primary_visit"), when=_day(clinic, expected, (14, 16)))

    assert gap_day(clinic, today, now) == expected
    assert find_slots(clinic, wish, _diary(data), now=now).offers
    start = datetime.combine(expected, time(14), clinic.zone)
    inside = [visit for visit in data.appointments if start <= visit.slot.starts_at < start + timedelta(hours=2)]
    assert not [visit for visit in inside if visit.patient_id not in data.cast.everyone]


def test_one_provider_is_on_leave_and_sees_nobody(clinic: Clinic) -> None:
    data = _demo(clinic)
    away = data.leave[0]
    wish = SlotWish(
        visit_type_id=VisitTypeId("primary_visit"),
        provider_ids=(away.provider_id,),
        when=_day(clinic, TODAY + timedelta(days=1)),
    )

    search = find_slots(clinic, wish, _diary(data), now=_now(clinic, TODAY))

    assert search.refusal is not None
    assert search.refusal.reason is RefusalReason.PROVIDER_ON_LEAVE
    assert search.refusal.back_on == TODAY + timedelta(days=10)
    assert search.others
    assert not any(
        visit.slot.provider_id == away.provider_id and away.starts_at <= visit.slot.starts_at < away.ends_at
        for visit in data.appointments
    )


@pytest.mark.parametrize("today", DAYS)
@pytest.mark.parametrize("weekday", [1, 3])
def test_the_script_finds_both_lees_after_three(clinic: Clinic, today: date, weekday: int) -> None:
    data = _demo(clinic, today)
    day = today + timedelta(days=7 - today.weekday() + weekday)
    while clinic.hours_on(clinic.sites[0].id, day)[-1:] != clinic.sites[0].hours.on(day)[-1:]:
        day += timedelta(days=7)  # the week of a holiday

    for lee in ("lee_grace", "lee_daniel"):
        wish = SlotWish(
            visit_type_id=VisitTypeId("skin_visit"), provider_ids=(ProviderId(lee),), when=_day(clinic, day, (15, 24))
        )
        assert len(find_slots(clinic, wish, _diary(data), now=_now(clinic, today)).offers) == 3


def test_patients_are_many_varied_and_plainly_invented(clinic: Clinic) -> None:
    data = _demo(clinic)
    patients = data.patients
    phones = Counter(phone for patient in patients for phone in patient.phones)

    assert len(patients) == 200
    assert len({patient.id for patient in patients}) == 200
    assert len({(patient.given_name, patient.family_name) for patient in patients}) == 200
    assert len({patient.mrn for patient in patients}) == 200
    assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d", phone) for phone in phones)
    assert not set(phones) & {site.phone for site in clinic.sites}
    assert sorted(phones.values())[-2:] == [1, 4]
    assert sum(patient.language == "es" for patient in patients) > 40
    assert sum(patient.discreet for patient in patients) > 1
    assert sum(patient.opted_out for patient in patients) > 1
    assert all(patient.email is None or patient.email.endswith("@example.com") for patient in patients)
    assert all(patient.birth_date <= TODAY for patient in patients)
    ages = [patient.age_on(TODAY) for patient in patients]
    assert sum(age < 18 for age in ages) > 20
    assert sum(age > 64 for age in ages) > 15


def test_the_cast_plays_the_parts_the_script_names(clinic: Clinic) -> None:
    data = _demo(clinic)
    cast, now = data.cast, _now(clinic, TODAY)
    patients = {patient.id: patient for patient in data.patients}
    coming = Counter(visit.patient_id for visit in data.appointments if visit.slot.starts_at > now)

    assert [patient.id for patient in data.patients[:9]] == list(cast.everyone)
    assert patients[cast.spanish].language == "es"
    assert patients[cast.discreet].discreet
    assert patients[cast.opted_out].opted_out
    assert len({patients[one].phones for one in cast.household}) == 1
    assert [patients[one].age_on(TODAY) >= 18 for one in cast.household] == [True, True, False, False]
    assert patients[cast.unreachable].phones == (OUT_OF_SERVICE,)
    assert patients[cast.unreachable].age_on(TODAY) >= 18
    assert coming[cast.main] == 0
    assert all(coming[one] == 1 for one in (cast.spanish, cast.discreet, cast.opted_out, cast.household[2]))
    assert data.pins[0].patient_id == cast.main
    assert all(re.fullmatch(r"\d{4}", entry.pin) for entry in data.pins)
    assert len({entry.patient_id for entry in data.pins}) == len(data.pins) > 20


def test_results_are_of_every_kind_and_say_only_approved_words(clinic: Clinic) -> None:
    data, now = _demo(clinic), _now(clinic, TODAY)
    approved = {text for kind in clinic.tests for _, text in kind.texts}

    decided: Counter[Release] = Counter()
    for result in data.results:
        kind = clinic.test(TestKindId(result.test_name))
        decided[clinic.release.decide(result, kind.sensitivity, now)] += 1
        assert result.text is None or result.text in approved
        assert (result.resulted_at is None) == (result.status is ResultStatus.PENDING)
        if kind.sensitivity is Sensitivity.SENSITIVE:
            assert result.text is None
    held = [result for result in data.results if result.patient_id == data.cast.held]
    main = {
        clinic.release.decide(result, clinic.test(TestKindId(result.test_name)).sensitivity, now)
        for result in data.results
        if result.patient_id == data.cast.main
    }
    assert all(decided[release] > 5 for release in Release)
    assert [result.hold for result in held] == [HoldReason.CLINICIAN]
    assert main == {Release.OPEN, Release.NOT_READY}


def test_medicines_are_the_clinics_and_some_have_no_refill_left(clinic: Clinic) -> None:
    data = _demo(clinic)
    known = {kind.id for kind in clinic.medicines}
    main = [medicine for medicine in data.medicines if medicine.patient_id == data.cast.main]

    assert {medicine.kind for medicine in data.medicines} == known
    assert [medicine.refills_left for medicine in main] == [2, 0]
    assert all(medicine.filled_on <= TODAY for medicine in data.medicines)
    assert {clinic.provider(medicine.prescriber_id).id for medicine in data.medicines}
