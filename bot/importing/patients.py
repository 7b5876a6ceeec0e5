"""Patients from a file. A record number that is on file already is left as it is: the conversation may know more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.importing.cells import LocalReaders, email, mrn, one_of, person_name, yes_no
from bot.importing.report import Findings, ImportReport
from bot.importing.sheet import Columns, Row, read_sheet
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.clinic import Clinic
from domain.ids import PatientId
from domain.patient import Patient
from storage.store import Store

COLUMNS = Columns(
    required=("mrn", "given_name", "family_name", "birth_date"),
    optional=("phone", "phone_2", "email", "language", "discreet", "opted_out"),
)


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    patient: Patient


async def import_patients(
    text: str, store: Store, clinic: Clinic, *, now: datetime, new_id: Callable[[], str], dry_run: bool
) -> ImportReport:
    """Read a CSV text and bring its patients in, audited; with any problem, or in a dry run, nothing is written.

    A record number on file for the same family name and birth date counts as known and is not changed; for anyone
    else it is a problem. Raises UnavailableError or IntegrityError.
    """
    findings = Findings()
    readers = LocalReaders(country=clinic.country, zone=clinic.zone, today=now.astimezone(clinic.zone).date())
    lines = [line for row in read_sheet(text, COLUMNS, findings) if (line := _read(row, readers, clinic, new_id))]
    _refuse_repeated(lines)
    fresh = await _not_on_file(lines, store)
    if findings.problems or dry_run or not fresh:
        return findings.report(good=len(fresh), known=len(lines) - len(fresh))
    event = AuditEvent(
        at=now,
        actor=SYSTEM,
        action=AuditAction.CREATE,
        event="patients.imported",
        object_type="import",
        object_id=new_id(),
        detail=f"{len(fresh)} new, {len(lines) - len(fresh)} known",
    )
    await store.seed(patients=[line.patient for line in fresh], audit=event)
    return findings.report(good=len(fresh), known=len(lines) - len(fresh))


def _read(row: Row, readers: LocalReaders, clinic: Clinic, new_id: Callable[[], str]) -> _Line | None:
    number = row.take("mrn", mrn)
    given, family = row.take("given_name", person_name), row.take("family_name", person_name)
    born = row.take("birth_date", readers.birth_date)
    phones = [row.take(column, readers.phone, empty="") for column in ("phone", "phone_2")]
    mail = row.take("email", email, empty="")
    languages = one_of(clinic.languages, "one of the clinic's languages")
    language = row.take("language", lambda written: languages(written.casefold()), empty=clinic.default_language)
    discreet, opted_out = (row.take(column, yes_no, empty=False) for column in ("discreet", "opted_out"))
    numbers = tuple(dict.fromkeys(phone for phone in phones if phone))
    if number is None or given is None or family is None or born is None or language is None:
        return None
    if None in phones or mail is None or discreet is None or opted_out is None:
        return None
    patient = Patient(
        id=PatientId(new_id()),
        given_name=given,
        family_name=family,
        birth_date=born,
        phones=numbers,
        email=mail or None,
        language=language,
        mrn=number,
        discreet=discreet,
        opted_out=opted_out,
    )
    return _Line(row, patient)


def _refuse_repeated(lines: list[_Line]) -> None:
    first: dict[str, int] = {}
    for line in lines:
        number = _number(line).casefold()
        if number in first:
            line.row.problem(f"mrn is that of line {first[number]} again: expected each record number once")
        first.setdefault(number, line.row.line)


async def _not_on_file(lines: list[_Line], store: Store) -> list[_Line]:
    """The lines whose record number is new; one that belongs to somebody else is a problem."""
    on_file = await store.patients.with_mrns([_number(line) for line in lines])
    fresh: list[_Line] = []
    for line in lines:
        known = on_file.get(_number(line))
        if known is None:
            fresh.append(line)
        elif not _is_same(known, line.patient):
            line.row.problem("mrn is on file with another family name or birth date: expected the same person")
    return fresh


def _is_same(known: Patient, patient: Patient) -> bool:
    same_name = known.family_name.casefold() == patient.family_name.casefold()
    return same_name and known.birth_date == patient.birth_date


def _number(line: _Line) -> str:
    return line.patient.mrn or ""
