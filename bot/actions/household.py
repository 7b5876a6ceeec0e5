"""A visit for somebody else: asked for under their own name, never on the record of the one who writes.

No record is named or denied: a person on file under the same phone and one we have never seen sound the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.actions.booking import time_is_taken, visit_facts, visit_request
from bot.actions.desk import Desk, Done, outcome, reply, with_changes, with_facts
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.audit import AuditAction
from domain.changes import Change, SaveAppointment, SavePatient
from domain.dialogue.turn import ActionRequest
from domain.identity import Level
from domain.ids import AppointmentId, PatientId
from domain.patient import Patient
from domain.scheduling import RefusalReason, Visitor, refused_visit


async def book_for_other(request: ActionRequest, desk: Desk) -> Done:
    """Ask for the held time for the person named; staff confirm it, whoever that is."""
    slot, born = request.slots.get("offer"), request.slots.get("birth_date")
    name = str(request.slots.get("person_name", "")).strip()
    if not isinstance(slot, TimeSlot) or not isinstance(born, date) or not name:
        return Done(result=outcome("refused", reply("utter_not_booked")))
    age = _age(born, desk)
    if refused_visit(desk.clinic.visit_type(slot.visit_type_id), Visitor(age=age)) is RefusalReason.AGE:
        return Done(result=outcome("refused", reply("utter_refusal_age")))
    held = desk.hold.id if desk.hold is not None and desk.hold.slot == slot else None
    if await time_is_taken(desk, slot, apart_from=held):
        return Done(result=outcome("taken", reply("utter_slot_taken"), slots={"offer": None, "confirm": None}))
    known = await _on_file(request, desk, name, born)
    patient = known or _pending(request, desk, name, born)
    appointment = Appointment(
        id=AppointmentId(desk.new_id()),
        subject_id=patient.subject_id,
        patient_id=patient.id,
        slot=slot,
        status=AppointmentStatus.REQUESTED,
        version=1,
        created_at=desk.now,
    )
    asked = visit_request(desk, appointment)
    events = tuple(
        replace(
            desk.event(what, AuditAction.CREATE, object_type=kind, object_id=object_id), subject_id=patient.subject_id
        )
        for what, kind, object_id in (
            *((("patient.registered", "patient", str(patient.id)),) if known is None else ()),
            ("appointment.requested", "appointment", str(appointment.id)),
        )
    )
    new: tuple[Change, ...] = (SavePatient(patient=patient),) if known is None else ()
    said = reply("utter_requested_other", {**visit_facts(appointment), "name": name, "due": asked.promise.due_at})
    result = with_facts(outcome("booked", said), has_hold=False)
    return with_changes(result, *new, SaveAppointment(appointment=appointment, from_hold=held), asked, audit=events)


def _age(born: date, desk: Desk) -> int:
    today = desk.now.astimezone(desk.clinic.zone).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


async def _on_file(request: ActionRequest, desk: Desk, name: str, born: date) -> Patient | None:
    """The one record of that name and birth date under the phone of someone whose phone is proven."""
    proven = desk.handle.level_at(desk.now) >= Level.PROVEN
    if not (proven or desk.can_prove_phone):
        return None
    phone = _phone(request, desk)
    sharing = await desk.office.patients.with_phone(phone) if phone else ()
    first = name.split(maxsplit=1)[0].casefold()
    found = [one for one in sharing if one.birth_date == born and one.given_name.casefold().startswith(first)]
    return found[0] if len(found) == 1 else None


def _phone(request: ActionRequest, desk: Desk) -> str:
    if desk.can_prove_phone:
        return desk.handle.address.value
    if desk.patient is not None and desk.patient.phones:
        return desk.patient.phones[0]
    given = request.slots.get("phone")
    return given if isinstance(given, str) else ""


def _pending(request: ActionRequest, desk: Desk, name: str, born: date) -> Patient:
    *given, family = name.split()
    if not given and desk.patient is not None:
        given, family = [family], desk.patient.family_name
    phone = _phone(request, desk)
    return Patient(
        id=PatientId(desk.new_id()),
        given_name=" ".join(given) or family,
        family_name=family,
        birth_date=born,
        phones=(phone,) if phone else (),
        language=desk.snapshot.conversation.language,
        pending=True,
    )
