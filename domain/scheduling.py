"""Finding times: which a clinic may sell for a wish, and, when there is none, why not and what comes nearest."""

from __future__ import annotations

from datetime import datetime

from domain.clinic import Clinic
from domain.scheduling_free import GRANULE, cells
from domain.scheduling_hours import (
    NeverOpenError,
    call_window,
    due_at,
    is_open,
    next_opening,
    queue_is_open,
    queue_opens,
    response_due,
)
from domain.scheduling_nearby import nearest
from domain.scheduling_rules import (
    bounds_of,
    check_slot,
    eligible,
    span_refusal,
    visit_refusal,
)
from domain.scheduling_rules import visit_refusal as refused_visit
from domain.scheduling_search import Search
from domain.scheduling_types import (
    ANYONE,
    EMPTY_DIARY,
    Alternative,
    Diary,
    Refusal,
    RefusalReason,
    Relaxation,
    SlotSearch,
    SlotWish,
    Visitor,
)

__all__ = [
    "ANYONE", "EMPTY_DIARY", "GRANULE", "Alternative", "Diary", "NeverOpenError", "Refusal", "RefusalReason",
    "Relaxation", "SlotSearch", "SlotWish", "Visitor", "call_window", "cells", "check_slot", "due_at", "find_slots",
    "is_open", "next_opening", "queue_is_open", "queue_opens", "refused_visit", "response_due",
]  # fmt: skip


def find_slots(clinic: Clinic, wish: SlotWish, diary: Diary, *, now: datetime, limit: int = 3) -> SlotSearch:
    """At most `limit` times that meet a wish, well apart; when none does, the reason and the nearest others.

    The same arguments give the same answer. Raises UnknownFactError for an id the clinic does not have.
    """
    visit_type = clinic.visit_type(wish.visit_type_id)
    for provider_id in wish.provider_ids:
        clinic.provider(provider_id)
    if wish.site_id is not None:
        clinic.site(wish.site_id)
    barred = visit_refusal(visit_type, wish.visitor)
    if barred is not None:
        return SlotSearch(refusal=Refusal(reason=barred))
    bounds = bounds_of(clinic, visit_type, now)
    search = Search.over(clinic, wish, diary, bounds)
    offered = eligible(clinic, wish)
    if isinstance(offered, RefusalReason):
        named = wish.provider_ids[0] if len(wish.provider_ids) == 1 else None
        return SlotSearch(others=nearest(search, now, limit), refusal=Refusal(reason=offered, provider_id=named))
    untimely = span_refusal(wish.when, bounds, clinic, now)
    if untimely is not None:
        return SlotSearch(others=nearest(search, now, limit), refusal=Refusal(reason=untimely))
    offers = search.offers(offered, limit)
    if offers:
        return SlotSearch(offers=offers)
    return SlotSearch(others=nearest(search, now, limit), refusal=search.reason(offered))
