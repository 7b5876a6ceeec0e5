"""Sign-in sessions: made, checked and ended. The browser holds a random token; we hold its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.audit import Actor, ActorKind, AuditAction, AuditEvent
from domain.changes import WriteSet
from domain.ids import StaffId
from domain.ports import Clock, Commits, StaffAccounts
from domain.staff import StaffAccount, StaffSession

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
_TOUCH_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session was made: its token is for the browser's cookie and nowhere else."""

    account: StaffAccount
    session: StaffSession
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who is behind a request: an account that is not disabled, and a session that has not ended."""

    account: StaffAccount
    session: StaffSession


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSessions:
    """The one place where sessions begin and end. `new_token` gives at least 256 random bits, URL-safe."""

    accounts: StaffAccounts
    commits: Commits
    clock: Clock
    new_token: Callable[[], str]

    async def begin(self, account: StaffAccount, *, event: str) -> SignedIn:
        """A new session with a new token; `event` names the way in for the audit."""
        now, token = self.clock.now(), self.new_token()
        session = StaffSession(
            token_digest=digest_of(token),
            staff_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + ABSOLUTE,
            csrf=self.new_token(),
        )
        await self.commits.commit(WriteSet(audit=(staff_event(event, account.id, now),)))
        await self.accounts.save_session(session)
        return SignedIn(account=account, session=session, token=token)

    async def visitor(self, token: str, *, active: bool) -> Visitor | None:
        """Who holds this token now; None when it ended. `active` says a person did something, not a page on its own."""
        if not token:
            return None
        session = await self.accounts.session(digest_of(token))
        if session is None:
            return None
        now = self.clock.now()
        if not _lives(session, now):
            await self.accounts.drop_session(session.token_digest)
            return None
        account = await self.accounts.get(session.staff_id)
        if account is None or account.disabled:
            await self.accounts.drop_session(session.token_digest)
            return None
        if active and now - session.last_seen_at >= _TOUCH_EVERY:
            session = replace(session, last_seen_at=now)
            await self.accounts.save_session(session)
        return Visitor(account=account, session=session)

    async def end(self, token: str) -> None:
        """Sign out; harmless when the session had ended."""
        session = await self.accounts.session(digest_of(token)) if token else None
        if session is None:
            return
        await self.accounts.drop_session(session.token_digest)
        await self.commits.commit(
            WriteSet(audit=(staff_event("staff.signed_out", session.staff_id, self.clock.now()),))
        )


def _lives(session: StaffSession, now: datetime) -> bool:
    return now < session.expires_at and now - session.last_seen_at < IDLE


def digest_of(token: str) -> str:
    """What we keep of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def staff_event(event: str, staff_id: StaffId, now: datetime, *, outcome: str = "ok") -> AuditEvent:
    """The trace of something that happened to an account or its sessions."""
    return AuditEvent(
        at=now,
        actor=Actor(kind=ActorKind.STAFF, id=staff_id),
        action=AuditAction.EXECUTE,
        event=event,
        object_type="staff",
        object_id=staff_id,
        outcome=outcome,
    )
