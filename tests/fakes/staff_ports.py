"""The staff use cases' other ports over a clinic in memory, and a desk that has them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.live import LiveHub
from bot.usecases.staff_desk import StaffDesk
from domain.access import queue_kinds
from domain.audit import AuditEvent
from domain.errors import StaleVersionError
from domain.ids import (
    PromiseId,
    StaffId,
)
from domain.patient import Patient
from domain.promise import Promise
from domain.staff import StaffAccount, StaffSession
from tests.fakes.records import FakePatients
from tests.fakes.staff import FakeClinic, KeyRenderer, demo_clinic


@dataclass
class FakeAccounts:
    """The StaffAccounts port over a fake clinic."""

    clinic: FakeClinic

    async def by_username(self, username: str) -> StaffAccount | None:
        return next((known for known in self.clinic.people.values() if known.username == username), None)

    async def get(self, staff_id: StaffId) -> StaffAccount | None:
        return self.clinic.people.get(staff_id)

    async def save(self, account: StaffAccount, *, audit: AuditEvent) -> None:
        other = await self.by_username(account.username)
        if other is not None and other.id != account.id:
            raise StaleVersionError("the name is another's")
        self.clinic.people[account.id] = account
        self.clinic.audit.append(audit)

    async def session(self, token_digest: str) -> StaffSession | None:
        return self.clinic.sessions.get(token_digest)

    async def save_session(self, session: StaffSession) -> None:
        self.clinic.sessions[session.token_digest] = session

    async def drop_session(self, token_digest: str) -> None:
        self.clinic.sessions.pop(token_digest, None)


@dataclass
class FakePromises:
    """The Promises port over a fake clinic."""

    clinic: FakeClinic

    async def open(self, *, limit: int = 500) -> tuple[Promise, ...]:
        found = [item for item in self.clinic.promises.values() if item.is_open]
        return tuple(sorted(found, key=lambda item: item.due_at)[:limit])

    async def get(self, promise_id: PromiseId) -> Promise | None:
        return self.clinic.promises.get(promise_id)


class FakeRecords(FakePatients):
    """The Patients port over a fake clinic's records as they are now."""

    def __init__(self, clinic: FakeClinic) -> None:
        super().__init__()
        self.clinic = clinic

    @property
    def records(self) -> Sequence[Patient]:
        return tuple(self.clinic.patients.values())

    @records.setter
    def records(self, _: Sequence[Patient]) -> None:
        return None


class PlainPasswords:
    """Passwords whose digest is readable: for tests that are not about digests."""

    async def digest(self, password: str) -> str:
        return f"plain:{password}"

    async def matches(self, digest: str, password: str) -> bool:
        return bool(digest) and digest == f"plain:{password}"


def desk_of(clinic: FakeClinic, *, hub: LiveHub | None = None) -> StaffDesk:
    """A staff desk over a fake clinic."""
    facts = queue_kinds(demo_clinic())

    def ring() -> None:
        clinic.outbox_rings += 1

    return StaffDesk(
        conversations=clinic,
        handoffs=clinic,
        commits=clinic,
        accounts=FakeAccounts(clinic),
        renderer=KeyRenderer(),
        clock=clinic.clock,
        ids=clinic.ids,
        kinds=lambda: facts,
        hub=hub or LiveHub(),
        wake=clinic.woken.append,
        wake_outbox=ring,
    )
