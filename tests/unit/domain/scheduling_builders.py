"""A small clinic to schedule in: two sites, two doctors, plain hours, changed by keyword."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.appointment import Busy, TimeSlot
from domain.clinic import (
    Clinic,
    Holiday,
    InsurerTable,
    Leave,
    LocalText,
    OpeningHours,
    Provider,
    Queue,
    QueueId,
    Site,
    SiteHours,
    Specialty,
    SpecialtyId,
    TimeRange,
    VisitType,
)
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.when import Interval, When, WhenStatus

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 8, 3)
EARLY = datetime(2026, 8, 3, 6, 0, tzinfo=ZONE).astimezone(UTC)
"""Before anything opens on MONDAY."""
MAIN, EAST = SiteId("main"), SiteId("east")
ADA, BEN = ProviderId("ada"), ProviderId("ben")
VISIT = VisitTypeId("visit")


def words(text: str) -> LocalText:
    return LocalText(texts=(("en", text), ("es", f"{text} (es)")), default="en")


def hours(*spans: str) -> tuple[TimeRange, ...]:
    found = []
    for span in spans:
        opens, closes = span.split("-")
        found.append(
            TimeRange(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes.replace("24:00", "00:00")))
        )
    return tuple(found)


def weekdays(*spans: str) -> OpeningHours:
    return OpeningHours(days=(hours(*spans),) * 5 + ((), ()))


def every_day(*spans: str) -> OpeningHours:
    return OpeningHours(days=(hours(*spans),) * 7)


OFFICE = weekdays("09:00-12:00", "13:00-17:00")


def site(site_id: SiteId = MAIN, opening: OpeningHours = OFFICE) -> Site:
    return Site(
        id=site_id,
        name=words(site_id),
        address=words("1 Test Street"),
        phone="+16175550100",
        hours=opening,
        parking=words("behind the house"),
        access=words("no steps"),
    )


def provider(provider_id: ProviderId = ADA, **changes: object) -> Provider:
    usual = Provider(
        id=provider_id,
        given_name=provider_id.title(),
        family_name="Test",
        title=words("Dr."),
        specialty_ids=(SpecialtyId("care"),),
        visit_type_ids=(VISIT,),
        schedule=(SiteHours(site_id=MAIN, hours=OFFICE),),
        languages=("en",),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # keywords are Provider's own fields


def visit_type(visit_type_id: VisitTypeId = VISIT, **changes: object) -> VisitType:
    from_domain = VisitType(
        id=visit_type_id,
        name=words("Visit"),
        generic_name=words("visit"),
        specialty_id=SpecialtyId("care"),
        duration=timedelta(minutes=30),
        modalities=("in_person",),  # type: ignore[arg-type]  # a StrEnum's value compares equal to it
    )
    return replace(from_domain, **changes)  # type: ignore[arg-type]  # keywords are VisitType's own fields


def clinic(
    *,
    sites: Sequence[Site] = (),
    providers: Sequence[Provider] = (),
    visit_types: Sequence[VisitType] = (),
    holidays: Sequence[Holiday] = (),
    queues: Sequence[Queue] = (),
    zone: ZoneInfo = ZONE,
) -> Clinic:
    desk = Queue(id=QueueId("desk"), name=words("Desk"), hours=OFFICE, respond_within=timedelta(hours=1))
    return Clinic(
        name=words("Test Clinic"),
        alias=words("the office"),
        country="US",
        zone=zone,
        languages=("en", "es"),
        default_language="en",
        sites=tuple(sites) or (site(MAIN), site(EAST)),
        specialties=(Specialty(id=SpecialtyId("care"), name=words("Care"), default_visit_type_id=VISIT),),
        providers=tuple(providers) or (provider(ADA), provider(BEN)),
        visit_types=tuple(visit_types) or (visit_type(),),
        insurance=InsurerTable(as_of=date(2026, 1, 1), insurers=()),
        queues=tuple(queues) or (desk,),
        default_queue_id=QueueId("desk") if not queues else queues[0].id,
        holidays=tuple(holidays),
    )


def at(day: date, clock: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def local(slot: TimeSlot, zone: ZoneInfo = ZONE) -> str:
    return slot.starts_at.astimezone(zone).strftime("%a %H:%M")


def slot(day: date, clock: str, provider_id: ProviderId = ADA, minutes: int = 30) -> TimeSlot:
    start = at(day, clock)
    return TimeSlot(
        provider_id=provider_id,
        site_id=MAIN,
        visit_type_id=VISIT,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
    )


def busy(day: date, span: str, provider_id: ProviderId = ADA) -> Busy:
    opens, closes = span.split("-")
    return Busy(provider_id=provider_id, starts_at=at(day, opens), ends_at=at(day, closes))


def leave(first: date, last: date, provider_id: ProviderId = ADA) -> Leave:
    return Leave(provider_id=provider_id, starts_at=at(first, "00:00"), ends_at=at(last + timedelta(days=1), "00:00"))


def window(day: date, span: str = "00:00-24:00") -> When:
    opens, closes = span.split("-")
    end = at(day + timedelta(days=1), "00:00") if closes == "24:00" else at(day, closes)
    return When(
        status=WhenStatus.OK,
        windows=(Interval(start=at(day, opens).astimezone(ZONE), end=end.astimezone(ZONE)),),
        date_given=True,
        time_given=span != "00:00-24:00",
    )
