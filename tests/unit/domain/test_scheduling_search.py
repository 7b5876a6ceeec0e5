from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.appointment import Modality
from domain.clinic import Holiday, SameDayReserve, SiteHours, UnknownFactError
from domain.ids import ProviderId, VisitTypeId
from domain.scheduling import Diary, RefusalReason, Relaxation, SlotWish, Visitor, find_slots
from domain.when import Interval, When, WhenStatus
from tests.unit.domain.scheduling_builders import (
    ADA,
    BEN,
    EARLY,
    EAST,
    MAIN,
    MONDAY,
    OFFICE,
    VISIT,
    ZONE,
    at,
    busy,
    clinic,
    hours,
    leave,
    local,
    provider,
    slot,
    visit_type,
    weekdays,
    window,
    words,
)

TUESDAY = MONDAY + timedelta(days=1)
SATURDAY = MONDAY + timedelta(days=5)
ALL_DAY = "09:00-17:00"


def test_open_wish_gets_the_soonest_and_other_parts_of_days() -> None:
    search = find_slots(clinic(), SlotWish(visit_type_id=VISIT), Diary(), now=EARLY)

    assert [local(offer) for offer in search.offers] == ["Mon 09:00", "Mon 13:00", "Tue 09:00"]
    assert search.refusal is None
    assert search.others == ()


def test_offers_within_one_window_are_apart_and_not_adjacent() -> None:
    wish = SlotWish(visit_type_id=VISIT, when=window(MONDAY, "13:00-17:00"))

    search = find_slots(clinic(), wish, Diary(), now=EARLY)

    assert [local(offer) for offer in search.offers] == ["Mon 13:00", "Mon 14:30", "Mon 16:30"]


def test_times_seen_are_not_offered_again() -> None:
    wish = SlotWish(visit_type_id=VISIT, provider_ids=(ADA,), when=window(MONDAY, "13:00-14:30"))
    first = find_slots(clinic(), wish, Diary(), now=EARLY, limit=2).offers

    search = find_slots(clinic(), replace(wish, seen=first), Diary(), now=EARLY)

    assert [local(offer) for offer in first] == ["Mon 13:00", "Mon 14:00"]
    assert [local(offer) for offer in search.offers] == ["Mon 13:30"]


def test_an_excluded_day_is_never_offered_not_even_as_an_alternative() -> None:
    gap = Interval(start=at(MONDAY, "00:00"), end=at(TUESDAY, "00:00"))
    when = When(status=WhenStatus.OK, excluded=(gap,))
    nearly = replace(window(TUESDAY), excluded=(gap,))
    full = Diary(busy=(busy(TUESDAY, ALL_DAY), busy(TUESDAY, ALL_DAY, BEN)))

    offers = find_slots(clinic(), SlotWish(visit_type_id=VISIT, when=when), Diary(), now=EARLY).offers
    others = find_slots(clinic(), SlotWish(visit_type_id=VISIT, when=nearly), full, now=EARLY).others

    assert local(offers[0]) == "Tue 09:00"
    assert others
    assert all(other.slot.starts_at >= at(TUESDAY, "00:00") for other in others)


def test_of_two_free_providers_the_one_with_the_emptier_day_is_offered() -> None:
    wish = SlotWish(visit_type_id=VISIT, when=window(MONDAY, "09:00-09:30"))
    diary = Diary(busy=(busy(MONDAY, "15:00-16:00"),))

    search = find_slots(clinic(), wish, diary, now=EARLY)

    assert [offer.provider_id for offer in search.offers] == [BEN]


def test_modality_is_the_one_wished_else_the_visit_types_first() -> None:
    facts = clinic(visit_types=(visit_type(modalities=(Modality.VIDEO, Modality.IN_PERSON)),))

    usual = find_slots(facts, SlotWish(visit_type_id=VISIT), Diary(), now=EARLY)
    wished = find_slots(facts, SlotWish(visit_type_id=VISIT, modality=Modality.IN_PERSON), Diary(), now=EARLY)
    never = find_slots(facts, SlotWish(visit_type_id=VISIT, modality=Modality.PHONE), Diary(), now=EARLY)

    assert usual.offers[0].modality is Modality.VIDEO
    assert wished.offers[0].modality is Modality.IN_PERSON
    assert never.refusal is not None
    assert never.refusal.reason is RefusalReason.NOT_OFFERED
    assert {(other.slot.modality, other.relaxed) for other in never.others} == {
        (Modality.VIDEO, (Relaxation.MODALITY,)),
    }


@pytest.mark.parametrize(
    ("rules", "visitor", "reason"),
    [
        ({"bookable": False}, Visitor(), RefusalReason.NOT_BOOKABLE),
        ({"needs_referral": True}, Visitor(), RefusalReason.NEEDS_REFERRAL),
        ({"needs_referral": True}, Visitor(has_referral=True), None),
        ({"new_patients": False}, Visitor(is_new=True), RefusalReason.NEW_PATIENT),
        ({"new_patients": False}, Visitor(), None),
        ({"min_age": 18}, Visitor(age=17), RefusalReason.AGE),
        ({"min_age": 18}, Visitor(age=18), None),
        ({"max_age": 17}, Visitor(age=17), None),
        ({"max_age": 17}, Visitor(age=18), RefusalReason.AGE),
        ({"max_age": 0}, Visitor(age=1), RefusalReason.AGE),
        ({"min_age": 18, "max_age": 60}, Visitor(), None),
    ],
)
def test_rules_of_the_visit_type(rules: dict[str, Any], visitor: Visitor, reason: RefusalReason | None) -> None:
    facts = clinic(visit_types=(visit_type(**rules),))

    search = find_slots(facts, SlotWish(visit_type_id=VISIT, visitor=visitor), Diary(), now=EARLY)

    assert (search.refusal.reason if search.refusal else None) == reason
    assert bool(search.offers) == (reason is None)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (window(MONDAY - timedelta(days=3)), RefusalReason.PAST),
        (window(MONDAY, "09:00-10:00"), RefusalReason.TOO_SOON),
        (window(MONDAY + timedelta(days=31)), RefusalReason.TOO_FAR),
        (window(SATURDAY), RefusalReason.CLINIC_CLOSED),
        (window(TUESDAY, "12:00-13:00"), RefusalReason.CLINIC_CLOSED),
        (window(TUESDAY, "18:00-21:00"), RefusalReason.CLINIC_CLOSED),
        (window(MONDAY + timedelta(days=2), "13:00-17:00"), RefusalReason.PROVIDER_AWAY),
        (window(MONDAY + timedelta(days=3)), RefusalReason.PROVIDER_ON_LEAVE),
        (window(MONDAY + timedelta(days=4)), RefusalReason.FULL),
    ],
)
def test_why_a_time_cannot_be_had(wish: When, reason: RefusalReason) -> None:
    days = tuple(hours("09:00-12:00") if day == 2 else OFFICE.days[day] for day in range(7))
    part_time = replace(OFFICE, days=days)
    thursday, friday = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)
    facts = clinic(
        providers=(provider(schedule=(SiteHours(site_id=MAIN, hours=part_time),)),),
        visit_types=(visit_type(lead_time=timedelta(hours=5), max_days_ahead=30),),
    )
    diary = Diary(busy=(busy(friday, ALL_DAY),), leave=(leave(thursday, thursday),))

    search = find_slots(facts, SlotWish(visit_type_id=VISIT, provider_ids=(ADA,), when=wish), diary, now=EARLY)

    assert search.offers == ()
    assert search.refusal is not None
    assert search.refusal.reason is reason


def test_leave_names_the_provider_and_the_first_day_back() -> None:
    diary = Diary(leave=(leave(MONDAY, MONDAY + timedelta(days=9)),))
    wish = SlotWish(visit_type_id=VISIT, provider_ids=(ADA,), when=window(TUESDAY))

    refusal = find_slots(clinic(), wish, diary, now=EARLY).refusal

    assert refusal is not None
    assert (refusal.provider_id, refusal.back_on) == (ADA, date(2026, 8, 13))


def test_leave_written_in_the_clinics_facts_counts_like_leave_entered_by_staff() -> None:
    facts = clinic(providers=(provider(leave=(leave(MONDAY, MONDAY),)),))

    search = find_slots(facts, SlotWish(visit_type_id=VISIT), Diary(), now=EARLY)

    assert local(search.offers[0]) == "Tue 09:00"


def test_a_holiday_is_named_and_its_short_hours_are_kept() -> None:
    closed = Holiday(on=MONDAY, name=words("Founders' Day"))
    short = Holiday(on=TUESDAY, name=words("Eve"), hours=hours("10:00-11:00"))
    facts = clinic(holidays=(closed, short))

    on_monday = find_slots(facts, SlotWish(visit_type_id=VISIT, when=window(MONDAY)), Diary(), now=EARLY)
    on_tuesday = find_slots(facts, SlotWish(visit_type_id=VISIT, when=window(TUESDAY)), Diary(), now=EARLY, limit=9)

    assert on_monday.refusal is not None
    assert on_monday.refusal.reason is RefusalReason.CLINIC_CLOSED
    assert on_monday.refusal.holiday == closed
    assert [local(offer) for offer in on_tuesday.offers] == ["Tue 10:00", "Tue 10:30"]


def test_a_holiday_of_one_site_leaves_the_other_open() -> None:
    everywhere = tuple(SiteHours(site_id=place, hours=OFFICE) for place in (MAIN, EAST))
    facts = clinic(
        providers=(provider(schedule=everywhere),),
        holidays=(Holiday(on=MONDAY, name=words("Works"), site_ids=(MAIN,)),),
    )

    search = find_slots(facts, SlotWish(visit_type_id=VISIT, when=window(MONDAY)), Diary(), now=EARLY)

    assert {offer.site_id for offer in search.offers} == {EAST}


def test_the_daily_cap_counts_booked_visits_of_the_type_on_the_local_date() -> None:
    facts = clinic(providers=(provider(),), visit_types=(visit_type(daily_cap=2),))
    wish = SlotWish(visit_type_id=VISIT, when=window(MONDAY))
    one, two = slot(MONDAY, "09:00"), slot(MONDAY, "16:00")

    below = find_slots(facts, wish, Diary(booked=(one,)), now=EARLY)
    reached = find_slots(facts, wish, Diary(booked=(one, two)), now=EARLY)

    assert below.offers
    assert reached.offers == ()
    assert reached.refusal is not None
    assert reached.refusal.reason is RefusalReason.FULL
    assert local(reached.others[0].slot) == "Tue 09:00"


def test_the_same_day_reserve_is_sold_on_the_day_only() -> None:
    facts = clinic(
        providers=(provider(schedule=(SiteHours(site_id=MAIN, hours=weekdays("09:00-11:00")),)),),
        visit_types=(visit_type(reserve=SameDayReserve(count=2)),),
    )
    wish = SlotWish(visit_type_id=VISIT, when=window(TUESDAY))
    two_taken = Diary(booked=(slot(TUESDAY, "09:00"), slot(TUESDAY, "10:00")))

    ahead = find_slots(facts, wish, two_taken, now=EARLY)
    same_day = find_slots(facts, wish, two_taken, now=EARLY + timedelta(days=1))
    one_taken = find_slots(facts, wish, Diary(booked=(slot(TUESDAY, "09:00"),)), now=EARLY)

    assert ahead.offers == ()
    assert [local(offer) for offer in same_day.offers] == ["Tue 09:30", "Tue 10:30"]
    assert len(one_taken.offers) == 3


def test_a_reserve_in_percent_is_of_what_the_day_can_hold_rounded_up() -> None:
    assert [SameDayReserve(percent=15).places(capacity) for capacity in (0, 1, 6, 7, 20)] == [0, 1, 1, 2, 3]
    assert SameDayReserve(count=4, percent=10).places(20) == 4
    assert SameDayReserve(count=9).places(4) == 4


def test_buffers_keep_time_after_a_visit_free_on_both_sides() -> None:
    facts = clinic(
        providers=(provider(),),
        visit_types=(visit_type(duration=timedelta(minutes=20), buffer=timedelta(minutes=10)),),
    )
    wish = SlotWish(visit_type_id=VISIT, when=window(MONDAY, "09:00-11:00"))
    diary = Diary(booked=(slot(MONDAY, "09:30", minutes=20),), busy=(busy(MONDAY, "10:25-10:40"),))

    search = find_slots(facts, wish, diary, now=EARLY, limit=9)

    assert [local(offer) for offer in search.offers] == ["Mon 09:00"]


def test_nearest_others_are_labelled_by_what_differs_and_take_turns() -> None:
    everywhere = tuple(SiteHours(site_id=place, hours=OFFICE) for place in (MAIN, EAST))
    by_day = (
        SiteHours(site_id=MAIN, hours=weekdays("09:00-16:00")),
        SiteHours(site_id=EAST, hours=weekdays("16:00-17:00")),
    )
    facts = clinic(providers=(provider(ADA, schedule=by_day), provider(BEN, schedule=everywhere)))
    wish = SlotWish(visit_type_id=VISIT, provider_ids=(ADA,), site_id=MAIN, when=window(TUESDAY, "15:00-17:00"))
    diary = Diary(busy=(busy(TUESDAY, "15:00-16:00"),))

    search = find_slots(facts, wish, diary, now=EARLY, limit=4)

    assert search.refusal is not None
    assert search.refusal.reason is RefusalReason.FULL
    found = [(other.relaxed, other.slot.provider_id, other.slot.site_id, local(other.slot)) for other in search.others]
    assert found == [
        ((Relaxation.TIME,), ADA, MAIN, "Tue 14:30"),
        ((Relaxation.DAY,), ADA, MAIN, "Wed 15:00"),
        ((Relaxation.PROVIDER,), BEN, MAIN, "Tue 15:00"),
        ((Relaxation.SITE,), ADA, EAST, "Tue 16:00"),
    ]


def test_several_things_are_relaxed_only_when_no_single_one_helps() -> None:
    sundays = replace(OFFICE, days=((),) * 6 + (hours("10:00-11:00"),))
    facts = clinic(
        sites=(replace(clinic().sites[0], hours=replace(sundays, days=(*OFFICE.days[:6], hours("09:00-12:00")))),),
        providers=(provider(ADA, schedule=(SiteHours(site_id=MAIN, hours=sundays),)),),
    )
    wish = SlotWish(visit_type_id=VISIT, when=window(TUESDAY, "15:00-16:00"))

    search = find_slots(facts, wish, Diary(), now=EARLY)

    assert {other.relaxed for other in search.others} == {(Relaxation.TIME, Relaxation.DAY)}
    assert local(search.others[0].slot) == "Sun 10:30"


def test_a_provider_who_takes_no_new_patients_gives_way_to_one_who_does() -> None:
    facts = clinic(providers=(provider(ADA, new_patients=False), provider(BEN)))
    newcomer = Visitor(is_new=True)

    anyone = find_slots(facts, SlotWish(visit_type_id=VISIT, visitor=newcomer), Diary(), now=EARLY)
    named = find_slots(facts, SlotWish(visit_type_id=VISIT, visitor=newcomer, provider_ids=(ADA,)), Diary(), now=EARLY)

    assert {offer.provider_id for offer in anyone.offers} == {BEN}
    assert named.refusal is not None
    assert named.refusal.reason is RefusalReason.NEW_PATIENT
    assert {other.slot.provider_id for other in named.others} == {BEN}


def test_an_unknown_provider_is_a_typed_error() -> None:
    with pytest.raises(UnknownFactError, match="no provider 'nobody'"):
        find_slots(clinic(), SlotWish(visit_type_id=VISIT, provider_ids=(ProviderId("nobody"),)), Diary(), now=EARLY)


def test_the_same_question_gets_the_same_answer() -> None:
    diary = Diary(busy=(busy(MONDAY, "09:00-12:00"), busy(TUESDAY, ALL_DAY, BEN)))
    wish = SlotWish(visit_type_id=VISIT, when=window(MONDAY))

    assert find_slots(clinic(), wish, diary, now=EARLY) == find_slots(clinic(), wish, diary, now=EARLY)
    assert local(find_slots(clinic(), wish, diary, now=EARLY).offers[0]) == "Mon 09:00"


def test_starts_are_reported_in_the_local_zone_of_the_wish() -> None:
    elsewhere = When(
        status=WhenStatus.OK,
        windows=(Interval(start=at(MONDAY, "09:00"), end=at(MONDAY, "09:30")),),
        date_given=True,
        time_given=True,
    )

    search = find_slots(clinic(), SlotWish(visit_type_id=VISIT, when=elsewhere), Diary(), now=EARLY)

    assert [offer.starts_at.astimezone(ZONE).hour for offer in search.offers] == [9]


def test_a_visit_of_a_kind_no_longer_offered_still_takes_its_time() -> None:
    gone = replace(slot(MONDAY, "09:00"), visit_type_id=VisitTypeId("gone"))
    wish = SlotWish(visit_type_id=VISIT, provider_ids=(ADA,), when=window(MONDAY, "09:00-10:00"))

    search = find_slots(clinic(), wish, Diary(booked=(gone,)), now=EARLY)

    assert [local(offer) for offer in search.offers] == ["Mon 09:30"]
