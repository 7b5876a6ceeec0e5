"""Finding a time, holding it and booking it, by the clinic's own rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.actions.desk import Desk, Done, outcome, reply, with_changes, with_facts
from domain.appointment import Appointment, AppointmentStatus, Hold, TimeSlot
from domain.audit import AuditAction
from domain.changes import PlaceHold, PlanReminder, ReleaseHold, SaveAppointment, SavePromise
from domain.clinic import BookingMode, Clinic
from domain.dialogue.reply import Local, Named, NameKind, Reply, ReplyValue, Words
from domain.dialogue.turn import ActionRequest, ActionResult, Offered
from domain.identity import Level
from domain.ids import AppointmentId, HoldId, PromiseId, ProviderId, SiteId, VisitTypeId
from domain.patient import CHILD_RELATIONS
from domain.promise import Promise, PromiseKind
from domain.scheduling import Diary, Refusal, RefusalReason, SlotSearch, SlotWish, Visitor, find_slots, response_due
from domain.when import NO_TIME, When, at_same_time, week_later

LIMIT = 3
MAX_CARE = 5
REMINDER_RULE = "day_before"

_TIMELY = {RefusalReason.PAST, RefusalReason.TOO_SOON, RefusalReason.TOO_FAR, RefusalReason.CLINIC_CLOSED}
_ABOUT_ONE = {RefusalReason.PROVIDER_AWAY, RefusalReason.PROVIDER_ON_LEAVE}
_FULL = {RefusalReason.PROVIDER_AWAY, RefusalReason.PROVIDER_ON_LEAVE, RefusalReason.FULL, RefusalReason.TAKEN}


async def choose_visit_type(request: ActionRequest, desk: Desk) -> Done:
    """Settle the kind of visit from the provider named, or offer the kinds of care there are."""
    clinic, named = desk.clinic, request.slots.get("visit_type")
    if isinstance(named, str):
        return Done(result=outcome("known", slots={"visit_type": _suited(request, clinic, VisitTypeId(named))}))
    provider_id = request.slots.get("provider")
    if isinstance(provider_id, str) and provider_id != "any":
        provider = clinic.provider(ProviderId(provider_id))
        usual = clinic.specialty(provider.specialty_ids[0]).default_visit_type_id
        if usual in provider.visit_type_ids:
            return Done(result=outcome("known", slots={"visit_type": usual}))
    bookable = [item for item in clinic.specialties if clinic.visit_type(item.default_visit_type_id).bookable]
    offers = tuple(
        Offered(value=item.default_visit_type_id, label=Named(kind=NameKind.SPECIALTY, id=item.id)) for item in bookable
    )
    return Done(result=outcome("ask", offers=offers[:MAX_CARE]))


def _suited(request: ActionRequest, clinic: Clinic, named: VisitTypeId) -> VisitTypeId:
    """The kind of visit meant: a child's, or a first one, where the clinic keeps one apart."""
    visit_type = clinic.visit_type(named)
    if request.slots.get("whom") == "other" and request.slots.get("relation") in CHILD_RELATIONS:
        return visit_type.for_children or named
    if request.slots.get("first_time") and request.slots.get("whom") != "other":
        return visit_type.for_new_patients or named
    return named


async def check_visit_type(request: ActionRequest, desk: Desk) -> Done:
    """Whether this visit may be booked here at all, before anyone is asked for a day."""
    visit_type = desk.clinic.visit_type(_visit_type(request))
    cleared: tuple[Offered, ...] = ()
    if not visit_type.bookable:
        return Done(result=outcome("refused", _refusal(Refusal(reason=RefusalReason.NOT_BOOKABLE)), offers=cleared))
    if visit_type.needs_referral:
        return Done(result=outcome("refused", _refusal(Refusal(reason=RefusalReason.NEEDS_REFERRAL)), offers=cleared))
    oneself = request.slots.get("whom") != "other" and request.slots.get("for_child") is None
    if oneself and visit_type.max_age is not None and (_visitor(request, desk).age or 0) > visit_type.max_age:
        return Done(result=outcome("child", offers=cleared))
    return Done(result=outcome("ok", offers=cleared))


async def search_slots(request: ActionRequest, desk: Desk) -> Done:
    """Times that meet the wish; when none does, the reason and the nearest others."""
    visit_type_id = _visit_type(request)
    twin = _twin(request, desk, visit_type_id)
    if twin is not None:
        return Done(result=outcome("twin", reply("utter_already_booked", visit_facts(twin)), offers=()))
    wanted = _provider(request) or _all_but(str(request.slots.get("avoid", "")), desk, visit_type_id)
    return Done(result=await _search(request, desk, visit_type_id=visit_type_id, provider_ids=wanted))


def _all_but(avoid: str, desk: Desk, visit_type_id: VisitTypeId) -> tuple[ProviderId, ...]:
    """Everyone who does that kind of visit but one; empty, which means anyone, where nobody is to be left out."""
    doing = desk.clinic.providers_for(visit_type_id)
    return tuple(one.id for one in doing if one.id != avoid) if any(one.id == avoid for one in doing) else ()


def _twin(request: ActionRequest, desk: Desk, visit_type_id: VisitTypeId) -> Appointment | None:
    """The same visit on a day asked for, already booked: said to a patient who is proven, else not known."""
    when = request.slots.get("when")
    if request.slots.get("whom") == "other":
        return None
    if desk.handle.level_at(desk.now) < Level.PROVEN or not isinstance(when, When) or not when.date_given:
        return None
    same = (item for item in desk.live_visits() if item.slot.visit_type_id == visit_type_id)
    return next((item for item in same if when.admits(item.slot.starts_at)), None)


async def look_for_another(request: ActionRequest, desk: Desk) -> Done:
    """Anyone but the one offered; where nobody else does that kind of visit it is said, and the same are offered."""
    slot, empty = request.slots.get("offer"), {"provider": None, "offer": None, "confirm": None, "change": None}
    if not isinstance(slot, TimeSlot):
        return Done(result=outcome("any", slots={**empty, "avoid": None}))
    others = [one for one in desk.clinic.providers_for(slot.visit_type_id) if one.id != slot.provider_id]
    if not others:
        return Done(result=outcome("nobody", reply("utter_nobody_else"), slots={**empty, "avoid": None}))
    return Done(result=outcome("others", slots={**empty, "avoid": slot.provider_id}))


async def find_new_slots(request: ActionRequest, desk: Desk) -> Done:
    """Times for moving a visit: the same kind, with the same provider unless another is named."""
    visit = desk.appointments.get(str(request.slots.get("visit")))
    if visit is None:
        return Done(result=outcome("refused", reply("utter_visit_unknown")))
    providers = _provider(request) or (visit.slot.provider_id,)
    return Done(result=await _search(request, desk, visit_type_id=visit.slot.visit_type_id, provider_ids=providers))


async def _search(
    request: ActionRequest, desk: Desk, *, visit_type_id: VisitTypeId, provider_ids: tuple[ProviderId, ...]
) -> ActionResult:
    when = wish_of(request, desk)
    site = request.slots.get("site")
    wish = SlotWish(
        visit_type_id=visit_type_id,
        provider_ids=provider_ids,
        site_id=SiteId(site) if isinstance(site, str) and site != "any" else None,
        when=when,
        visitor=_visitor(request, desk),
    )
    diary = await _diary(desk, visit_type_id)
    found = find_slots(desk.clinic, wish, diary, now=desk.now, limit=LIMIT)
    if found.offers:
        return outcome("found", offers=tuple(_offered(slot) for slot in found.offers), slots={"offer": None})
    return _without_offers(found)


def wish_of(request: ActionRequest, desk: Desk) -> When:
    """The wish as said; "the same time" is that of the visit being moved."""
    when, visit = request.slots.get("when"), desk.appointments.get(str(request.slots.get("visit")))
    if not isinstance(when, When):
        return NO_TIME
    if visit is None or not request.slots.get("same_time"):
        return when
    starts_at = visit.slot.starts_at.astimezone(desk.clinic.zone)
    same = at_same_time(when, starts_at)
    return at_same_time(week_later(when), starts_at) if same.admits(starts_at) else same


def _without_offers(found: SlotSearch) -> ActionResult:
    said = (_refusal(found.refusal),) if found.refusal else ()
    if found.others:
        offers = tuple(_offered(item.slot) for item in sorted(found.others, key=lambda item: item.slot.starts_at))
        return outcome("others", *said, offers=offers, slots={"offer": None})
    timely = found.refusal is not None and found.refusal.reason in _TIMELY | _FULL
    return outcome("none" if timely else "refused", *said, offers=())


def _offered(slot: TimeSlot) -> Offered:
    return Offered(value=slot, label=slot)


async def _diary(desk: Desk, visit_type_id: VisitTypeId) -> Diary:
    visit_type = desk.clinic.visit_type(visit_type_id)
    end = desk.now + timedelta(days=visit_type.max_days_ahead + 1)
    kept = desk.hold.id if desk.hold else None
    busy = await desk.calendar.busy(desk.now - timedelta(days=1), end, apart_from=kept)
    booked = [
        visit
        for provider in desk.clinic.providers_for(visit_type_id)
        for visit in await desk.calendar.of_provider(provider.id, desk.now - timedelta(days=1), end)
    ]
    leave = await desk.calendar.leave(desk.now - timedelta(days=1), end)
    return Diary(booked=tuple(item.slot for item in booked), busy=busy, leave=leave)


async def time_is_taken(desk: Desk, slot: TimeSlot, *, apart_from: HoldId | None) -> bool:
    """Whether someone else has the time by now, or staff put the provider on leave since it was offered."""
    taken = await desk.calendar.busy(slot.starts_at, slot.ends_at, apart_from=apart_from)
    away = await desk.calendar.leave(slot.starts_at, slot.ends_at)
    return slot.provider_id in {*(item.provider_id for item in taken), *(item.provider_id for item in away)}


def _visitor(request: ActionRequest, desk: Desk) -> Visitor:
    if desk.patient is None or request.slots.get("whom") == "other":
        return Visitor()
    return Visitor(age=desk.patient.age_on(desk.now.astimezone(desk.clinic.zone).date()), is_new=desk.patient.pending)


def _refusal(refusal: Refusal) -> Reply:
    """Why not, as precisely as the facts allow."""
    values: dict[str, ReplyValue] = {}
    if refusal.holiday is not None:
        return reply("utter_refusal_holiday", {"holiday": Local(by_language=dict(refusal.holiday.name.texts))})
    if refusal.provider_id is None and refusal.reason in _ABOUT_ONE:
        return reply("utter_refusal_full")
    if refusal.reason is RefusalReason.PROVIDER_ON_LEAVE and refusal.back_on is None:
        refusal = replace(refusal, reason=RefusalReason.PROVIDER_AWAY)
    if refusal.provider_id is not None:
        values["provider"] = Named(kind=NameKind.PROVIDER, id=refusal.provider_id)
    if refusal.back_on is not None:
        values["date"] = refusal.back_on
    return reply(f"utter_refusal_{refusal.reason.value}", values)


async def hold_slot(request: ActionRequest, desk: Desk) -> Done:
    """Keep the chosen time for this conversation. A time someone else took meanwhile is refused by the commit."""
    slot = request.slots.get("offer")
    if not isinstance(slot, TimeSlot):
        return Done(result=outcome("taken"))
    if desk.hold is not None and desk.hold.slot == slot:
        return Done(result=with_facts(outcome("held"), has_hold=True))
    kept = desk.hold.id if desk.hold else None
    if slot.starts_at <= desk.now or await time_is_taken(desk, slot, apart_from=kept):
        return Done(result=outcome("taken", reply("utter_slot_taken")))
    hold = Hold(
        id=HoldId(desk.new_id()),
        conversation_id=desk.conversation_id,
        slot=slot,
        expires_at=desk.now + desk.clinic.spans.hold,
    )
    return with_changes(with_facts(outcome("held"), has_hold=True), PlaceHold(hold=hold))


async def release_hold(request: ActionRequest, desk: Desk) -> Done:
    """Give a held time back."""
    del request
    if desk.hold is None:
        return Done(result=ActionResult(facts={"has_hold": False}))
    return with_changes(ActionResult(facts={"has_hold": False}), ReleaseHold(hold_id=desk.hold.id))


async def book_visit(request: ActionRequest, desk: Desk) -> Done:
    """Book the held time: direct, or as a request that staff confirm (request mode, or a record not yet checked)."""
    slot = request.slots.get("offer")
    if not isinstance(slot, TimeSlot) or desk.patient is None:
        return Done(result=outcome("refused", reply("utter_not_booked")))
    twin = next((item for item in desk.live_visits() if item.slot == slot), None)
    if twin is not None:
        return Done(result=outcome("booked", reply("utter_already_booked", visit_facts(twin))))
    held = desk.hold.id if desk.hold is not None and desk.hold.slot == slot else None
    if await time_is_taken(desk, slot, apart_from=held):
        return Done(result=outcome("taken", reply("utter_slot_taken"), slots={"offer": None, "confirm": None}))
    proven = desk.handle.level_at(desk.now) >= Level.PROVEN
    direct = (
        desk.clinic.visit_type(slot.visit_type_id).mode is BookingMode.DIRECT and proven and not desk.patient.pending
    )
    appointment = Appointment(
        id=AppointmentId(desk.new_id()),
        subject_id=desk.patient.subject_id,
        patient_id=desk.patient.id,
        slot=slot,
        status=AppointmentStatus.BOOKED if direct else AppointmentStatus.REQUESTED,
        version=1,
        created_at=desk.now,
    )
    asked = () if direct else (visit_request(desk, appointment),)
    planned = () if desk.handle.opted_out or desk.patient.opted_out else reminders_for(appointment, desk)
    booked = "utter_booked" if planned else "utter_booked_no_reminder"
    key = booked if direct else "utter_requested"
    save = SaveAppointment(appointment=appointment, from_hold=held)
    event = desk.event(
        "appointment.booked" if direct else "appointment.requested",
        AuditAction.CREATE,
        object_type="appointment",
        object_id=appointment.id,
    )
    values = {**visit_facts(appointment), **({"due": asked[0].promise.due_at} if asked else {})}
    result = with_facts(outcome("booked", reply(key, values)), has_hold=False)
    return with_changes(result, save, *planned, *asked, audit=(event,))


def visit_request(desk: Desk, appointment: Appointment) -> SavePromise:
    """The front desk's task to confirm a visit that was asked for, with the time it is told to the patient by."""
    queue = desk.clinic.queue_for(PromiseKind.VISIT_REQUEST.value)
    promise = Promise(
        id=PromiseId(desk.new_id()),
        conversation_id=desk.conversation_id,
        subject_id=appointment.subject_id,
        kind=PromiseKind.VISIT_REQUEST,
        queue=queue.id,
        detail=f"visit:{appointment.id}",
        made_at=desk.now,
        due_at=response_due(desk.clinic, queue, desk.now),
    )
    return SavePromise(promise=promise)


def reminders_for(appointment: Appointment, desk: Desk) -> tuple[PlanReminder, ...]:
    """The reminder of a visit, when there is still time for one."""
    due = appointment.slot.starts_at - desk.clinic.spans.reminder
    if due <= desk.now:
        return ()
    return (
        PlanReminder(
            rule=REMINDER_RULE,
            appointment_id=appointment.id,
            version=appointment.version,
            conversation_id=desk.conversation_id,
            due_at=due,
        ),
    )


def visit_facts(appointment: Appointment) -> dict[str, ReplyValue]:
    """What a response may say of a visit (its level decides whether it does)."""
    slot = appointment.slot
    return {
        "slot": slot,
        "site": Named(kind=NameKind.SITE, id=slot.site_id),
        "provider": Named(kind=NameKind.PROVIDER, id=slot.provider_id),
        "visit_type": Named(kind=NameKind.VISIT_TYPE, id=slot.visit_type_id),
        "status": Words(key=f"status_{appointment.status.value}"),
    }


async def offer_person_for_booking(request: ActionRequest, desk: Desk) -> Done:
    """Nothing can be booked here: say how the front desk can be reached."""
    del request
    site = desk.clinic.sites[0]
    return Done(result=outcome("offered", reply("utter_call_to_book", {"phone": site.phone})))


def _visit_type(request: ActionRequest) -> VisitTypeId:
    return VisitTypeId(str(request.slots.get("visit_type", "")))


def _provider(request: ActionRequest) -> tuple[ProviderId, ...]:
    provider = request.slots.get("provider")
    return (ProviderId(provider),) if isinstance(provider, str) and provider != "any" else ()
