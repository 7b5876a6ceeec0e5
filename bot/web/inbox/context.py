"""The context packet beside a conversation: red flags, what was asked and filled, who they are, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.usecases.read_case import CaseView
from bot.web.inbox.timing import local
from bot.web.inbox.views import ENGLISH, Viewing, spelled
from domain.appointment import Appointment, AppointmentStatus, TimeSlot
from domain.clinic import Clinic, UnknownFactError
from domain.clinic_directory import InsurerId, MedicineKindId, SpecialtyId, TestKindId
from domain.dialogue.slot import SlotValue
from domain.handoff import EscalationReason
from domain.identity import Handle, Level
from domain.ids import ProviderId, SiteId, VisitTypeId
from domain.when import When

_RED_FLAGS = frozenset(
    {
        EscalationReason.EMERGENCY,
        EscalationReason.SELF_HARM,
        EscalationReason.SAFEGUARDING,
        EscalationReason.NURSE_TODAY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task that was open: its name and what is filled, as (name, value) in words."""

    name: str
    filled: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything beside the thread, in words."""

    red_flag: str
    summary: str
    tasks: tuple[Task, ...]
    language: str
    channel: str
    level: str
    notices: tuple[str, ...]
    patient_name: str
    birth_year: int | None
    record_number: str | None
    visits: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]
    """Visits that wait for a yes or no, as (id, words)."""


def context_of(view: CaseView, viewing: Viewing) -> Context:
    """The packet for one case and one reader."""
    words, patient = viewing.words, view.patient
    visits = patient.visits if patient else ()
    frames = (*view.conversation.frames, *view.conversation.parked)
    notices = [
        key
        for key, is_so in (
            ("frozen", view.handle.frozen),
            ("suspended", view.handle.suspended),
            ("handle_opted_out", view.handle.opted_out),
        )
        if is_so
    ]
    red = view.handoff.reason in _RED_FLAGS
    return Context(
        red_flag=words.say("reason", view.handoff.reason.value) if red else "",
        summary=view.handoff.summary,
        tasks=tuple(
            Task(
                name=spelled(frame.flow),
                filled=tuple((spelled(name), _value(value, viewing.clinic)) for name, value in frame.slots.items()),
            )
            for frame in reversed(frames)
        ),
        language=words.language(view.conversation.language),
        channel=words.say("channel", view.handle.address.channel.value),
        level=_level(view.handle, view.level, view.at, viewing),
        notices=tuple(words.say("notice", key) for key in (*notices, *(patient.notices if patient else ()))),
        patient_name=patient.name if patient else "",
        birth_year=patient.birth_year if patient else None,
        record_number=patient.record_number if patient else None,
        visits=tuple(_visit(visit, viewing.clinic) for visit in visits),
        asked=tuple(
            (visit.id, visit_words(visit, viewing.clinic))
            for visit in visits
            if visit.status is AppointmentStatus.REQUESTED
        ),
    )


def _level(handle: Handle, level: Level, now: datetime, viewing: Viewing) -> str:
    said = viewing.words.say("level", str(level.value))
    until = handle.second_factor_until if level is Level.SECOND_FACTOR else handle.proven_until
    if level < Level.PROVEN or until is None or until <= now:
        return said
    how = f" {viewing.words.say('proof', handle.proof.value)}" if handle.proof else ""
    return f"{said}{how}, until {local(until, viewing.zone)}"


def visit_words(visit: Appointment, clinic: Clinic) -> str:
    """A visit with its time, kind, provider and site, without its status."""
    return _slot(visit.slot, clinic)


def _visit(visit: Appointment, clinic: Clinic) -> str:
    return f"{_slot(visit.slot, clinic)} ({spelled(visit.status.value)})"


def _slot(slot: TimeSlot, clinic: Clinic) -> str:
    named = [_name(clinic, str(part)) for part in (slot.visit_type_id, slot.provider_id, slot.site_id)]
    return ", ".join((local(slot.starts_at, clinic.zone), *named))


def _value(value: SlotValue, clinic: Clinic) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case When():
            return value.text or (local(value.start, clinic.zone) if value.start else "a time")
        case TimeSlot():
            return _slot(value, clinic)
        case date():
            return f"{value.day} {value:%b %Y}"
        case int():
            return str(value)
        case str():
            return _name(clinic, value)


def _name(clinic: Clinic, wanted: str) -> str:
    """What the clinic calls a thing with this id, else the words themselves."""
    look_ups: tuple[Callable[[], str], ...] = (
        lambda: clinic.visit_type(VisitTypeId(wanted)).name.in_(ENGLISH),
        lambda: clinic.provider(ProviderId(wanted)).name_in(ENGLISH, full=True),
        lambda: clinic.site(SiteId(wanted)).name.in_(ENGLISH),
        lambda: clinic.specialty(SpecialtyId(wanted)).name.in_(ENGLISH),
        lambda: clinic.test(TestKindId(wanted)).name.in_(ENGLISH),
        lambda: clinic.medicine(MedicineKindId(wanted)).name.in_(ENGLISH),
        lambda: clinic.insurer(InsurerId(wanted)).name,
    )
    for look_up in look_ups:
        try:
            return look_up()
        except UnknownFactError:
            continue
    return wanted
