"""A value for every placeholder, of the clinic's own facts, so that a text can be judged as a patient would see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.appointment import TimeSlot
from domain.clinic import Clinic, VisitType
from domain.dialogue.reply import Local, Named, NameKind, ReplyValue, Words

TELLING = frozenset({"visit_type", "test", "text", "medicine", "specialty", "services"})
"""Placeholders whose value may say what a visit or a test is about."""


def samples(clinic: Clinic, now: datetime) -> Mapping[str, ReplyValue]:
    """Values by placeholder: the first site and named provider, a visit the day after tomorrow at half past twelve."""
    site, test = clinic.sites[0], clinic.tests[0]
    visit = _visit(clinic, now)
    at = {NameKind.SITE: site.id, NameKind.VISIT_TYPE: visit.visit_type_id, NameKind.PROVIDER: visit.provider_id}
    named = {kind.value: Named(kind=kind, id=name) for kind, name in at.items()}
    day = visit.starts_at.astimezone(clinic.zone).date()
    result = next(text for kind in clinic.tests for _, text in kind.texts)
    return {
        **named,
        "slot": visit, "offer": visit, "visits": (visit,), "status": Words(key="status_booked"),
        "task": "book_appointment", "queue": Named(kind=NameKind.QUEUE, id=clinic.default_queue_id),
        "due": now + timedelta(hours=1), "until": now + timedelta(minutes=10), "opens": now + timedelta(hours=20),
        "date": day, "day": day, "days": (day, day), "as_of": clinic.insurance.as_of,
        "hours": tuple(f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in site.hours.days[0]),
        "holiday": Local(by_language=dict(clinic.holidays[0].name.texts)), "phone": site.phone,
        "test": Named(kind=NameKind.TEST, id=test.id), "text": Local(by_language=dict(result.texts)),
        "plan": Named(kind=NameKind.INSURER, id=clinic.insurance.insurers[0].id),
        "plans": tuple(Named(kind=NameKind.INSURER, id=item.id) for item in clinic.insurance.insurers[:3]),
        "sites": tuple(Named(kind=NameKind.SITE, id=item.id) for item in clinic.sites),
        "services": tuple(Named(kind=NameKind.SPECIALTY, id=item.id) for item in clinic.specialties[:3]),
        "providers": tuple(Named(kind=NameKind.PROVIDER, id=item.id) for item in clinic.providers[:3]),
        "name": "R. Sample", "code": "012345", "tries": 4, "minutes": 15, "count": 2,
    }  # fmt: skip


def _visit(clinic: Clinic, now: datetime) -> TimeSlot:
    provider = next(item for item in clinic.providers if item.family_name)
    visit_type: VisitType = clinic.visit_type(provider.visit_type_ids[0])
    day = (now + timedelta(days=2)).astimezone(clinic.zone).date()
    starts = datetime(day.year, day.month, day.day, 12, 30, tzinfo=clinic.zone)
    return TimeSlot(
        provider_id=provider.id,
        site_id=provider.site_ids[0],
        visit_type_id=visit_type.id,
        starts_at=starts,
        ends_at=starts + visit_type.duration,
    )
