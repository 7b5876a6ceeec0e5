"""Offers checked against a second, slower reading of the rules: five minutes at a time, in wall-clock time."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.appointment import Busy
from domain.clinic import Clinic, Holiday, Leave, SiteHours
from domain.ids import ProviderId, SiteId
from domain.scheduling import Diary, RefusalReason, SlotWish, check_slot, find_slots
from domain.when import Interval, When, WhenStatus
from tests.unit.domain.scheduling_builders import (
    ADA,
    BEN,
    EAST,
    MAIN,
    VISIT,
    ZONE,
    clinic,
    every_day,
    hours,
    provider,
    site,
    slot,
    visit_type,
    words,
)

Situation = tuple[Clinic, SlotWish, Diary, datetime]
FIRST_DAYS = st.sampled_from([date(2026, 3, 6), date(2026, 8, 3), date(2026, 10, 30), date(2026, 12, 30)])
SPANS = {
    MAIN: {ADA: ("08:05-12:00", "13:00-17:20"), BEN: ("07:00-10:00",)},
    EAST: {ADA: (), BEN: ("12:30-23:00",)},
}
OPEN = {MAIN: ("08:00-12:00", "12:30-17:00"), EAST: ("09:00-22:00",)}


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    first = draw(FIRST_DAYS)
    now = datetime.combine(first, time(draw(st.integers(0, 23)), draw(st.integers(0, 59))), ZONE).astimezone(UTC)
    kind = visit_type(
        duration=timedelta(minutes=5 * draw(st.integers(1, 12))),
        buffer=timedelta(minutes=5 * draw(st.integers(0, 3))),
        lead_time=timedelta(hours=draw(st.sampled_from([0, 1, 24]))),
        max_days_ahead=draw(st.integers(1, 8)),
        daily_cap=draw(st.sampled_from([None, 1, 2])),
    )
    facts = clinic(
        sites=[site(place, every_day(*spans)) for place, spans in OPEN.items()],
        providers=[
            provider(
                who, schedule=tuple(SiteHours(site_id=place, hours=every_day(*SPANS[place][who])) for place in SPANS)
            )
            for who in (ADA, BEN)
        ],
        visit_types=(kind,),
        holidays=(
            Holiday(on=first + timedelta(days=draw(st.integers(0, 4))), name=words("Day"), hours=hours("09:00-11:00")),
        ),
    )
    moments = st.integers(0, 6 * 24 * 12).map(lambda cells: now + timedelta(minutes=5 * cells))
    lengths = st.integers(1, 100).map(lambda cells: timedelta(minutes=5 * cells))
    busy = [
        Busy(provider_id=draw(st.sampled_from([ADA, BEN])), starts_at=start, ends_at=start + draw(lengths))
        for start in draw(st.lists(moments, max_size=8))
    ]
    leave = [
        Leave(provider_id=draw(st.sampled_from([ADA, BEN])), starts_at=start, ends_at=start + timedelta(hours=30))
        for start in draw(st.lists(moments, max_size=2))
    ]
    start = draw(moments)
    window = Interval(
        start=start, end=draw(st.sampled_from([None, start + timedelta(hours=5), start + timedelta(days=2)]))
    )
    when = When(status=WhenStatus.OK, windows=draw(st.sampled_from([(), (window,)])))
    wish = SlotWish(visit_type_id=VISIT, provider_ids=draw(st.sampled_from([(), (ADA,), (BEN,)])), when=when)
    booked = (slot(first + timedelta(days=1), "09:00"),) if draw(st.booleans()) else ()
    return facts, wish, Diary(busy=tuple(busy), leave=tuple(leave), booked=booked), now


def sellable(facts: Clinic, diary: Diary, now: datetime, who: ProviderId, place: SiteId, start: datetime) -> bool:
    """Whether the rules, read one by one, let this start be sold."""
    kind = facts.visit_types[0]
    end = start + kind.duration
    here, there = start.astimezone(ZONE), end.astimezone(ZONE)
    day = here.date()

    def inside(spans: tuple[str, ...]) -> bool:
        return any(
            span.opens <= here.time() and there.date() == day and there.time() <= span.closes for span in hours(*spans)
        )

    special = [entry for entry in facts.holidays if entry.on == day]
    opening = ("09:00-11:00",) if special else OPEN[place]
    booked = [entry for entry in diary.booked if entry.provider_id == who]
    taken = [(one.starts_at, one.ends_at) for one in diary.busy if one.provider_id == who]
    taken += [(one.starts_at, one.ends_at + kind.buffer) for one in booked]
    away = [(one.starts_at, one.ends_at) for one in diary.leave if one.provider_id == who]
    capped = (
        kind.daily_cap is not None
        and sum(one.starts_at.astimezone(ZONE).date() == day for one in booked) >= kind.daily_cap
    )
    return (
        inside(SPANS[place][who])
        and inside(opening)
        and not any(start < until and since < end + kind.buffer for since, until in taken)
        and not any(start < until and since < end for since, until in away)
        and now + kind.lead_time <= start
        and (day - now.astimezone(ZONE).date()).days <= kind.max_days_ahead
        and not capped
    )


@settings(max_examples=150, deadline=None)
@given(situations())
def test_every_offer_and_every_alternative_keeps_every_rule(situation: Situation) -> None:
    facts, wish, diary, now = situation

    search = find_slots(facts, wish, diary, now=now, limit=4)

    for offer in (*search.offers, *(other.slot for other in search.others)):
        assert sellable(facts, diary, now, offer.provider_id, offer.site_id, offer.starts_at)
        assert offer.ends_at - offer.starts_at == facts.visit_types[0].duration
        assert offer.starts_at.minute % 5 == 0
        assert check_slot(facts, offer, diary, now=now) is None
    for offer in search.offers:
        assert wish.when.admits(offer.starts_at)
        assert not wish.provider_ids or offer.provider_id in wish.provider_ids
    starts = [offer.starts_at for offer in search.offers]
    assert starts == sorted(set(starts))
    assert bool(search.offers) != (search.refusal is not None)
    assert not (search.offers and search.others)
    assert all(other.relaxed for other in search.others if wish.when.windows or wish.provider_ids)


@settings(max_examples=100, deadline=None)
@given(situations())
def test_nothing_is_left_when_nothing_is_offered(situation: Situation) -> None:
    """On five-minute visits without a buffer the grid is every five minutes, so an empty answer means a full diary."""
    facts, wish, diary, now = situation
    facts = clinic(
        sites=facts.sites,
        providers=facts.providers,
        visit_types=(visit_type(duration=timedelta(minutes=5), max_days_ahead=3),),
        holidays=facts.holidays,
    )

    search = find_slots(facts, wish, diary, now=now)

    if not search.offers:
        midnight = datetime.combine(now.astimezone(ZONE).date(), time(0), ZONE).astimezone(UTC)
        free = [
            (who, start)
            for who in wish.provider_ids or (ADA, BEN)
            for place in (MAIN, EAST)
            for start in (midnight + timedelta(minutes=5 * cell) for cell in range(4 * 24 * 12 + 24))
            if wish.when.admits(start) and sellable(facts, diary, now, who, place, start)
        ]
        assert free == []


@settings(max_examples=60, deadline=None)
@given(situations())
def test_full_is_said_only_where_someone_works(situation: Situation) -> None:
    facts, wish, diary, now = situation

    search = find_slots(facts, wish, diary, now=now)

    if search.refusal is not None and search.refusal.reason is RefusalReason.FULL:
        assert find_slots(facts, wish, Diary(leave=diary.leave), now=now).offers
