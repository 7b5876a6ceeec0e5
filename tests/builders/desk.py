"""A desk for actions: what a turn has read, over the demo clinic's facts and a diary and records in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TypeVar

from bot.actions.desk import Desk, Done, Office
from domain.appointment import Appointment, AppointmentStatus, Busy, Hold, TimeSlot
from domain.clinic import Clinic
from domain.clinic_hours import Leave
from domain.dialogue.conversation import Conversation
from domain.dialogue.slot import SlotValue
from domain.dialogue.turn import ActionRequest
from domain.identity import Challenge, Handle, Level, ProofKind
from domain.ids import (
    AppointmentId,
    ConversationId,
    HandleId,
    HoldId,
    PatientId,
    ProviderId,
    SiteId,
    SubjectId,
    VisitTypeId,
)
from domain.message import Address, Channel
from domain.patient import Patient
from domain.ports import TurnSnapshot
from domain.results import ResultId, ResultStatus, TestResult
from tests.fakes.records import FakeCalendar, FakePatients
from tests.fakes.staff import demo_clinic

_Change = TypeVar("_Change")

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
"""A Monday, ten in the morning in the demo clinic's New York: everything is open."""
TALK = ConversationId("talk")
CODE = "482913"

TESTA = Patient(
    id=PatientId("patient-1"),
    given_name="Testa",
    family_name="Exampleson",
    birth_date=date(1980, 5, 17),
    phones=("+15550123",),
)
TWIN = replace(TESTA, id=PatientId("patient-2"), given_name="Tim", birth_date=date(1982, 6, 18))


def time_at(
    hours: float = 48, *, provider: str = "lee_grace", visit_type: str = "primary_visit", minutes: int = 20
) -> TimeSlot:
    """A time so many hours from NOW."""
    start = NOW + timedelta(hours=hours)
    return TimeSlot(
        provider_id=ProviderId(provider),
        site_id=SiteId("downtown"),
        visit_type_id=VisitTypeId(visit_type),
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
    )


def visit(
    name: str = "visit-1",
    *,
    slot: TimeSlot | None = None,
    status: AppointmentStatus = AppointmentStatus.BOOKED,
    version: int = 1,
) -> Appointment:
    return Appointment(
        id=AppointmentId(name),
        subject_id=SubjectId(TESTA.id),
        patient_id=TESTA.id,
        slot=slot or time_at(),
        status=status,
        version=version,
        created_at=NOW - timedelta(days=7),
    )


def result(
    name: str = "result-1", *, test: str = "cholesterol", status: ResultStatus = ResultStatus.FINAL, **fields: object
) -> TestResult:
    made = TestResult(
        id=ResultId(name),
        patient_id=TESTA.id,
        test_name=test,
        status=status,
        collected_at=NOW - timedelta(days=9),
        resulted_at=NOW - timedelta(days=7),
    )
    return replace(made, **fields)  # type: ignore[arg-type]  # keywords are TestResult's own fields


def hold(slot: TimeSlot, *, name: str = "hold-1", lasts: timedelta = timedelta(minutes=10)) -> Hold:
    return Hold(id=HoldId(name), conversation_id=TALK, slot=slot, expires_at=NOW + lasts)


def busy(slot: TimeSlot) -> Busy:
    return Busy(provider_id=slot.provider_id, starts_at=slot.starts_at, ends_at=slot.ends_at)


def handle(*, level: int = 0, patient: Patient = TESTA, channel: Channel = Channel.WEB, value: str = "w") -> Handle:
    """A handle at a level."""
    made = Handle(
        id=HandleId("handle"),
        address=Address(channel=channel, account="clinic", value=value),
        subject_id=SubjectId("handle"),
    )
    if level == 0:
        return made
    if level == 1:
        return replace(made, patient_id=patient.id, subject_id=patient.subject_id, level=Level.LINKED)
    proven = made.proved(
        patient_id=patient.id, level=Level.PROVEN, proof=ProofKind.CODE, now=NOW, span=timedelta(hours=12)
    )
    if level == 2:
        return proven
    return proven.proved(
        patient_id=patient.id, level=Level.SECOND_FACTOR, proof=ProofKind.PIN, now=NOW, span=timedelta(minutes=10)
    )


@cache
def clinic_facts() -> Clinic:
    """The demo clinic's facts, read once."""
    return demo_clinic()


@dataclass(slots=True, kw_only=True)
class Scene:
    """What a desk stands on; changed by keyword, then laid out by `desk()`."""

    clinic: Clinic = field(default_factory=clinic_facts)
    handle: Handle = field(default_factory=handle)
    patient: Patient | None = None
    visits: Sequence[Appointment] = ()
    hold: Hold | None = None
    challenge: Challenge | None = None
    results: Sequence[TestResult] = ()
    calendar: FakeCalendar = field(default_factory=FakeCalendar)
    patients: FakePatients = field(default_factory=FakePatients)
    texts: bool = True
    now: datetime = NOW
    ids: int = 0

    def new_id(self) -> str:
        self.ids += 1
        return f"id-{self.ids:04d}"

    def office(self) -> Office:
        return Office(
            clinic=self.clinic,
            new_id=self.new_id,
            new_code=lambda: CODE,
            calendar=self.calendar,
            patients=self.patients,
            text_address=sms if self.texts else None,
        )

    def desk(self) -> Desk:
        snapshot = TurnSnapshot(
            conversation=Conversation(id=TALK, handle_id=self.handle.id, language="en", greeted=True),
            handle=self.handle,
            inbox=(),
            timers=(),
            patient=self.patient,
            appointments=tuple(self.visits),
            hold=self.hold,
            handoff=None,
            challenge=self.challenge,
            promises=(),
            results=tuple(self.results),
            medicines=(),
        )
        return Desk.of(snapshot, self.office(), self.now)


def proven_scene(*, level: int = 2, **fields: object) -> Scene:
    """A patient on file, at a level."""
    scene = Scene(handle=handle(level=level), patient=TESTA, patients=FakePatients([TESTA]))
    for name, value in fields.items():
        setattr(scene, name, value)
    return scene


def sms(phone: str) -> Address:
    return Address(channel=Channel.SMS, account="clinic", value=phone)


def asks(action: str = "", **slots: SlotValue) -> ActionRequest:
    """A request as a flow makes it."""
    return ActionRequest(action=action, flow="book_appointment", slots=slots)


def on_leave(slot: TimeSlot) -> Leave:
    """Staff put the provider on leave for the time."""
    return Leave(provider_id=slot.provider_id, starts_at=slot.starts_at, ends_at=slot.ends_at)


def keys(done: Done) -> list[str]:
    """What an action says, by key."""
    return [reply.key for reply in done.result.replies]


def changed(done: Done, kind: type[_Change]) -> _Change:
    """The one change of a kind an action makes."""
    [found] = [change for change in done.changes if isinstance(change, kind)]
    return found
