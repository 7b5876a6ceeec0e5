"""What the clinic answers about itself: facts by topic and site, ready to be worded by a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from domain.clinic import Clinic, Holiday, LocalText, Site, Specialty, TimeRange, Topic
from domain.ids import SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursFact:
    """A site's weekly hours, and what today is like there (`holiday` when today is one)."""

    site: Site
    today: tuple[TimeRange, ...]
    holiday: Holiday | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFact:
    """A site's own words on an address, parking or access."""

    site: Site
    text: LocalText


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFact:
    """A site's number, E.164."""

    site: Site
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidaysFact:
    """The coming holidays that change a site's hours, in order of date."""

    site: Site
    holidays: tuple[Holiday, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesFact:
    """The kinds of care a site offers."""

    site: Site
    specialties: tuple[Specialty, ...]


TopicFact = HoursFact | TextFact | PhoneFact | HolidaysFact | ServicesFact


def facts_about(clinic: Clinic, topic: Topic, today: date, site_id: SiteId | None = None) -> tuple[TopicFact, ...]:
    """One fact a site, for one site or for all of them in the clinic's order; `today` is a local date."""
    sites = clinic.sites if site_id is None else (clinic.site(site_id),)
    return tuple(_fact(clinic, topic, today, site) for site in sites)


def _fact(clinic: Clinic, topic: Topic, today: date, site: Site) -> TopicFact:
    match topic:
        case Topic.HOURS:
            return HoursFact(site=site, today=clinic.hours_on(site.id, today), holiday=clinic.holiday(today, site.id))
        case Topic.ADDRESS | Topic.PARKING | Topic.ACCESS:
            words = {Topic.ADDRESS: site.address, Topic.PARKING: site.parking, Topic.ACCESS: site.access}
            return TextFact(site=site, text=words[topic])
        case Topic.PHONE:
            return PhoneFact(site=site, phone=site.phone)
        case Topic.HOLIDAY:
            coming = tuple(day for day in clinic.holidays_from(today) if day.touches(site.id))
            return HolidaysFact(site=site, holidays=coming)
        case Topic.SERVICES:
            return ServicesFact(site=site, specialties=clinic.specialties_at(site.id))
        case _:
            assert_never(topic)
