"""Medicines a patient takes, sealed under their patient."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from domain.ids import SubjectId
from domain.medicine import Medicine
from domain.patient import Patient
from storage.forms import MEDICINE
from storage.tables import medicines
from storage.transaction import Transaction

_OF = (
    select(medicines.c.id, medicines.c.sealed)
    .where(medicines.c.subject_id == bindparam("subject_id"))
    .order_by(medicines.c.id)
)
_INSERT = insert(medicines)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[medicines.c.id],
    set_={"sealed": _INSERT.excluded.sealed},
    where=medicines.c.subject_id == _INSERT.excluded.subject_id,
)


def of_patient(tx: Transaction, patient: Patient) -> tuple[Medicine, ...]:
    """A patient's medicines, by id."""
    rows = tx.rows(_OF, {"subject_id": patient.subject_id})
    return tuple(tx.unseal(MEDICINE, row.id, patient.subject_id, row.sealed) for row in rows)


def save(tx: Transaction, medicine: Medicine) -> None:
    """Make or change a medicine; it never moves to another patient."""
    subject = SubjectId(medicine.patient_id)
    sealed = tx.seal(MEDICINE, medicine.id, subject, medicine)
    tx.execute(_SAVE, {"id": medicine.id, "subject_id": subject, "sealed": sealed})
