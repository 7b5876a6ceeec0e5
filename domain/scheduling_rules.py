"""Why a wish or a time cannot be had: the visit type's rules, and one time checked again before it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.appointment import TimeSlot
from domain.clinic import Clinic, Provider, VisitType
from domain.scheduling_free import Agenda, Day, agendas, day_of, grid
from domain.scheduling_types import ANYONE, Diary, Refusal, RefusalReason, SlotWish, Visitor
from domain.when import When

EXPLAINED_DAYS = 31
"""How many days of a long window are looked at to explain why nothing was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Between which instants, and on which local dates, a visit type may be booked now."""

    today: date
    earliest: datetime
    last_day: date


def bounds_of(clinic: Clinic, visit_type: VisitType, now: datetime) -> Bounds:
    """The lead time and the horizon of a visit type, from now."""
    today = now.astimezone(clinic.zone).date()
    return Bounds(
        today=today,
        earliest=now + visit_type.lead_time,
        last_day=today + timedelta(days=visit_type.max_days_ahead),
    )


def visit_refusal(visit_type: VisitType, visitor: Visitor) -> RefusalReason | None:
    """Why this patient may not book this kind of visit at any time, or None."""
    too_young = visitor.age is not None and visit_type.min_age is not None and visitor.age < visit_type.min_age
    too_old = visitor.age is not None and visit_type.max_age is not None and visitor.age > visit_type.max_age
    if not visit_type.bookable:
        return RefusalReason.NOT_BOOKABLE
    if too_young or too_old:
        return RefusalReason.AGE
    if visit_type.needs_referral and not visitor.has_referral:
        return RefusalReason.NEEDS_REFERRAL
    if visitor.is_new and not visit_type.new_patients:
        return RefusalReason.NEW_PATIENT
    return None


def eligible(clinic: Clinic, wish: SlotWish) -> tuple[Provider, ...] | RefusalReason:
    """The providers a wish may be met by, in the clinic's order; or why there is none."""
    doing = [
        provider
        for provider in clinic.providers_for(wish.visit_type_id)
        if (not wish.provider_ids or provider.id in wish.provider_ids)
        and (wish.site_id is None or wish.site_id in provider.site_ids)
    ]
    visit_type = clinic.visit_type(wish.visit_type_id)
    if not doing or (wish.modality is not None and wish.modality not in visit_type.modalities):
        return RefusalReason.NOT_OFFERED
    welcoming = tuple(provider for provider in doing if provider.new_patients or not wish.visitor.is_new)
    return welcoming or RefusalReason.NEW_PATIENT


def span_refusal(when: When, bounds: Bounds, clinic: Clinic, now: datetime) -> RefusalReason | None:
    """Why none of the windows can hold a bookable time, whatever the calendar says; None when one might."""
    if not when.windows:
        return None
    ends = [window.end for window in when.windows]
    latest = None if None in ends else max(end for end in ends if end is not None)
    if latest is not None and latest <= now:
        return RefusalReason.PAST
    if latest is not None and latest <= bounds.earliest:
        return RefusalReason.TOO_SOON
    starts = [window.start for window in when.windows]
    soonest = None if None in starts else min(start for start in starts if start is not None)
    if soonest is not None and soonest.astimezone(clinic.zone).date() > bounds.last_day:
        return RefusalReason.TOO_FAR
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One provider's day as it was searched."""

    provider: Provider
    on: date
    found: Day
    agenda: Agenda


def explain(clinic: Clinic, wish: SlotWish, sightings: Sequence[Sighting], bounds: Bounds) -> Refusal:
    """Why days that were searched held nothing: the reason that came nearest to a time."""
    seen = sightings
    admits = wish.when.admits
    worked = [
        (sighting, start)
        for sighting in seen
        for start, site_id in sighting.found.worked
        if admits(start) and wish.site_id in {None, site_id}
    ]
    later = [(sighting, start) for sighting, start in worked if start >= bounds.earliest]
    if worked and not later:
        return Refusal(reason=RefusalReason.TOO_SOON)
    present = {(sighting.provider.id, start) for sighting in seen for start, _ in sighting.found.present}
    if any((sighting.provider.id, start) in present for sighting, start in later):
        return Refusal(reason=RefusalReason.FULL)
    if later:
        return _on_leave(clinic, *later[0])
    return _closed_or_away(clinic, wish, sorted({sighting.on for sighting in seen}), bounds)


def _on_leave(clinic: Clinic, sighting: Sighting, start: datetime) -> Refusal:
    until = sighting.agenda.leave.covering(start)
    back = None if until is None else until.astimezone(clinic.zone).date()
    return Refusal(reason=RefusalReason.PROVIDER_ON_LEAVE, provider_id=sighting.provider.id, back_on=back)


def _closed_or_away(clinic: Clinic, wish: SlotWish, days: Sequence[date], bounds: Bounds) -> Refusal:
    visit_type = clinic.visit_type(wish.visit_type_id)
    site_ids = tuple(site.id for site in clinic.sites) if wish.site_id is None else (wish.site_id,)
    open_then = any(
        wish.when.admits(start) and start >= bounds.earliest
        for day in days
        for site_id in site_ids
        for hours in clinic.hours_on(site_id, day)
        for start in grid(clinic.zone, day, hours, visit_type)
    )
    if open_then:
        only = wish.provider_ids[0] if len(wish.provider_ids) == 1 else None
        return Refusal(reason=RefusalReason.PROVIDER_AWAY, provider_id=only)
    found = (clinic.holiday(day, site_id) for day in days for site_id in site_ids)
    return Refusal(reason=RefusalReason.CLINIC_CLOSED, holiday=next((entry for entry in found if entry), None))


def check_slot(
    clinic: Clinic, slot: TimeSlot, diary: Diary, *, now: datetime, visitor: Visitor = ANYONE
) -> Refusal | None:
    """Why one time may not be booked now, or None. The diary is without the asker's own hold.

    Raises UnknownFactError when the slot names a provider, site or visit type the clinic no longer has.
    """
    visit_type, provider = clinic.visit_type(slot.visit_type_id), clinic.provider(slot.provider_id)
    clinic.site(slot.site_id)
    wish = SlotWish(
        visit_type_id=visit_type.id, provider_ids=(provider.id,), site_id=slot.site_id, modality=slot.modality
    )
    barred = visit_refusal(visit_type, visitor)
    if barred is not None:
        return Refusal(reason=barred)
    offered = eligible(clinic, wish)
    if isinstance(offered, RefusalReason) or slot.ends_at - slot.starts_at != visit_type.duration:
        return Refusal(reason=RefusalReason.NOT_OFFERED)
    if visitor.is_new and not provider.new_patients:
        return Refusal(reason=RefusalReason.NEW_PATIENT, provider_id=provider.id)
    bounds = bounds_of(clinic, visit_type, now)
    on = slot.starts_at.astimezone(clinic.zone).date()
    untimely = _untimely(slot, on, bounds, now)
    if untimely is not None:
        return Refusal(reason=untimely)
    agenda = agendas(clinic, diary, (provider,))[provider.id]
    found = day_of(clinic, provider, agenda, visit_type, on, today=bounds.today)
    return _time_refusal(clinic, slot, Sighting(provider=provider, on=on, found=found, agenda=agenda))


def _untimely(slot: TimeSlot, on: date, bounds: Bounds, now: datetime) -> RefusalReason | None:
    if slot.starts_at < now:
        return RefusalReason.PAST
    if slot.starts_at < bounds.earliest:
        return RefusalReason.TOO_SOON
    return RefusalReason.TOO_FAR if on > bounds.last_day else None


def _time_refusal(clinic: Clinic, slot: TimeSlot, sighting: Sighting) -> Refusal | None:
    place = (slot.starts_at, slot.site_id)
    found, provider = sighting.found, sighting.provider
    if place in found.free:
        return None
    if place in found.present:
        occupied_until = slot.ends_at + clinic.visit_type(slot.visit_type_id).buffer
        clear = sighting.agenda.taken.clear(slot.starts_at, occupied_until)
        return Refusal(reason=RefusalReason.FULL if clear else RefusalReason.TAKEN)
    if place in found.worked:
        return _on_leave(clinic, sighting, slot.starts_at)
    if clinic.hours_on(slot.site_id, sighting.on):
        return Refusal(reason=RefusalReason.PROVIDER_AWAY, provider_id=provider.id)
    return Refusal(reason=RefusalReason.CLINIC_CLOSED, holiday=clinic.holiday(sighting.on, slot.site_id))
