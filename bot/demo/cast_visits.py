"""The visits of the patients the demo calls by name, placed where the calendar has room first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.demo.people import Population
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.clinic import Clinic, Leave
from domain.ids import AppointmentId, PatientId, ProviderId, VisitTypeId
from domain.scheduling import Diary, SlotWish, find_slots
from domain.when import Interval, When, WhenStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    patient_id: PatientId
    visit_type: str
    provider: str
    from_day: int
    """Not before this many days from today."""


def cast_visits(
    clinic: Clinic,
    people: Population,
    *,
    today: date,
    now: datetime,
    leave: tuple[Leave, ...],
    new_id: Callable[[], str],
) -> tuple[Appointment, ...]:
    """One coming visit for each of the cast but the main patient; parts the clinic has no time for are left out."""
    cast = people.cast
    parts = (
        _Part(patient_id=cast.spanish, visit_type="followup", provider="reyes_sofia", from_day=1),
        _Part(patient_id=cast.discreet, visit_type="contraception", provider="diallo_amara", from_day=1),
        _Part(patient_id=cast.opted_out, visit_type="eye_exam", provider="moreau_ines", from_day=2),
        _Part(patient_id=cast.held, visit_type="followup", provider="lee_daniel", from_day=3),
        _Part(patient_id=cast.household[0], visit_type="dental_cleaning", provider="campos_lucia", from_day=2),
        _Part(patient_id=cast.household[2], visit_type="well_child", provider="vargas_luis", from_day=1),
        _Part(patient_id=cast.household[3], visit_type="well_child", provider="vargas_luis", from_day=1),
    )
    subjects = {patient.id: patient.subject_id for patient in people.patients}
    found: list[Appointment] = []
    for part in parts:
        slot = _first_free(clinic, part, [visit.slot for visit in found], today=today, now=now, leave=leave)
        if slot is not None:
            found.append(
                Appointment(
                    id=AppointmentId(new_id()),
                    subject_id=subjects[part.patient_id],
                    patient_id=part.patient_id,
                    slot=slot,
                    status=AppointmentStatus.BOOKED,
                    version=1,
                    created_at=now - timedelta(days=6),
                )
            )
    return tuple(found)


def _first_free(
    clinic: Clinic,
    part: _Part,
    placed: list[TimeSlot],
    *,
    today: date,
    now: datetime,
    leave: tuple[Leave, ...],
) -> TimeSlot | None:
    day = datetime.combine(today + timedelta(days=part.from_day), time(0), clinic.zone)
    window = Interval(start=day, end=day + timedelta(days=14))
    wish = SlotWish(
        visit_type_id=VisitTypeId(part.visit_type),
        provider_ids=(ProviderId(part.provider),),
        when=When(status=WhenStatus.OK, windows=(window,), date_given=True),
    )
    offers = find_slots(clinic, wish, Diary(booked=tuple(placed), leave=leave), now=now, limit=1).offers
    return offers[0] if offers else None
