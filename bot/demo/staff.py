"""The demo's staff: who they are, what each may do, and which of them have a role card on the demo's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.audit import SYSTEM, AuditAction, AuditEvent
from domain.ids import StaffId
from domain.ports import Clock, IdSource, StaffAccounts
from domain.staff import Role, StaffAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoStaff:
    """One person on the demo's staff; with a `card` whoever tries the demo can be them."""

    username: str
    name: str
    roles: frozenset[Role]
    card: str = ""
    about: str = ""


STAFF: Sequence[DemoStaff] = (
    DemoStaff(
        username="frontdesk",
        name="Jo Deskwell",
        roles=frozenset({Role.AGENT}),
        card="Front desk",
        about="Answer a patient, take a thread over, close it with an outcome.",
    ),
    DemoStaff(
        username="nurse",
        name="Nell Wardley",
        roles=frozenset({Role.AGENT, Role.CLINICIAN}),
        card="Nurse",
        about="See what is urgent and what is kept closely; acknowledge, take over, close.",
    ),
    DemoStaff(
        username="admin",
        name="Ari Keyes",
        roles=frozenset({Role.ADMIN, Role.AGENT, Role.AUDITOR}),
        card="Admin",
        about="See what waits in which queue, and what is overdue.",
    ),
    DemoStaff(username="colleague", name="Pat Counterly", roles=frozenset({Role.AGENT})),
)


async def demo_accounts(accounts: StaffAccounts, *, clock: Clock, new_id: IdSource) -> Mapping[str, StaffAccount]:
    """The accounts of all of them by username; whoever has none yet gets one. Nobody has a password."""
    found: dict[str, StaffAccount] = {}
    for person in STAFF:
        known = await accounts.by_username(person.username)
        if known is None:
            known = StaffAccount(
                id=StaffId(new_id()), username=person.username, display_name=person.name, roles=person.roles
            )
            event = AuditEvent(
                at=clock.now(),
                actor=SYSTEM,
                action=AuditAction.CREATE,
                event="staff.added",
                object_type="staff",
                object_id=known.id,
            )
            await accounts.save(known, audit=event)
        found[person.username] = known
    return found
