"""Staff-entered leave as plain functions: run by a command alone, or inside the process that serves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from bot.operations import OperationRefusedError
from bot.usecases.put_on_leave import LONGEST, LeaveDays, LeaveFault, LeaveRefused, PutOnLeave, TakeBackLeave
from domain.clinic import Clinic, Leave
from domain.ids import ProviderId
from domain.ports import Clock
from storage.store import Store

_SAID: Mapping[LeaveFault, str] = MappingProxyType(
    {
        LeaveFault.UNKNOWN_PROVIDER: "clinic.yml has no such provider; expected one of its provider ids",
        LeaveFault.ENDS_BEFORE_START: "the last day is before the first; expected --to on or after --from",
        LeaveFault.OVER: "those days have passed; expected a last day from today on",
        LeaveFault.TOO_LONG: f"that is more than {LONGEST.days} days; expected the year to be right",
        LeaveFault.NO_SUCH_LEAVE: "no leave entered here has exactly these days; `wellspoken leave list` shows them",
    }
)


async def add_leave(store: Store, clinic: Clinic, clock: Clock, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a provider on leave: `provider`, `from` and `to` (ISO dates, both included). Tells the visits in the way.

    Raises OperationRefusedError, UnavailableError.
    """
    days = _days(arguments)
    put = PutOnLeave(calendar=store.calendar, commits=store.commits, clinic=lambda: clinic, clock=clock)
    outcome = await put(days)
    if isinstance(outcome, LeaveRefused):
        raise OperationRefusedError(_SAID[outcome.fault])
    visits = [
        {"id": visit.id, "starts_at": visit.slot.starts_at.astimezone(clinic.zone).isoformat()}
        for visit in outcome.visits
    ]
    return {**_shape(outcome.leave, clinic), "visits": visits}


async def remove_leave(store: Store, clinic: Clinic, clock: Clock, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take leave back that was entered with exactly these days. Raises OperationRefusedError, UnavailableError."""
    take_back = TakeBackLeave(calendar=store.calendar, commits=store.commits, clinic=lambda: clinic, clock=clock)
    outcome = await take_back(_days(arguments))
    if isinstance(outcome, LeaveRefused):
        raise OperationRefusedError(_SAID[outcome.fault])
    return _shape(outcome.leave, clinic)


async def list_leave(store: Store, clinic: Clinic, clock: Clock) -> Mapping[str, Any]:
    """Leave from now on: what staff entered, then what clinic.yml says."""
    now = clock.now()
    entered = await store.calendar.leave(now, now + 2 * LONGEST)
    facts = [leave for provider in clinic.providers for leave in provider.leave if leave.ends_at > now]
    return {
        "entered": [_shape(leave, clinic) for leave in entered],
        "facts": [_shape(leave, clinic) for leave in facts],
    }


def _days(arguments: Mapping[str, Any]) -> LeaveDays:
    return LeaveDays(
        provider_id=ProviderId(str(arguments["provider"])),
        first=_date(arguments, "from"),
        last=_date(arguments, "to"),
    )


def _date(arguments: Mapping[str, Any], name: str) -> date:
    written = str(arguments[name])
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise OperationRefusedError(f"--{name} is {written!r}; expected a date such as 2026-12-24") from None


def _shape(leave: Leave, clinic: Clinic) -> Mapping[str, Any]:
    last = (leave.ends_at - timedelta(microseconds=1)).astimezone(clinic.zone).date()
    return {
        "provider": leave.provider_id,
        "from": leave.starts_at.astimezone(clinic.zone).date().isoformat(),
        "to": last.isoformat(),
    }
