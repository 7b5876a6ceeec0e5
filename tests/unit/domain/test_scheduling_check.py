from dataclasses import replace
from datetime import timedelta

import pytest

from domain.appointment import Modality, TimeSlot
from domain.clinic import Holiday, SiteHours
from domain.scheduling import Diary, RefusalReason, Visitor, cells, check_slot
from tests.unit.domain.scheduling_builders import (
    ADA,
    EARLY,
    EAST,
    MAIN,
    MONDAY,
    at,
    busy,
    clinic,
    leave,
    provider,
    slot,
    visit_type,
    weekdays,
    words,
)

TUESDAY = MONDAY + timedelta(days=1)


def test_a_free_time_may_be_booked() -> None:
    assert check_slot(clinic(), slot(TUESDAY, "09:30"), Diary(), now=EARLY) is None


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (slot(MONDAY - timedelta(days=3), "09:00"), RefusalReason.PAST),
        (slot(MONDAY, "09:00"), RefusalReason.TOO_SOON),
        (slot(MONDAY + timedelta(days=42), "09:00"), RefusalReason.TOO_FAR),
        (slot(TUESDAY, "09:00", minutes=45), RefusalReason.NOT_OFFERED),
        (replace(slot(TUESDAY, "09:00"), modality=Modality.PHONE), RefusalReason.NOT_OFFERED),
        (replace(slot(TUESDAY, "09:00"), site_id=EAST), RefusalReason.NOT_OFFERED),
        (slot(TUESDAY, "12:00"), RefusalReason.PROVIDER_AWAY),
        (slot(TUESDAY, "09:07"), RefusalReason.PROVIDER_AWAY),
        (slot(TUESDAY, "10:00"), RefusalReason.TAKEN),
        (slot(MONDAY + timedelta(days=2), "09:00"), RefusalReason.PROVIDER_ON_LEAVE),
        (slot(MONDAY + timedelta(days=3), "09:00"), RefusalReason.CLINIC_CLOSED),
        (slot(MONDAY + timedelta(days=4), "11:00"), RefusalReason.FULL),
    ],
)
def test_why_one_time_may_not_be_booked(wanted: TimeSlot, reason: RefusalReason) -> None:
    thursday, friday = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)
    facts = clinic(
        visit_types=(visit_type(lead_time=timedelta(hours=12), max_days_ahead=30, daily_cap=2),),
        holidays=(Holiday(on=thursday, name=words("Holiday")),),
    )
    diary = Diary(
        busy=(busy(TUESDAY, "10:15-10:20"),),
        booked=(slot(friday, "09:00"), slot(friday, "09:30")),
        leave=(leave(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2)),),
    )

    refusal = check_slot(facts, wanted, diary, now=EARLY)

    assert refusal is not None
    assert refusal.reason is reason


def test_rules_about_the_patient_are_checked_again() -> None:
    facts = clinic(
        providers=(provider(new_patients=False),), visit_types=(visit_type(min_age=18, needs_referral=True),)
    )
    wanted = slot(TUESDAY, "09:00")

    def reason(visitor: Visitor) -> RefusalReason | None:
        refusal = check_slot(facts, wanted, Diary(), now=EARLY, visitor=visitor)
        return refusal.reason if refusal else None

    assert reason(Visitor(age=17, has_referral=True)) is RefusalReason.AGE
    assert reason(Visitor(age=18)) is RefusalReason.NEEDS_REFERRAL
    assert reason(Visitor(age=18, has_referral=True, is_new=True)) is RefusalReason.NEW_PATIENT
    assert reason(Visitor(age=18, has_referral=True)) is None


def test_hours_changed_since_the_offer_refuse_the_time() -> None:
    before = clinic()
    after = clinic(providers=(provider(ADA, schedule=(SiteHours(site_id=MAIN, hours=weekdays("13:00-17:00")),)),))
    wanted = slot(TUESDAY, "09:00")

    assert check_slot(before, wanted, Diary(), now=EARLY) is None
    refusal = check_slot(after, wanted, Diary(), now=EARLY)

    assert refusal is not None
    assert refusal.reason is RefusalReason.PROVIDER_AWAY


def test_cells_cover_the_visit_in_five_minute_steps() -> None:
    assert cells(slot(MONDAY, "09:00", minutes=15)) == (
        at(MONDAY, "09:00"),
        at(MONDAY, "09:05"),
        at(MONDAY, "09:10"),
    )


def test_visits_that_follow_each_other_share_no_cell_and_those_that_overlap_do() -> None:
    first, next_one = slot(MONDAY, "09:00"), slot(MONDAY, "09:30")
    overlapping = slot(MONDAY, "09:25")

    assert not set(cells(first)) & set(cells(next_one))
    assert set(cells(first)) & set(cells(overlapping)) == {at(MONDAY, "09:25")}
    assert set(cells(first, buffer=timedelta(minutes=10))) & set(cells(next_one)) == {
        at(MONDAY, "09:30"),
        at(MONDAY, "09:35"),
    }


def test_a_time_off_the_grid_takes_every_cell_it_touches() -> None:
    odd = replace(slot(MONDAY, "09:00"), starts_at=at(MONDAY, "09:03"), ends_at=at(MONDAY, "09:12"))

    assert cells(odd) == (at(MONDAY, "09:00"), at(MONDAY, "09:05"), at(MONDAY, "09:10"))


def test_a_start_exactly_at_the_end_of_the_lead_time_may_be_booked() -> None:
    facts, wanted = clinic(visit_types=(visit_type(lead_time=timedelta(hours=2)),)), slot(TUESDAY, "09:00")
    last_call = wanted.starts_at - timedelta(hours=2)

    assert check_slot(facts, wanted, Diary(), now=last_call) is None
    refusal = check_slot(facts, wanted, Diary(), now=last_call + timedelta(seconds=1))

    assert refusal is not None
    assert refusal.reason is RefusalReason.TOO_SOON
