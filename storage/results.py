"""Test results, sealed under their patient."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert

from domain.ids import SubjectId
from domain.patient import Patient
from domain.results import TestResult
from storage.forms import RESULT
from storage.tables import results
from storage.transaction import Transaction

_OF = select(results.c.id, results.c.sealed).where(results.c.subject_id == bindparam("subject_id"))
_INSERT = insert(results)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[results.c.id],
    set_={"sealed": _INSERT.excluded.sealed},
    where=results.c.subject_id == _INSERT.excluded.subject_id,
)


def of_patient(tx: Transaction, patient: Patient) -> tuple[TestResult, ...]:
    """A patient's results, latest collected first."""
    rows = tx.rows(_OF, {"subject_id": patient.subject_id})
    found: list[TestResult] = [tx.unseal(RESULT, row.id, patient.subject_id, row.sealed) for row in rows]
    return tuple(sorted(found, key=lambda result: (result.collected_at, result.id), reverse=True))


def save(tx: Transaction, result: TestResult) -> None:
    """Make or change a result; it never moves to another patient."""
    subject = SubjectId(result.patient_id)
    tx.execute(_SAVE, {"id": result.id, "subject_id": subject, "sealed": tx.seal(RESULT, result.id, subject, result)})
