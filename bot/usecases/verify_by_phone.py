"""Staff vouch, after a call to the number on file, for who is writing: for a while, and it can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.actions.identity import pin_digest
from bot.actions.matching import one_match
from bot.usecases.staff_desk import Act, CaseAtHand, CaseRefusal, HeldByColleague, NoSuchCase, NotClaimed, StaffDesk
from domain.access import Permission
from domain.audit import AuditAction, AuditEvent
from domain.changes import DropChallenge, SaveHandle, SavePatient, WriteSet
from domain.clinic import Clinic
from domain.dialogue.reply import Reply
from domain.identity import Handle, Level, ProofKind
from domain.ids import HandoffId, SubjectId
from domain.patient import Patient
from domain.pin import PinFault, pin_fault
from domain.ports import Patients
from domain.staff import StaffAccount

VERIFIED = "utter_staff_verified"
"""Told to the patient when staff have vouched for them; it names nobody."""
PIN_SET = "utter_staff_pin_set"
"""Told to the patient when a PIN was set, so that one they know nothing of is noticed."""
_ENOUGH = 2


class Checked(StrEnum):
    """What a member of staff compared on the phone."""

    CALLED = "called"
    """They called the number on file themselves."""
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    """The address, or the last visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Whom a patient says they are."""

    name: str
    birth_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The one record that fits, and the numbers to call."""

    name: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """No single record fits. Nobody is told whether there is none, or several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedElsewhere:
    """The conversation is linked to another record; it is not moved by a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLittleChecked:
    """Fewer than two things were compared, or the number on file was not called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """The level holds until it runs out or is taken back."""

    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Nothing is proven any more; `unlinked` when the record was taken off the conversation too."""

    unlinked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProvenByPhone:
    """A PIN is set only while the level vouched for by phone holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfitPin:
    """The PIN is not taken."""

    fault: PinFault | None
    """None: the two fields differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinSet:
    """The patient's PIN is the new one, and earlier wrong tries are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPatient:
    """Look for the one record that fits a name and birth date, to call its number. Every look is audited."""

    desk: StaffDesk
    patients: Patients

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, sought: Sought
    ) -> Found | NoMatch | CaseRefusal:
        """What to call. Raises UnavailableError."""

        async def decide(case: CaseAtHand) -> Act[Found | NoMatch | HeldByColleague | NotClaimed]:
            if refused := await _held(self.desk, case):
                return Act(outcome=refused)
            patient = await one_match(self.patients, name=sought.name, born=sought.birth_date)
            event = replace(
                case.audit("patient.sought"),
                action=AuditAction.READ,
                purpose=f"handoff:{case.handoff.id}",
                outcome="ok" if patient else "none",
            )
            if patient is None or patient.deceased:
                return Act(outcome=NoMatch(), write=WriteSet(audit=(event,)))
            read = replace(
                event,
                event="patient.read",
                subject_id=patient.subject_id,
                object_type="patient",
                object_id=patient.id,
            )
            found = Found(name=f"{patient.given_name} {patient.family_name}", phones=patient.phones)
            return Act(outcome=found, write=WriteSet(audit=(event, read)))

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.VERIFY, decide=decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchForm:
    """Whom staff called, what they compared, and how sure that makes them."""

    sought: Sought
    checked: frozenset[Checked]
    level: Level = Level.PROVEN


VouchOutcome = Vouched | NoMatch | LinkedElsewhere | TooLittleChecked | CaseRefusal
_Vouched = Vouched | NoMatch | LinkedElsewhere | TooLittleChecked | HeldByColleague | NotClaimed | NoSuchCase


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyByPhone:
    """Raise the level of whoever writes to that of a patient spoken to on the phone."""

    desk: StaffDesk
    patients: Patients
    clinic: Callable[[], Clinic]

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount, form: VouchForm) -> VouchOutcome:
        """Vouch, or say why not. Raises UnavailableError."""

        async def decide(case: CaseAtHand) -> Act[_Vouched]:
            return await self._decide(case, form)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.VERIFY, decide=decide)

    async def _decide(self, case: CaseAtHand, form: VouchForm) -> Act[_Vouched]:
        if refused := await _held(self.desk, case):
            return Act(outcome=refused)
        full = form.level is Level.SECOND_FACTOR
        if full and not self.desk.may(case.staff, Permission.SECOND_FACTOR, case.handoff):
            return Act(outcome=NoSuchCase())
        patient = await one_match(self.patients, name=form.sought.name, born=form.sought.birth_date)
        if patient is None or patient.deceased:
            failed = replace(case.audit("identity.phone_unmatched"), outcome="none")
            return Act(outcome=NoMatch(), write=WriteSet(audit=(failed,)))
        if case.snapshot.handle.patient_id not in {None, patient.id}:
            return Act(outcome=LinkedElsewhere())
        if not _enough(form.checked, patient):
            return Act(outcome=TooLittleChecked())
        handle = self._raised(case, patient, full=full)
        told = _as_proven(case, handle, patient)
        spoken = self.desk.spoken(told, (self.desk.word(told, Reply(key=VERIFIED)),))
        event = replace(
            _handle_event(case, "identity.proved", patient.subject_id),
            detail=f"{ProofKind.STAFF_PHONE.value} level {form.level.value} {' '.join(sorted(form.checked))}",
        )
        write = WriteSet(
            changes=(SaveHandle(handle=handle), DropChallenge(conversation_id=case.conversation_id)),
            transcript=spoken.transcript,
            outbox=spoken.outbox,
            audit=(event,),
        )
        return Act(outcome=Vouched(level=form.level), write=write)

    def _raised(self, case: CaseAtHand, patient: Patient, *, full: bool) -> Handle:
        """The handle proven by phone; a wrong-number freeze and a lock end, since its holder was just spoken to."""
        spans = self.clinic().spans
        freed = replace(case.snapshot.handle, frozen=False, proofs_locked_until=None)
        proof, now = ProofKind.STAFF_PHONE, case.now
        handle = freed.proved(patient_id=patient.id, level=Level.PROVEN, proof=proof, now=now, span=spans.level_2)
        if not full:
            return handle
        return handle.proved(patient_id=patient.id, level=Level.SECOND_FACTOR, proof=proof, now=now, span=spans.level_3)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackProof:
    """Lower the level now: whoever may raise it may, holding the case or not."""

    desk: StaffDesk

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount, unlink: bool) -> TakenBack | CaseRefusal:
        """Take the proof back, and with `unlink` the record off the conversation. Raises UnavailableError."""

        async def decide(case: CaseAtHand) -> Act[TakenBack]:
            before = case.snapshot.handle
            handle = replace(
                before,
                level=min(before.level, Level.LINKED),
                proof=None,
                proven_until=None,
                second_factor_until=None,
            )
            if unlink:
                own = SubjectId(handle.id)
                handle = replace(handle, patient_id=None, subject_id=own, level=Level.ANYONE)
            event = _handle_event(case, "identity.unlinked" if unlink else "identity.taken_back", before.subject_id)
            changes = (SaveHandle(handle=handle), DropChallenge(conversation_id=case.conversation_id))
            return Act(outcome=TakenBack(unlinked=unlink), write=WriteSet(changes=changes, audit=(event,)))

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.VERIFY, decide=decide)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPin:
    """Set the PIN a patient chose on the phone; only its digest is kept, and it is never shown again."""

    desk: StaffDesk

    async def __call__(
        self, handoff_id: HandoffId, *, staff: StaffAccount, pin: str, again: str
    ) -> PinSet | UnfitPin | NotProvenByPhone | CaseRefusal:
        """Set it, or say why not. Raises UnavailableError."""
        digest = await asyncio.to_thread(pin_digest, pin, self.desk.ids())

        async def decide(
            case: CaseAtHand,
        ) -> Act[PinSet | UnfitPin | NotProvenByPhone | HeldByColleague | NotClaimed | NoSuchCase]:
            if not self.desk.may(case.staff, Permission.VERIFY, case.handoff):
                return Act(outcome=NoSuchCase())
            if refused := await _held(self.desk, case):
                return Act(outcome=refused)
            handle, patient = case.snapshot.handle, case.snapshot.patient
            by_phone = handle.level_at(case.now) >= Level.PROVEN and handle.proof is ProofKind.STAFF_PHONE
            if patient is None or not by_phone:
                return Act(outcome=NotProvenByPhone())
            fault = pin_fault(pin, patient.birth_date)
            if fault or pin != again:
                return Act(outcome=UnfitPin(fault=fault))
            spoken = self.desk.spoken(case, (self.desk.word(case, Reply(key=PIN_SET)),))
            write = WriteSet(
                changes=(
                    SavePatient(patient=replace(patient, pin_digest=digest)),
                    SaveHandle(handle=replace(handle, failed_proofs=0, proofs_locked_until=None)),
                ),
                transcript=spoken.transcript,
                outbox=spoken.outbox,
                audit=(_handle_event(case, "identity.pin_set", patient.subject_id),),
            )
            return Act(outcome=PinSet(), write=write)

        return await self.desk.act(handoff_id, staff=staff, permission=Permission.SECOND_FACTOR, decide=decide)


def _enough(checked: frozenset[Checked], patient: Patient) -> bool:
    """Two things; among them the call, unless the record holds no number to call."""
    return len(checked) >= _ENOUGH and (Checked.CALLED in checked or not patient.phones)


async def _held(desk: StaffDesk, case: CaseAtHand) -> HeldByColleague | NotClaimed | None:
    """Only whoever has the case vouches for its patient: None when that is this person."""
    if case.held_by_other:
        return await desk.holder(case.handoff)
    return None if case.held_by_me else NotClaimed()


def _as_proven(case: CaseAtHand, handle: Handle, patient: Patient) -> CaseAtHand:
    return replace(case, snapshot=replace(case.snapshot, handle=handle, patient=patient))


def _handle_event(case: CaseAtHand, event: str, subject_id: SubjectId) -> AuditEvent:
    """The trace of what was done to the handle, for the case it was done in."""
    return replace(
        case.audit(event),
        subject_id=subject_id,
        object_type="handle",
        object_id=case.snapshot.handle.id,
        purpose=f"handoff:{case.handoff.id}",
    )
