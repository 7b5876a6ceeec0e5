"""What a search for times is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.appointment import Busy, Modality, TimeSlot
from domain.clinic import Holiday, Leave
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.when import NO_TIME, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What the rules need to know of the patient; an age that is not known is not held against them."""

    age: int | None = None
    """Completed years."""
    is_new: bool = False
    has_referral: bool = False


ANYONE = Visitor()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotWish:
    """What a patient wants: any provider when none is named, any site, the visit type's first modality.

    `seen` are times already shown and passed over ("any others?"): they are not offered again.
    """

    visit_type_id: VisitTypeId
    provider_ids: tuple[ProviderId, ...] = ()
    site_id: SiteId | None = None
    modality: Modality | None = None
    when: When = NO_TIME
    visitor: Visitor = ANYONE
    seen: tuple[TimeSlot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """What is already taken, as read for one decision.

    `booked` are live visits (they carry buffers and count towards daily caps), `busy` anything else that takes time,
    such as holds; a visit may stand in both. `leave` is what staff entered, beside what the clinic's facts say.
    """

    booked: tuple[TimeSlot, ...] = ()
    busy: tuple[Busy, ...] = ()
    leave: tuple[Leave, ...] = ()


EMPTY_DIARY = Diary()


class RefusalReason(StrEnum):
    """Why not. The first group concerns the visit and the patient, the second the time asked for."""

    NOT_BOOKABLE = "not_bookable"
    NOT_OFFERED = "not_offered"
    """Nobody (of those named, at that site, in that modality) does this kind of visit."""
    NEEDS_REFERRAL = "needs_referral"
    NEW_PATIENT = "new_patient"
    AGE = "age"

    PAST = "past"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    CLINIC_CLOSED = "clinic_closed"
    PROVIDER_AWAY = "provider_away"
    """The clinic is open but the provider does not work then."""
    PROVIDER_ON_LEAVE = "provider_on_leave"
    FULL = "full"
    TAKEN = "taken"
    """This very time went to someone else (only when one time is checked)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A reason with the fact a patient may be told: which holiday, or the first local date after a leave."""

    reason: RefusalReason
    provider_id: ProviderId | None = None
    holiday: Holiday | None = None
    back_on: date | None = None


class Relaxation(StrEnum):
    """In what an alternative differs from the wish."""

    TIME = "time"
    DAY = "day"
    PROVIDER = "provider"
    SITE = "site"
    MODALITY = "modality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A time near the wish, and all it differs in."""

    slot: TimeSlot
    relaxed: tuple[Relaxation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSearch:
    """Offers in order of time; or, when there are none, why not and what comes nearest."""

    offers: tuple[TimeSlot, ...] = ()
    others: tuple[Alternative, ...] = ()
    refusal: Refusal | None = None
