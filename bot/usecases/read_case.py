"""A member of staff reads a case: the conversation, its context, and what their role may see of the patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.usecases.staff_desk import NoSuchCase, StaffDesk, case_event
from domain.access import Permission, reading_window
from domain.appointment import Appointment
from domain.audit import AuditAction
from domain.changes import WriteSet
from domain.dialogue.conversation import Conversation
from domain.handoff import Handoff
from domain.identity import Handle, Level
from domain.ids import HandoffId, StaffId
from domain.patient import Patient
from domain.ports import TurnSnapshot
from domain.promise import Promise
from domain.staff import StaffAccount
from domain.transcript import TranscriptEntry

LATEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientView:
    """What this reader may see of the linked patient; `birth_year` and `notices` only for those who treat."""

    name: str
    visits: tuple[Appointment, ...]
    birth_year: int | None
    record_number: str | None
    notices: tuple[str, ...]
    """Which of discreet, opted_out, deceased, pending hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as its reader sees it. `earlier` says that older words exist which are not shown."""

    handoff: Handoff
    conversation: Conversation
    handle: Handle
    level: Level
    entries: tuple[TranscriptEntry, ...]
    latest_seq: int
    earlier: bool
    waiting: bool
    """The patient wrote something no turn has taken yet."""
    patient: PatientView | None
    names: Mapping[str, str]
    """Display names of the staff who speak in the entries, promise, hold the case or answered its page."""
    promises: tuple[Promise, ...]
    """What is owed in this conversation, as far as the reader works where it stands; soonest first."""
    allowed: frozenset[Permission]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCase:
    """Open a case. The look is in the audit log before anything is shown."""

    desk: StaffDesk

    async def __call__(self, handoff_id: HandoffId, *, staff: StaffAccount) -> CaseView | NoSuchCase:
        """The case with everything this person may see of it. Raises UnavailableError."""
        case = await self.desk.permitted(handoff_id, staff, Permission.READ_CASE)
        if case is None:
            return NoSuchCase()
        now = self.desk.clock.now()
        snapshot = await self.desk.conversations.snapshot(case.conversation_id, now)
        if not self._still_readable(case, snapshot, staff):
            return NoSuchCase()
        shows_patient = snapshot.patient is not None and self.desk.may(staff, Permission.SEE_VISITS, case)
        await self._audit(case, snapshot, staff, now, shows_patient=shows_patient)
        latest = await self.desk.conversations.transcript(case.conversation_id, limit=LATEST)
        window = reading_window(staff, case)
        entries = tuple(entry for entry in latest if window.holds(entry.at))
        owed = owed_in(self.desk, case, snapshot, staff)
        first_seq = entries[0].seq if entries else 1
        return CaseView(
            handoff=case,
            conversation=snapshot.conversation,
            handle=snapshot.handle,
            level=snapshot.handle.level_at(now),
            entries=entries,
            latest_seq=latest[-1].seq if latest else 0,
            earlier=first_seq > 1,
            waiting=bool(snapshot.inbox),
            patient=self._patient(case, snapshot, staff, now) if shows_patient else None,
            names=await names_in(self.desk, entries, case, owed),
            promises=owed,
            allowed=frozenset(permission for permission in Permission if self.desk.may(staff, permission, case)),
            at=now,
        )

    def _still_readable(self, case: Handoff, snapshot: TurnSnapshot, staff: StaffAccount) -> bool:
        """A closed case is no way around the rules of the case that is open in the same conversation now."""
        newer = snapshot.handoff
        return newer is None or newer.id == case.id or self.desk.may(staff, Permission.READ_CASE, newer)

    async def _audit(
        self, case: Handoff, snapshot: TurnSnapshot, staff: StaffAccount, now: datetime, *, shows_patient: bool
    ) -> None:
        read = case_event(case, staff, "transcript.read", now=now, action=AuditAction.READ)
        events = [read]
        if shows_patient and snapshot.patient is not None:
            patient = snapshot.patient
            events.append(
                replace(
                    read,
                    event="patient.read",
                    subject_id=patient.subject_id,
                    object_type="patient",
                    object_id=patient.id,
                    purpose=f"handoff:{case.id}",
                )
            )
        await self.desk.commits.commit(WriteSet(audit=tuple(events)))

    def _patient(self, case: Handoff, snapshot: TurnSnapshot, staff: StaffAccount, now: datetime) -> PatientView | None:
        patient = snapshot.patient
        if patient is None:
            return None
        visits = tuple(v for v in snapshot.appointments if v.status.is_live and v.slot.ends_at > now)
        treats = self.desk.may(staff, Permission.SEE_RECORD, case)
        return PatientView(
            name=f"{patient.given_name} {patient.family_name}",
            visits=visits,
            birth_year=patient.birth_date.year if treats else None,
            record_number=patient.mrn if treats else None,
            notices=_notices(patient) if treats else (),
        )


def _notices(patient: Patient) -> tuple[str, ...]:
    held = {
        "discreet": patient.discreet,
        "opted_out": patient.opted_out,
        "deceased": patient.deceased,
        "pending": patient.pending,
    }
    return tuple(name for name, is_so in held.items() if is_so)


def owed_in(desk: StaffDesk, case: Handoff, snapshot: TurnSnapshot, staff: StaffAccount) -> tuple[Promise, ...]:
    """Open promises of a conversation: the case's own, and those of queues the reader works in."""
    return tuple(
        promise
        for promise in snapshot.promises
        if promise.handoff_id == case.id or desk.may_in(staff, Permission.READ_CASE, promise.queue)
    )


async def names_in(
    desk: StaffDesk, entries: Sequence[TranscriptEntry], case: Handoff, promises: Sequence[Promise]
) -> Mapping[str, str]:
    """Display names of the staff who wrote the entries, made the promises, hold the case or answered its page."""
    people = (
        *(entry.author_id for entry in entries),
        *(promise.made_by for promise in promises),
        case.claimed_by,
        case.acknowledged_by,
    )
    names: dict[str, str] = {}
    for staff_id in dict.fromkeys(people):
        account = await desk.accounts.get(StaffId(staff_id)) if staff_id else None
        if account is not None:
            names[account.id] = account.display_name
    return names
