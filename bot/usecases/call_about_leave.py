"""A provider goes on leave: a promise to call each patient whose visit stands in it, once however often it is said."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.live import Committed
from bot.usecases.staff_desk import StaffDesk
from bot.usecases.visit_requests import NewCall, call_promise, office_event
from domain.appointment import Appointment
from domain.audit import AuditAction
from domain.changes import SavePromise, WriteSet
from domain.clinic import Clinic
from domain.errors import StaleVersionError
from domain.ids import PatientId, PromiseId
from domain.ports import Patients, Promises
from domain.staff import StaffAccount

_OURS = uuid.UUID("2a0d2f3c-6d3e-5a43-9a0c-5f6f1d1c7b21")


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """Visits in a leave. `promised`: a promise to call is open; else nothing reminds anyone of the call."""

    visit: Appointment
    name: str
    phones: tuple[str, ...]
    promised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAboutLeave:
    """Leave a promise with each patient's conversation; who never wrote here is told of, for a call by hand."""

    desk: StaffDesk
    promises: Promises
    patients: Patients
    clinic: Callable[[], Clinic]

    async def __call__(self, visits: Sequence[Appointment], *, staff: StaffAccount) -> tuple[Affected, ...]:
        """The visits with whom to call. Raises UnavailableError."""
        return tuple([await self._one(visit, staff) for visit in visits])

    async def _one(self, visit: Appointment, staff: StaffAccount) -> Affected:
        patient = await self.patients.get(visit.patient_id) if visit.patient_id else None
        if patient is not None:
            read = office_event(
                "patient.read", staff, self.desk.clock, patient.subject_id, kind="patient", purpose="leave"
            )
            await self.desk.commits.commit(WriteSet(audit=(read,)))
        return Affected(
            visit=visit,
            name=f"{patient.given_name} {patient.family_name}" if patient else "",
            phones=patient.phones if patient else (),
            promised=await self._promised(visit, patient.id if patient else None, staff),
        )

    async def _promised(self, visit: Appointment, patient_id: PatientId | None, staff: StaffAccount) -> bool:
        talks = await self.desk.conversations.of_patient(patient_id) if patient_id else ()
        if not talks:
            return False
        # The same visit in the same version is the same call.
        promise_id = PromiseId(str(uuid.uuid5(_OURS, f"{visit.id}/{visit.version}")))
        if await self.promises.get(promise_id) is not None:
            return True
        snapshot = await self.desk.conversations.snapshot(talks[0], self.desk.clock.now())
        promise = call_promise(
            visit,
            talks[0],
            snapshot.handle.subject_id,
            clinic=self.clinic(),
            new=NewCall(id=promise_id, at=self.desk.clock.now(), why="the provider is away, find another time"),
        )
        made = office_event("promise.made", staff, self.desk.clock, promise.subject_id, kind="promise", purpose="leave")
        try:
            await self.desk.commits.commit(
                WriteSet(
                    changes=(SavePromise(promise=promise),),
                    audit=(replace(made, action=AuditAction.CREATE, object_id=promise_id),),
                )
            )
        except StaleVersionError:
            return True  # a colleague entered the same days at once
        self.desk.hub.publish(Committed(conversation_id=talks[0], acts=("promise.made",)))
        return True
