"""The larger entries of clinic.yml: sites, visit types with their rules, and providers with their rota."""

from __future__ import annotations

from datetime import timedelta

from bot.content.clinic_readers import Ids, Readers, phone, short_number, span, visit_span, weekly_hours
from bot.content.yaml_source import Fields, Located
from domain.appointment import Modality
from domain.clinic import (
    BookingMode,
    Gender,
    Leave,
    Provider,
    SameDayReserve,
    Site,
    SiteHours,
    SpecialtyId,
    VisitType,
)
from domain.ids import ProviderId, SiteId, VisitTypeId

_VISIT_OPTIONAL = (
    "modalities", "preparation", "mode", "bookable", "new_patients", "needs_referral", "min_age", "max_age",
    "for_children", "for_new_patients",
    "lead_time", "max_days_ahead", "daily_cap", "same_day_reserve", "buffer", "aliases",
)  # fmt: skip


def read_site(at: Located, readers: Readers) -> Site:
    """One site."""
    fields = at.fields(
        ("id", "name", "address", "phone", "hours", "parking", "access"),
        ("emergency_number", "crisis_number", "aliases"),
    )
    return Site(
        id=SiteId(fields["id"].text()),
        name=readers.words(fields["name"]),
        address=readers.words(fields["address"]),
        phone=phone(fields["phone"]),
        hours=weekly_hours(fields["hours"]),
        parking=readers.words(fields["parking"]),
        access=readers.words(fields["access"]),
        emergency_number=short_number(fields.get("emergency_number")),
        crisis_number=short_number(fields.get("crisis_number")),
        aliases=readers.terms(fields.get("aliases")),
    )


def read_visit_type(at: Located, readers: Readers, specialties: Ids, visits: Ids) -> VisitType:
    """One kind of visit; a rule left out takes VisitType's default."""
    fields = at.fields(("id", "name", "generic_name", "specialty", "duration"), _VISIT_OPTIONAL)
    preparation = fields.get("preparation")
    low, high = _whole(fields, "min_age", 0, 130), _whole(fields, "max_age", 0, 130)
    if low is not None and high is not None and high < low:
        raise fields["max_age"].error(f"an age not below min_age ({low})")
    mode = fields.get("mode")
    return VisitType(
        id=VisitTypeId(fields["id"].text()),
        name=readers.words(fields["name"]),
        generic_name=readers.words(fields["generic_name"]),
        specialty_id=SpecialtyId(specialties.one(fields["specialty"])),
        duration=visit_span(fields["duration"]),
        modalities=_modalities(fields.get("modalities")),
        preparation=None if preparation is None else readers.words(preparation),
        mode=BookingMode.DIRECT if mode is None else mode.choice(BookingMode),
        bookable=_flag(fields, "bookable", default=True),
        new_patients=_flag(fields, "new_patients", default=True),
        needs_referral=_flag(fields, "needs_referral", default=False),
        min_age=low,
        max_age=high,
        for_children=_other_visit(fields.get("for_children"), visits),
        for_new_patients=_other_visit(fields.get("for_new_patients"), visits),
        lead_time=_span(fields, "lead_time"),
        max_days_ahead=_whole(fields, "max_days_ahead", 1, 730) or 90,
        daily_cap=_whole(fields, "daily_cap", 1, 200),
        reserve=_reserve(fields.get("same_day_reserve")),
        buffer=_buffer(fields.get("buffer")),
        aliases=readers.terms(fields.get("aliases")),
    )


def _other_visit(at: Located | None, visits: Ids) -> VisitTypeId | None:
    return None if at is None else VisitTypeId(visits.one(at))


def read_provider(at: Located, readers: Readers, *, ids: Ids, sites: Ids, specialties: Ids, visits: Ids) -> Provider:
    """One provider with their rota; a team with one diary leaves its names out."""
    fields = at.fields(
        ("id", "title", "specialties", "visit_types", "schedule"),
        ("given_name", "family_name", "languages", "gender", "new_patients", "leave", "aliases"),
    )
    provider_id = ProviderId(ids.new(fields["id"]))
    given, family, gender = fields.get("given_name"), fields.get("family_name"), fields.get("gender")
    leave, languages = fields.get("leave"), fields.get("languages")
    return Provider(
        id=provider_id,
        given_name="" if given is None else given.text(),
        family_name="" if family is None else family.text(),
        title=readers.words(fields["title"]),
        specialty_ids=tuple(SpecialtyId(one) for one in specialties.some(fields["specialties"])),
        visit_type_ids=tuple(VisitTypeId(one) for one in visits.some(fields["visit_types"])),
        schedule=_schedule(fields["schedule"], sites),
        languages=readers.languages if languages is None else languages.texts("a language code"),
        gender=None if gender is None else gender.choice(Gender),
        new_patients=_flag(fields, "new_patients", default=True),
        leave=tuple(_leave(provider_id, item, readers) for item in leave.items()) if leave is not None else (),
        aliases=readers.terms(fields.get("aliases")),
    )


def _leave(provider_id: ProviderId, at: Located, readers: Readers) -> Leave:
    starts_at, ends_at = readers.instants(at)
    return Leave(provider_id=provider_id, starts_at=starts_at, ends_at=ends_at)


def _schedule(at: Located, sites: Ids) -> tuple[SiteHours, ...]:
    return tuple(SiteHours(site_id=SiteId(sites.one(key)), hours=weekly_hours(value)) for key, value in at.entries())


def _modalities(at: Located | None) -> tuple[Modality, ...]:
    if at is None:
        return (Modality.IN_PERSON,)
    found = tuple(item.choice(Modality) for item in at.items())
    if not found or len(set(found)) < len(found):
        raise at.error("one or more modalities, each once")
    return found


def _reserve(at: Located | None) -> SameDayReserve:
    if at is None:
        return SameDayReserve()
    fields = at.fields((), ("count", "percent"))
    count, percent = _whole(fields, "count", 0, 200), _whole(fields, "percent", 0, 100)
    return SameDayReserve(count=count or 0, percent=percent or 0)


def _buffer(at: Located | None) -> timedelta:
    return timedelta(0) if at is None else visit_span(at)


def _span(fields: Fields, name: str) -> timedelta:
    at = fields.get(name)
    return timedelta(0) if at is None else span(at)


def _flag(fields: Fields, name: str, *, default: bool) -> bool:
    at = fields.get(name)
    return default if at is None else at.boolean()


def _whole(fields: Fields, name: str, low: int, high: int) -> int | None:
    at = fields.get(name)
    return None if at is None else at.integer(low, high)
