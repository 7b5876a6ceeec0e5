"""Everything the demo starts with, as values: storage is the caller's business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from bot.demo.calendar import DiaryWriter, demo_leave
from bot.demo.cast_visits import cast_visits
from bot.demo.people import Cast, invent_people
from bot.demo.records import RecordWriter
from domain.appointment import Appointment
from domain.clinic import Clinic, Leave
from domain.ids import PatientId
from domain.medicine import Medicine
from domain.patient import Patient
from domain.results import TestResult

PATIENTS = 200
MAIN_PIN = "4826"
"""The main patient's PIN, shown on the demo's role card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPin:
    """A PIN in the clear, for the caller to digest; such a thing exists in the demo only."""

    patient_id: PatientId
    pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoData:
    """Invented records, ready to be stored."""

    patients: tuple[Patient, ...]
    appointments: tuple[Appointment, ...]
    results: tuple[TestResult, ...]
    medicines: tuple[Medicine, ...]
    leave: tuple[Leave, ...]
    pins: tuple[PatientPin, ...]
    cast: Cast


def build_demo(clinic: Clinic, *, seed: int, today: date, now: datetime, new_id: Callable[[], str]) -> DemoData:
    """The demo's records around a local date and instant; the same seed, date and ids give the same records."""
    rng = Random(f"{seed}/{today.isoformat()}")  # noqa: S311 - invents people; nothing here is secret
    people = invent_people(rng, today=today, count=PATIENTS, new_id=new_id)
    leave = demo_leave(clinic, today)
    named = cast_visits(clinic, people, today=today, now=now, leave=leave, new_id=new_id)
    diary = DiaryWriter(clinic=clinic, people=people, rng=rng, today=today, now=now, new_id=new_id, placed=named)
    records = RecordWriter(clinic, rng, now, new_id)
    return DemoData(
        patients=people.patients,
        appointments=diary.write(leave),
        results=records.results(people.patients, people.cast),
        medicines=records.medicines(people.patients, people.cast),
        leave=leave,
        pins=_pins(rng, people.patients, people.cast),
        cast=people.cast,
    )


def _pins(rng: Random, patients: tuple[Patient, ...], cast: Cast) -> tuple[PatientPin, ...]:
    others = [patient.id for patient in patients if patient.id != cast.main]
    chosen = rng.sample(others, k=len(others) // 6)
    drawn = tuple(PatientPin(patient_id=one, pin=f"{rng.randint(0, 9999):04d}") for one in chosen)
    return (PatientPin(patient_id=cast.main, pin=MAIN_PIN), *drawn)
