"""The demo's test results and medicines: ready ones, pending ones, one held by a clinician, refills due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.demo.people import Cast
from domain.clinic import Clinic, Sensitivity, TestKind
from domain.ids import PatientId, ProviderId
from domain.medicine import Medicine, MedicineId, RefillStatus
from domain.patient import Patient
from domain.results import HoldReason, ResultId, ResultStatus, TestResult

PHARMACY = "Harbor Street Pharmacy (demo)"
_STRENGTHS = {
    "lisinopril": "10 mg",
    "metformin": "500 mg",
    "atorvastatin": "20 mg",
    "albuterol": "90 mcg",
    "levothyroxine": "50 mcg",
    "sertraline": "50 mg",
    "omeprazole": "20 mg",
    "cetirizine": "10 mg",
}
_ADULT = 18


@dataclass(frozen=True, slots=True)
class RecordWriter:
    """Writes results and medicines for some of the patients."""

    clinic: Clinic
    rng: Random
    now: datetime
    new_id: Callable[[], str]

    def results(self, patients: Sequence[Patient], cast: Cast) -> tuple[TestResult, ...]:
        """The cast's results first, then one or two for about a third of the others."""
        routine = [kind for kind in self.clinic.tests if kind.sensitivity is Sensitivity.ROUTINE and kind.texts]
        if not routine:
            return ()
        found = [
            self._result(cast.main, routine[0], ResultStatus.FINAL, days=3),
            self._result(cast.main, routine[-1], ResultStatus.PENDING, days=1),
            self._result(cast.spanish, routine[0], ResultStatus.FINAL, days=4),
            self._result(cast.held, routine[0], ResultStatus.FINAL, days=2, hold=HoldReason.CLINICIAN),
        ]
        named = {cast.main, cast.spanish, cast.held}
        for patient in patients:
            if patient.id in named or self.rng.random() >= 0.35:
                continue
            for kind in self.rng.sample(self.clinic.tests, k=self.rng.choice((1, 1, 2))):
                found.append(self._any(patient.id, kind))
        return tuple(found)

    def _any(self, patient_id: PatientId, kind: TestKind) -> TestResult:
        shares = {ResultStatus.FINAL: 65, ResultStatus.PENDING: 25, ResultStatus.CORRECTED: 10}
        status = self.rng.choices(list(shares), weights=list(shares.values()))[0]
        sensitive = kind.sensitivity is Sensitivity.SENSITIVE
        hold = HoldReason.SENSITIVE if sensitive and status is not ResultStatus.PENDING else None
        return self._result(patient_id, kind, status, days=self.rng.randint(2, 25), hold=hold)

    def _result(
        self, patient_id: PatientId, kind: TestKind, status: ResultStatus, *, days: int, hold: HoldReason | None = None
    ) -> TestResult:
        pending = status is ResultStatus.PENDING
        # The first approved text is the good news, the last asks for a talk: one in five gets that one.
        index = -1 if self.rng.random() < 0.2 else 0
        return TestResult(
            id=ResultId(self.new_id()),
            patient_id=patient_id,
            test_name=kind.id,
            status=status,
            collected_at=self.now - timedelta(days=days + 2),
            resulted_at=None if pending else self.now - timedelta(days=days),
            hold=hold,
            text=kind.texts[index][1] if kind.texts and not pending else None,
        )

    def medicines(self, patients: Sequence[Patient], cast: Cast) -> tuple[Medicine, ...]:
        """One or two for two in five adults; the main patient has one with refills left and one without."""
        kinds = [kind.id for kind in self.clinic.medicines if kind.id in _STRENGTHS]
        prescribers = [provider.id for provider in self.clinic.providers if provider.family_name]
        if not kinds or not prescribers:
            return ()
        today, found = self.now.astimezone(self.clinic.zone).date(), []
        for patient in patients:
            main = patient.id == cast.main
            if not main and (patient.age_on(today) < _ADULT or self.rng.random() >= 0.4):
                continue
            chosen = kinds[:2] if main else self.rng.sample(kinds, k=min(len(kinds), self.rng.choice((1, 1, 2))))
            for index, kind in enumerate(chosen):
                refills = 2 - 2 * index if main else self.rng.randint(0, 3)
                found.append(self._medicine(patient, kind, self.rng.choice(prescribers), refills))
        return tuple(found)

    def _medicine(self, patient: Patient, kind: str, prescriber_id: ProviderId, refills: int) -> Medicine:
        shares = {RefillStatus.NONE: 75, RefillStatus.ASKED: 10, RefillStatus.SENT: 10, RefillStatus.READY: 5}
        return Medicine(
            id=MedicineId(self.new_id()),
            patient_id=patient.id,
            prescriber_id=prescriber_id,
            kind=kind,
            strength=_STRENGTHS[kind],
            pharmacy=PHARMACY,
            filled_on=(self.now - timedelta(days=self.rng.randint(3, 40))).astimezone(self.clinic.zone).date(),
            days_supplied=self.rng.choice((30, 90)),
            refills_left=refills,
            refill=self.rng.choices(list(shares), weights=list(shares.values()))[0],
        )
