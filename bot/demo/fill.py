"""Fills a fresh demo home: the fictional population, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.actions.identity import pin_digest
from bot.demo.seed import DemoData, build_demo
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.clinic import Clinic
from domain.patient import Patient
from domain.ports import Clock, IdSource
from storage.store import Store


async def fill_demo(
    store: Store, clinic: Clinic, *, clock: Clock, new_id: IdSource, seed: int, as_of: datetime | None = None
) -> DemoData:
    """Put the demo's patients, visits, results and medicines into an empty store, as they are at `as_of` (now)."""
    now = as_of or clock.now()
    data = build_demo(clinic, seed=seed, today=now.astimezone(clinic.zone).date(), now=now, new_id=new_id)
    pins = {entry.patient_id: entry.pin for entry in data.pins}
    patients = tuple(_with_pin(patient, pins.get(patient.id), new_id) for patient in data.patients)
    event = AuditEvent(at=clock.now(), actor=SYSTEM, action=AuditAction.CREATE, event="demo.filled")
    await store.seed(
        patients=patients,
        appointments=data.appointments,
        results=data.results,
        medicines=data.medicines,
        leave=data.leave,
        audit=event,
    )
    return data


def _with_pin(patient: Patient, pin: str | None, new_id: IdSource) -> Patient:
    return patient if pin is None else replace(patient, pin_digest=pin_digest(pin, new_id()))
