"""A provider is away for some days, or there after all: staff say so, audited, and no time is offered then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.appointment import Appointment
from domain.audit import SYSTEM, Actor, AuditAction, AuditEvent
from domain.changes import DropLeave, SaveLeave, WriteSet
from domain.clinic import Clinic, Leave
from domain.ids import ProviderId
from domain.ports import Calendar, Clock, Commits
from domain.scheduling_hours import instant

LONGEST = timedelta(days=400)
"""Beyond this a year was mistyped."""


class LeaveFault(StrEnum):
    """Why nothing was changed."""

    UNKNOWN_PROVIDER = "unknown_provider"
    ENDS_BEFORE_START = "ends_before_start"
    OVER = "over"
    """Its last day has passed."""
    TOO_LONG = "too_long"
    NO_SUCH_LEAVE = "no_such_leave"
    """None with exactly these days (or it stands in clinic.yml, where staff do not change it)."""


class LeaveReason(StrEnum):
    """Why, as far as colleagues need to know; nothing about anyone's health."""

    PLANNED = "planned"
    TRAINING = "training"
    UNPLANNED = "unplanned"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDays:
    """Whole days away in the clinic's zone, first and last included."""

    provider_id: ProviderId
    first: date
    last: date
    reason: LeaveReason | None = None
    """Kept in the audit log alone: the calendar says when, never why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveKept:
    """The provider is away; `visits` are those still booked in that time, by start, for staff to move."""

    leave: Leave
    visits: tuple[Appointment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveTakenBack:
    """The provider's time may be offered again."""

    leave: Leave


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRefused:
    """Nothing was changed."""

    fault: LeaveFault


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnLeave:
    """Keep days off. Visits already booked stay as they are: patients hear of a change from a person."""

    calendar: Calendar
    commits: Commits
    clinic: Callable[[], Clinic]
    clock: Clock

    async def __call__(self, days: LeaveDays, *, by: Actor = SYSTEM) -> LeaveKept | LeaveRefused:
        """Put a provider on leave; saying it twice changes nothing. Raises UnavailableError."""
        clinic, now = self.clinic(), self.clock.now()
        if fault := _fault(days, clinic, now):
            return LeaveRefused(fault=fault)
        leave = _span(days, clinic)
        added = _event("leave.added", AuditAction.CREATE, leave, by=by, now=now)
        event = replace(added, purpose=days.reason.value if days.reason else "")
        await self.commits.commit(WriteSet(changes=(SaveLeave(leave=leave),), audit=(event,)))
        # Read after the commit, so that a visit booked just before it is among them.
        visits = await self.calendar.of_provider(days.provider_id, max(leave.starts_at, now), leave.ends_at)
        return LeaveKept(leave=leave, visits=visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackLeave:
    """Take back days off that staff entered."""

    calendar: Calendar
    commits: Commits
    clinic: Callable[[], Clinic]
    clock: Clock

    async def __call__(self, days: LeaveDays, *, by: Actor = SYSTEM) -> LeaveTakenBack | LeaveRefused:
        """Take exactly these days back. Raises UnavailableError."""
        clinic, now = self.clinic(), self.clock.now()
        if days.last < days.first:
            return LeaveRefused(fault=LeaveFault.ENDS_BEFORE_START)
        leave = _span(days, clinic)
        if leave not in await self.calendar.leave(leave.starts_at, leave.ends_at):
            return LeaveRefused(fault=LeaveFault.NO_SUCH_LEAVE)
        event = _event("leave.taken_back", AuditAction.DELETE, leave, by=by, now=now)
        await self.commits.commit(WriteSet(changes=(DropLeave(leave=leave),), audit=(event,)))
        return LeaveTakenBack(leave=leave)


def _fault(days: LeaveDays, clinic: Clinic, now: datetime) -> LeaveFault | None:
    found = {
        LeaveFault.UNKNOWN_PROVIDER: all(days.provider_id != provider.id for provider in clinic.providers),
        LeaveFault.ENDS_BEFORE_START: days.last < days.first,
        LeaveFault.OVER: days.last < now.astimezone(clinic.zone).date(),
        LeaveFault.TOO_LONG: days.last - days.first > LONGEST,
    }
    return next((fault for fault, is_so in found.items() if is_so), None)


def _span(days: LeaveDays, clinic: Clinic) -> Leave:
    """From the midnight that begins the first day to the one that ends the last."""
    return Leave(
        provider_id=days.provider_id,
        starts_at=instant(clinic.zone, days.first, 0),
        ends_at=instant(clinic.zone, days.last + timedelta(days=1), 0),
    )


def _event(name: str, action: AuditAction, leave: Leave, *, by: Actor, now: datetime) -> AuditEvent:
    return AuditEvent(
        at=now,
        actor=by,
        action=action,
        event=name,
        object_type="provider",
        object_id=leave.provider_id,
        detail=f"{leave.starts_at.isoformat()}/{leave.ends_at.isoformat()}",
    )
