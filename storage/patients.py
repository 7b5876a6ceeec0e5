"""Patient records: sealed, found by blind index, opened and compared before they are called a match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from domain.ids import PatientId
from domain.patient import Patient
from domain.results import TestResult
from storage import results as test_results
from storage.crypto.blind_index import normal_mrn, normal_name, normal_phone
from storage.doors import Doors
from storage.forms import PATIENT
from storage.tables import patient_phones, patients
from storage.transaction import Transaction, Values

_COLUMNS = (patients.c.id, patients.c.subject_id, patients.c.sealed)
_BY_ID = select(*_COLUMNS).where(patients.c.id == bindparam("patient_id"))
_BY_NAME_BIRTH = (
    select(*_COLUMNS).where(patients.c.name_birth_ref == bindparam("name_birth_ref")).order_by(patients.c.id)
)
_BY_PHONE = (
    select(*_COLUMNS)
    .join(patient_phones, patient_phones.c.patient_id == patients.c.id)
    .where(patient_phones.c.phone_ref == bindparam("phone_ref"))
    .order_by(patients.c.id)
)
_UNNUMBERED = select(*_COLUMNS).where(patients.c.mrn_ref.is_(None)).order_by(patients.c.id)
"""Whoever registers by chat has no record number yet, so the pending are among these few."""
_BY_MRN = select(*_COLUMNS, patients.c.mrn_ref).where(patients.c.mrn_ref.in_(bindparam("mrn_refs", expanding=True)))
_ASKED_AT_ONCE = 500
_INSERT = insert(patients)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[patients.c.id],
    set_={
        "name_birth_ref": _INSERT.excluded.name_birth_ref,
        "mrn_ref": _INSERT.excluded.mrn_ref,
        "sealed": _INSERT.excluded.sealed,
    },
)
_DROP_PHONES = delete(patient_phones).where(patient_phones.c.patient_id == bindparam("of_patient"))
_ADD_PHONES = insert(patient_phones)


class SqlPatients:
    """Implements domain.ports.Patients."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def get(self, patient_id: PatientId) -> Patient | None:
        """See the port."""
        return await self._doors.read(lambda tx: load(tx, patient_id))

    async def matching(self, *, family_name: str, birth_date: date) -> tuple[Patient, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _matching(tx, family_name, birth_date))

    async def results(self, patient_id: PatientId) -> tuple[TestResult, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _results(tx, patient_id))

    async def with_phone(self, phone: str) -> tuple[Patient, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _with_phone(tx, phone))

    async def pending(self, *, limit: int = 200) -> tuple[Patient, ...]:
        """See the port."""
        return await self._doors.read(lambda tx: _pending(tx, limit))

    async def with_mrn(self, mrn: str) -> Patient | None:
        """See the port."""
        return (await self.with_mrns((mrn,))).get(mrn)

    async def with_mrns(self, mrns: Sequence[str]) -> Mapping[str, Patient]:
        """See the port."""
        return await self._doors.read(lambda tx: _with_mrns(tx, mrns))


def _results(tx: Transaction, patient_id: PatientId) -> tuple[TestResult, ...]:
    patient = load(tx, patient_id)
    return () if patient is None else test_results.of_patient(tx, patient)


def load(tx: Transaction, patient_id: PatientId) -> Patient | None:
    """One record."""
    row = tx.row(_BY_ID, {"patient_id": patient_id})
    return None if row is None else _opened(tx, row)


def save(tx: Transaction, patient: Patient) -> None:
    """Make or change a record; its blind indexes follow."""
    tx.execute(
        _SAVE,
        {
            "id": patient.id,
            "subject_id": patient.subject_id,
            "name_birth_ref": tx.index.name_and_birth(patient.family_name, patient.birth_date),
            "mrn_ref": tx.index.mrn(patient.mrn) if patient.mrn else None,
            "sealed": tx.seal(PATIENT, patient.id, patient.subject_id, patient),
        },
    )
    tx.execute(_DROP_PHONES, {"of_patient": patient.id})
    refs = {tx.index.phone(phone) for phone in patient.phones}
    if refs:
        rows: list[Values] = [{"phone_ref": ref, "patient_id": patient.id} for ref in sorted(refs)]
        tx.execute(_ADD_PHONES, rows)


def _matching(tx: Transaction, family_name: str, birth_date: date) -> tuple[Patient, ...]:
    wanted = normal_name(family_name)
    rows = tx.rows(_BY_NAME_BIRTH, {"name_birth_ref": tx.index.name_and_birth(family_name, birth_date)})
    return tuple(
        patient
        for patient in _all(tx, rows)
        if patient.birth_date == birth_date and normal_name(patient.family_name) == wanted and not patient.declined
    )


def _with_phone(tx: Transaction, phone: str) -> tuple[Patient, ...]:
    wanted = normal_phone(phone)
    rows = tx.rows(_BY_PHONE, {"phone_ref": tx.index.phone(phone)})
    found = (patient for patient in _all(tx, rows) if wanted in map(normal_phone, patient.phones))
    return tuple(patient for patient in found if not patient.declined)


def _pending(tx: Transaction, limit: int) -> tuple[Patient, ...]:
    found = (patient for patient in _all(tx, tx.rows(_UNNUMBERED)) if patient.pending and not patient.declined)
    return tuple(islice(found, limit))


def _with_mrns(tx: Transaction, mrns: Sequence[str]) -> dict[str, Patient]:
    asked: dict[bytes, list[str]] = {}
    for mrn in mrns:
        asked.setdefault(tx.index.mrn(mrn), []).append(mrn)
    refs, found = list(asked), dict[str, Patient]()
    for first in range(0, len(refs), _ASKED_AT_ONCE):
        for row in tx.rows(_BY_MRN, {"mrn_refs": refs[first : first + _ASKED_AT_ONCE]}):
            patient = _opened(tx, row)
            found |= {mrn: patient for mrn in asked[row.mrn_ref] if normal_mrn(mrn) == normal_mrn(patient.mrn or "")}
    return found


def _all(tx: Transaction, rows: Sequence[Row[Any]]) -> list[Patient]:
    return [_opened(tx, row) for row in rows]


def _opened(tx: Transaction, row: Row[Any]) -> Patient:
    patient: Patient = tx.unseal(PATIENT, row.id, row.subject_id, row.sealed)
    return patient
