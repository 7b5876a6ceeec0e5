"""Signing in by a link instead of a password: the demo's role cards. Links live in memory and hold only digests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.usecases.staff_sessions import SignedIn, StaffSessions, digest_of
from domain.ids import StaffId
from domain.ports import Clock, StaffAccounts

LINK_LIFE = timedelta(hours=24)


@dataclass(slots=True)
class _Link:
    staff_id: StaffId
    made_at: datetime
    used: bool = False


class DemoLinks:
    """Links to role accounts: each works once, and again only for those whom `may_reuse` admits.

    `may_reuse` is asked with the network address of whoever follows the link ("127.0.0.1").
    """

    def __init__(
        self, *, clock: Clock, new_token: Callable[[], str], may_reuse: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Start with no links; `new_token` gives at least 256 random bits, URL-safe."""
        self._clock, self._new_token, self._may_reuse = clock, new_token, may_reuse
        self._links: dict[str, _Link] = {}

    def issue(self, staff_id: StaffId) -> str:
        """A new token for this account, to stand in /staff/link/<token>."""
        token, now = self._new_token(), self._clock.now()
        self._links = {key: link for key, link in self._links.items() if now - link.made_at <= LINK_LIFE}
        self._links[digest_of(token)] = _Link(staff_id=staff_id, made_at=now)
        return token

    def take(self, token: str, remote: str) -> StaffId | None:
        """Use a link up; None when there is no such link, it is old, or it was used before."""
        link = self._links.get(digest_of(token))
        if link is None or self._clock.now() - link.made_at > LINK_LIFE:
            return None
        if link.used and not self._may_reuse(remote):
            return None
        link.used = True
        return link.staff_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInByLink:
    """Begin a session for whoever follows a good link."""

    links: DemoLinks
    accounts: StaffAccounts
    sessions: StaffSessions

    async def __call__(self, *, token: str, remote: str) -> SignedIn | None:
        """Sign in, or None where the link does not work any more. Raises UnavailableError."""
        staff_id = self.links.take(token, remote)
        account = await self.accounts.get(staff_id) if staff_id is not None else None
        if account is None or account.disabled:
            return None
        return await self.sessions.begin(account, event="staff.link_followed")
