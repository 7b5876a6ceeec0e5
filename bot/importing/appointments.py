"""Visits from a file, into a calendar that may hold some: by record number and the clinic's ids, in its local time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.importing.cells import LocalReaders, minutes, mrn, one_of
from bot.importing.report import Findings, ImportReport
from bot.importing.sheet import CellError, Columns, Row, read_sheet
from domain.appointment import Appointment, AppointmentStatus, Modality, TimeSlot
from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.clinic import Clinic, Provider, VisitType
from domain.ids import AppointmentId, PatientId, ProviderId, SiteId, VisitTypeId
from domain.patient import Patient
from domain.ports import Calendar
from domain.scheduling import Diary
from domain.scheduling_free import agendas
from domain.scheduling_hours import span_of
from storage.store import Store

COLUMNS = Columns(
    required=("mrn", "provider", "visit_type", "site", "start"),
    optional=("minutes", "modality", "status"),
)
_FURTHEST = timedelta(days=730)
_STATUSES = (AppointmentStatus.BOOKED.value, AppointmentStatus.CONFIRMED.value)
_OURS = uuid.UUID("b5d3cf2e-5a1e-4b0e-9c0b-6f6f5e3b0c51")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    mrn: str
    slot: TimeSlot
    status: AppointmentStatus


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line whose patient was found: the visit it stands for."""

    row: Row
    visit: Appointment

    @property
    def span(self) -> Span:
        return self.visit.slot.starts_at, self.visit.slot.ends_at


async def import_appointments(
    text: str, store: Store, clinic: Clinic, *, now: datetime, new_id: Callable[[], str], dry_run: bool
) -> ImportReport:
    """Read a CSV text and bring its visits in, audited; with any problem, or in a dry run, nothing is written.

    A visit brought in before counts as known, whatever became of it since (moved, cancelled); so does one that the
    patient has with that provider at that time. Raises UnavailableError, IntegrityError or SlotTakenError.
    """
    findings = Findings()
    reader = _LineReader(clinic, LocalReaders(country=clinic.country, zone=clinic.zone, today=_today(clinic, now)), now)
    lines = [line for row in read_sheet(text, COLUMNS, findings) if (line := reader.read(row))]
    planned = await _with_patients(lines, store, now)
    known = await _known(planned, store.calendar)
    fresh = [item for item in planned if item.visit.id not in known]
    _refuse_repeated(fresh)
    await _refuse_taken(fresh, store.calendar, clinic)
    if not findings.problems and not dry_run and fresh:
        event = AuditEvent(
            at=now,
            actor=SYSTEM,
            action=AuditAction.CREATE,
            event="appointments.imported",
            object_type="import",
            object_id=new_id(),
            detail=f"{len(fresh)} new, {len(planned) - len(fresh)} known",
        )
        await store.seed(appointments=[item.visit for item in fresh], audit=event)
    return findings.report(good=len(fresh), known=len(planned) - len(fresh))


@dataclass(frozen=True, slots=True)
class _LineReader:
    """Reads one line against the clinic's facts. The rules for what the bot may sell are not asked: staff booked."""

    clinic: Clinic
    readers: LocalReaders
    now: datetime

    def read(self, row: Row) -> _Line | None:
        number = row.take("mrn", mrn)
        provider_id = row.take("provider", one_of(tuple(item.id for item in self.clinic.providers), "a provider id"))
        kind_id = row.take("visit_type", one_of(tuple(item.id for item in self.clinic.visit_types), "a visit type id"))
        site_id = row.take("site", one_of(tuple(item.id for item in self.clinic.sites), "a site id"))
        start = row.take("start", self._start)
        length = row.take("minutes", minutes, empty=timedelta(0))
        status = row.take("status", one_of(_STATUSES, "one of"), empty=AppointmentStatus.BOOKED.value)
        modality = row.take("modality", one_of(tuple(item.value for item in Modality), "one of"), empty="")
        if number is None or provider_id is None or kind_id is None or site_id is None or start is None:
            return None
        if length is None or status is None or modality is None:
            return None
        provider, kind = self.clinic.provider(ProviderId(provider_id)), self.clinic.visit_type(VisitTypeId(kind_id))
        slot = TimeSlot(
            provider_id=provider.id,
            site_id=SiteId(site_id),
            visit_type_id=kind.id,
            starts_at=start,
            ends_at=start + (length or kind.duration),
            modality=Modality(modality) if modality else kind.modalities[0],
        )
        said = self._against_facts(slot, provider, kind)
        for problem in said:
            row.problem(problem)
        return None if said else _Line(row, number, slot, AppointmentStatus(status))

    def _start(self, written: str) -> datetime:
        start = self.readers.start(written)
        if not self.now < start <= self.now + _FURTHEST:
            raise CellError("a start that is still to come, within two years")
        return start

    def _against_facts(self, slot: TimeSlot, provider: Provider, kind: VisitType) -> list[str]:
        said: list[str] = []
        if kind.id not in provider.visit_type_ids:
            said.append("visit_type is not one of this provider's: expected one that clinic.yml gives them")
        if slot.site_id not in provider.site_ids:
            said.append("site is not one of this provider's: expected one where clinic.yml gives them hours")
        if slot.modality not in kind.modalities:
            said.append(f"modality is not one of this visit type's: expected {', '.join(kind.modalities)}")
        if not self._within_the_day(slot):
            said.append("start is outside the site's day: expected from its first opening to its last closing")
        return said

    def _within_the_day(self, slot: TimeSlot) -> bool:
        """Between the first opening and the last closing: staff may book over lunch, but not for the night."""
        day = slot.starts_at.astimezone(self.clinic.zone).date()
        spans = [span_of(self.clinic.zone, day, hours) for hours in self.clinic.hours_on(slot.site_id, day)]
        return bool(spans) and spans[0][0] <= slot.starts_at and slot.ends_at <= spans[-1][1]


def _today(clinic: Clinic, now: datetime) -> date:
    return now.astimezone(clinic.zone).date()


async def _with_patients(lines: Sequence[_Line], store: Store, now: datetime) -> list[_Planned]:
    on_file: Mapping[str, Patient] = await store.patients.with_mrns([line.mrn for line in lines])
    planned: list[_Planned] = []
    for line in lines:
        patient = on_file.get(line.mrn)
        if patient is None:
            line.row.problem("mrn is not on file: expected a patient brought in before")
        elif patient.deceased:
            line.row.problem("mrn is that of a patient who has died: expected a living patient")
        else:
            visit = Appointment(
                id=_visit_id(patient.id, line.slot),
                subject_id=patient.subject_id,
                patient_id=patient.id,
                slot=line.slot,
                status=line.status,
                version=1,
                created_at=now,
            )
            planned.append(_Planned(line.row, visit))
    return planned


def _visit_id(patient_id: PatientId, slot: TimeSlot) -> AppointmentId:
    """The same line brought in again is the same visit, even when it was moved or cancelled meanwhile."""
    return AppointmentId(str(uuid.uuid5(_OURS, f"{patient_id}/{slot.provider_id}/{slot.starts_at.isoformat()}")))


async def _known(planned: Sequence[_Planned], calendar: Calendar) -> frozenset[AppointmentId]:
    """The visits that were brought in before, or are on the calendar already by another way."""
    if not planned:
        return frozenset()
    start, end = _range(planned)
    there = {_visit_id(visit.patient_id, visit.slot) for visit in await calendar.day(start, end) if visit.patient_id}
    return await calendar.known([item.visit.id for item in planned]) | there


def _refuse_repeated(fresh: Sequence[_Planned]) -> None:
    """A provider sees one patient at a time: of two lines that overlap, the later in the day is the problem."""
    last: dict[ProviderId, _Planned] = {}
    for item in sorted(fresh, key=lambda item: (item.span, item.row.line)):
        before = last.get(item.visit.slot.provider_id)
        if before is not None and item.span[0] < before.span[1]:
            item.row.problem(f"the provider has the visit of line {before.row.line} then: expected a free time")
        if before is None or item.span[1] > before.span[1]:
            last[item.visit.slot.provider_id] = item


async def _refuse_taken(fresh: Sequence[_Planned], calendar: Calendar, clinic: Clinic) -> None:
    if not fresh:
        return
    start, end = _range(fresh)
    diary = Diary(busy=await calendar.busy(start, end), leave=await calendar.leave(start, end))
    by_provider = agendas(clinic, diary, clinic.providers)
    for item in fresh:
        agenda = by_provider[item.visit.slot.provider_id]
        if not agenda.taken.clear(*item.span):
            item.row.problem("the provider's time is taken on the calendar: expected a free time")
        if not agenda.leave.clear(*item.span):
            item.row.problem("the provider is on leave then: expected a time they are there")


def _range(planned: Iterable[_Planned]) -> Span:
    spans = [item.span for item in planned]
    return min(start for start, _ in spans), max(end for _, end in spans)
