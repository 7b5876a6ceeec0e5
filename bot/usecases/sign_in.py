"""A member of staff signs in with a password. Every refusal looks the same and takes as long."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.usecases.sign_in_limits import KnownBrowsers, SignInTries
from bot.usecases.staff_sessions import SignedIn, StaffSessions, staff_event
from domain.changes import WriteSet
from domain.ids import StaffId
from domain.ports import Clock, Commits, StaffAccounts

MAX_PASSWORD_CHARS = 256
_MAX_USERNAME_CHARS = 64
_NOBODY = StaffId("")


class Passwords(Protocol):
    """Makes and checks password digests away from the event loop, a few at a time."""

    async def digest(self, password: str) -> str:
        """The digest to keep. Raises UnavailableError when too many are waiting."""
        ...

    async def matches(self, digest: str, password: str) -> bool:
        """Whether the password made the digest; an empty digest matches nothing and takes as long.

        Raises UnavailableError when too many are waiting.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused:
    """The name or the password is wrong, or the account is disabled: which of them is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyTries:
    """The password was not even looked at; try again after `wait`."""

    wait: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDone:
    """A session, and a mark by which this browser is known the next time."""

    signed_in: SignedIn
    browser_mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Check a name and a password, and begin a session."""

    accounts: StaffAccounts
    commits: Commits
    passwords: Passwords
    sessions: StaffSessions
    tries: SignInTries
    browsers: KnownBrowsers
    clock: Clock

    async def __call__(
        self, *, username: str, password: str, browser_mark: str = ""
    ) -> SignInDone | SignInRefused | TooManyTries:
        """Sign in. Raises UnavailableError."""
        name = plain_username(username)
        line = self.browsers.line(name, browser_mark)
        if wait := self.tries.begin(line):
            return TooManyTries(wait=wait)
        usable = len(name) <= _MAX_USERNAME_CHARS and len(password) <= MAX_PASSWORD_CHARS
        account = await self.accounts.by_username(name) if usable else None
        digest = account.password_digest if account is not None else ""
        right = await self.passwords.matches(digest, plain_password(password) if usable else "")
        if account is None or account.disabled or not right:
            staff_id = account.id if account else _NOBODY
            event = staff_event("staff.sign_in", staff_id, self.clock.now(), outcome="refused")
            await self.commits.commit(WriteSet(audit=(event,)))
            return SignInRefused()
        self.tries.succeeded(line)
        signed_in = await self.sessions.begin(account, event="staff.sign_in")
        return SignInDone(signed_in=signed_in, browser_mark=self.browsers.mark(name))


def plain_username(username: str) -> str:
    """The form in which user names are kept and compared."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def plain_password(password: str) -> str:
    """One form for passwords, however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password)
