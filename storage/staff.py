"""Staff accounts and sign-in sessions: clear, since staff are not patients; secrets only as digests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import BindParameter

from domain.audit import AuditEvent
from domain.ids import StaffId
from domain.staff import Role, StaffAccount, StaffSession
from storage import audit_chain
from storage.audit_chain import Draft
from storage.doors import Doors
from storage.tables import staff_accounts, staff_sessions
from storage.times import from_micros, to_micros
from storage.transaction import Transaction

_WANTED: BindParameter[str] = bindparam("wanted")
_BY_NAME = select(staff_accounts).where(staff_accounts.c.username == _WANTED)
_BY_ID = select(staff_accounts).where(staff_accounts.c.id == _WANTED)
_SESSION = select(staff_sessions).where(staff_sessions.c.token_digest == _WANTED)
_INSERT = insert(staff_accounts)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[staff_accounts.c.id],
    set_={
        name: _INSERT.excluded[name] for name in ("username", "display_name", "roles", "password_digest", "disabled")
    },
)
_INSERT_SESSION = insert(staff_sessions)
_SAVE_SESSION = _INSERT_SESSION.on_conflict_do_update(
    index_elements=[staff_sessions.c.token_digest],
    set_={name: _INSERT_SESSION.excluded[name] for name in ("last_seen_at", "expires_at", "csrf")},
)
_DROP_SESSION = delete(staff_sessions).where(staff_sessions.c.token_digest == _WANTED)
_DROP_SESSIONS_OF = delete(staff_sessions).where(staff_sessions.c.staff_id == _WANTED)


class SqlStaffAccounts:
    """Implements domain.ports.StaffAccounts."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    async def by_username(self, username: str) -> StaffAccount | None:
        """See the port."""
        return await self._doors.read(lambda tx: _account(tx.row(_BY_NAME, {"wanted": username})))

    async def get(self, staff_id: StaffId) -> StaffAccount | None:
        """See the port."""
        return await self._doors.read(lambda tx: _account(tx.row(_BY_ID, {"wanted": staff_id})))

    async def save(self, account: StaffAccount, *, audit: AuditEvent) -> None:
        """See the port. Raises RowConflictError when the name is another's; disabling ends every session."""
        await self._doors.write(lambda tx: _save(tx, account, audit))

    async def session(self, token_digest: str) -> StaffSession | None:
        """See the port."""
        return await self._doors.read(lambda tx: _session(tx.row(_SESSION, {"wanted": token_digest})))

    async def save_session(self, session: StaffSession) -> None:
        """See the port. Raises RowConflictError when there is no such account."""
        values = {
            "token_digest": session.token_digest,
            "staff_id": session.staff_id,
            "created_at": to_micros(session.created_at),
            "last_seen_at": to_micros(session.last_seen_at),
            "expires_at": to_micros(session.expires_at),
            "csrf": session.csrf,
        }
        await self._doors.write(lambda tx: tx.execute(_SAVE_SESSION, values))

    async def drop_session(self, token_digest: str) -> None:
        """See the port."""
        await self._doors.write(lambda tx: tx.execute(_DROP_SESSION, {"wanted": token_digest}))


def _save(tx: Transaction, account: StaffAccount, audit: AuditEvent) -> None:
    tx.execute(
        _SAVE,
        {
            "id": account.id,
            "username": account.username,
            "display_name": account.display_name,
            "roles": ",".join(sorted(role.value for role in account.roles)),
            "password_digest": account.password_digest,
            "disabled": int(account.disabled),
        },
    )
    if account.disabled:
        tx.execute(_DROP_SESSIONS_OF, {"wanted": account.id})
    audit_chain.append(tx, [Draft(audit)])


def _account(row: Row[Any] | None) -> StaffAccount | None:
    if row is None:
        return None
    return StaffAccount(
        id=StaffId(row.id),
        username=row.username,
        display_name=row.display_name,
        roles=frozenset(Role(name) for name in row.roles.split(",") if name),
        password_digest=row.password_digest,
        disabled=bool(row.disabled),
    )


def _session(row: Row[Any] | None) -> StaffSession | None:
    if row is None:
        return None
    return StaffSession(
        token_digest=row.token_digest,
        staff_id=StaffId(row.staff_id),
        created_at=from_micros(row.created_at),
        last_seen_at=from_micros(row.last_seen_at),
        expires_at=from_micros(row.expires_at),
        csrf=row.csrf,
    )
