"""The patient's own visits: telling them, moving, cancelling and confirming them, and being late."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.booking import reminders_for, time_is_taken, visit_facts
from bot.actions.desk import Desk, Done, outcome, reply, with_changes, with_facts
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.audit import AuditAction
from domain.changes import Change, SaveAppointment, SavePromise, SupersedeOutbox
from domain.dialogue.turn import ActionRequest, Offered
from domain.identity import Level
from domain.ids import PromiseId
from domain.promise import Promise, PromiseKind

MAX_LISTED = 5


async def offer_visits(request: ActionRequest, desk: Desk) -> Done:
    """The patient's coming visits to choose from; a single one is taken as meant."""
    visits = _meant(request, desk)
    if not visits:
        return Done(result=outcome("none", reply("utter_no_visits")))
    if len(visits) == 1:
        facts = visit_facts(visits[0])
        return Done(result=outcome("one", reply("utter_your_visit", facts), slots={"visit": visits[0].id}))
    offers = tuple(Offered(value=item.id, label=item.slot) for item in visits[:MAX_LISTED])
    return Done(result=outcome("several", offers=offers))


def _meant(request: ActionRequest, desk: Desk) -> tuple[Appointment, ...]:
    """All coming visits, or those with the provider who was named, where there are such."""
    visits = desk.live_visits()
    provider = request.slots.get("provider")
    named = tuple(item for item in visits if item.slot.provider_id == provider)
    return named or visits


async def next_visit(request: ActionRequest, desk: Desk) -> Done:
    """The visit that comes next."""
    if isinstance(request.slots.get("visit"), str):
        return Done(result=outcome("one"))
    visits = desk.live_visits()
    if not visits:
        return Done(result=outcome("none", reply("utter_no_visits")))
    return Done(result=outcome("one", slots={"visit": visits[0].id}))


async def list_visits(request: ActionRequest, desk: Desk) -> Done:
    """Read the coming visits out: date, time, place."""
    del request
    visits = desk.live_visits()
    event = desk.event("appointments.read", AuditAction.READ, object_type="patient", object_id=desk.handle.subject_id)
    if not visits:
        return with_changes(outcome("none", reply("utter_no_visits")), audit=(event,))
    slots = tuple(item.slot for item in visits[:MAX_LISTED])
    said = reply("utter_visits", {"visits": slots, "count": len(visits)})
    return with_changes(outcome("listed", said), audit=(event,))


async def move_visit(request: ActionRequest, desk: Desk) -> Done:
    """Swap a visit's time for the held one: the new is taken and the old given back in one commit."""
    visit, slot = _visit(request, desk), request.slots.get("offer")
    if visit is None or not visit.status.is_live or not isinstance(slot, TimeSlot):
        return Done(result=outcome("refused", reply("utter_visit_unknown")))
    if visit.slot == slot:
        return Done(result=outcome("moved", reply("utter_already_booked", visit_facts(visit))))
    held = desk.hold.id if desk.hold is not None and desk.hold.slot == slot else None
    if not _overlap(slot, visit.slot) and await time_is_taken(desk, slot, apart_from=held):
        return Done(result=outcome("taken", reply("utter_slot_taken"), slots={"offer": None, "confirm": None}))
    status = visit.status if visit.status is AppointmentStatus.REQUESTED else AppointmentStatus.BOOKED
    moved = replace(visit, slot=slot, status=status, version=visit.version + 1)
    changes: tuple[Change, ...] = (
        SaveAppointment(appointment=moved, expected_version=visit.version, from_hold=held),
        SupersedeOutbox(appointment_id=visit.id, below_version=moved.version),
        *reminders_for(moved, desk),
    )
    event = desk.event("appointment.moved", AuditAction.UPDATE, object_type="appointment", object_id=visit.id)
    result = with_facts(outcome("moved", reply(_generic(desk, "utter_moved"), visit_facts(moved))), has_hold=False)
    return with_changes(result, *changes, audit=(event,))


async def cancel_visit(request: ActionRequest, desk: Desk) -> Done:
    """Cancel a visit; its time is free again."""
    visit = _visit(request, desk)
    if visit is None:
        return Done(result=outcome("refused", reply("utter_visit_unknown")))
    if visit.status is AppointmentStatus.CANCELLED:
        return Done(result=outcome("cancelled", reply("utter_already_cancelled")))
    gone = replace(visit, status=AppointmentStatus.CANCELLED, version=visit.version + 1)
    changes = (
        SaveAppointment(appointment=gone, expected_version=visit.version),
        SupersedeOutbox(appointment_id=visit.id, below_version=gone.version),
    )
    event = desk.event("appointment.cancelled", AuditAction.UPDATE, object_type="appointment", object_id=visit.id)
    said = reply(_generic(desk, "utter_cancelled"), visit_facts(gone))
    return with_changes(outcome("cancelled", said), *changes, audit=(event,))


async def confirm_visit(request: ActionRequest, desk: Desk) -> Done:
    """The patient is coming."""
    visit = _visit(request, desk)
    if visit is None or not visit.status.is_live:
        return Done(result=outcome("refused", reply("utter_visit_unknown")))
    said = reply(_generic(desk, "utter_confirmed"), visit_facts(visit))
    if visit.status is not AppointmentStatus.BOOKED:
        return Done(result=outcome("confirmed", said))
    sure = replace(visit, status=AppointmentStatus.CONFIRMED, version=visit.version + 1)
    event = desk.event("appointment.confirmed", AuditAction.UPDATE, object_type="appointment", object_id=visit.id)
    change = SaveAppointment(appointment=sure, expected_version=visit.version)
    return with_changes(outcome("confirmed", said), change, *reminders_for(sure, desk), audit=(event,))


async def note_late(request: ActionRequest, desk: Desk) -> Done:
    """Tell the front desk how late the patient will be."""
    visit, minutes = _visit(request, desk), request.slots.get("minutes")
    if visit is None or not isinstance(minutes, int):
        return Done(result=outcome("refused", reply("utter_visit_unknown")))
    note = Promise(
        id=PromiseId(desk.new_id()),
        conversation_id=desk.conversation_id,
        subject_id=desk.handle.subject_id,
        kind=PromiseKind.REPLY,
        queue=desk.clinic.default_queue_id,
        detail=f"late:{visit.id}:{minutes}",
        made_at=desk.now,
        due_at=visit.slot.starts_at,
    )
    event = desk.event("appointment.late", AuditAction.UPDATE, object_type="appointment", object_id=visit.id)
    noted = replace(visit, note=f"late {minutes} min", version=visit.version + 1)
    save = SaveAppointment(appointment=noted, expected_version=visit.version)
    said = reply("utter_late_noted", {"minutes": minutes})
    return with_changes(outcome("noted", said), SavePromise(promise=note), save, audit=(event,))


def _visit(request: ActionRequest, desk: Desk) -> Appointment | None:
    """The visit meant, unless it is over."""
    visit = desk.appointments.get(str(request.slots.get("visit")))
    return visit if visit is not None and visit.slot.ends_at > desk.now else None


def _overlap(new: TimeSlot, old: TimeSlot) -> bool:
    """The patient's own time is in the way only of others; the commit looks at the cells themselves."""
    return new.provider_id == old.provider_id and new.starts_at < old.ends_at and old.starts_at < new.ends_at


def _generic(desk: Desk, key: str) -> str:
    """Below level 2 the answer names no visit."""
    return key if desk.handle.level_at(desk.now) >= Level.PROVEN else f"{key}_generic"
