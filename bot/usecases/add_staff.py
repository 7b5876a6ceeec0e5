"""A new member of staff gets an account: a name, roles, and a password of which only the digest is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.usecases.sign_in import MAX_PASSWORD_CHARS, Passwords, plain_password, plain_username
from domain.audit import SYSTEM, Actor, AuditAction, AuditEvent
from domain.errors import StaleVersionError
from domain.ids import StaffId
from domain.ports import Clock, IdSource, StaffAccounts
from domain.staff import Role, StaffAccount

MIN_PASSWORD_CHARS = 12
_FEWEST_DIFFERENT = 5
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}\Z")


class StaffFault(StrEnum):
    """Why no account was made."""

    BAD_USERNAME = "bad_username"
    """Expected 2 to 64 letters, digits, dots, @, _ or -, beginning with a letter or digit."""
    USERNAME_TAKEN = "username_taken"
    NO_NAME = "no_name"
    NO_ROLE = "no_role"
    SHORT_PASSWORD = "short_password"  # noqa: S105 a fault's name, not a password
    LONG_PASSWORD = "long_password"  # noqa: S105 a fault's name, not a password
    EASY_PASSWORD = "easy_password"  # noqa: S105 a fault's name, not a password
    """It holds the user name, or fewer than five different characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaff:
    """Who is to be added; without a password one is made up."""

    username: str
    display_name: str
    roles: frozenset[Role]
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAdded:
    """The account; `password` only when it was made up, to be shown once."""

    account: StaffAccount
    password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRefused:
    """No account was made."""

    fault: StaffFault


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStaff:
    """Make an account. `new_password` makes up one that is hard to guess (at least MIN_PASSWORD_CHARS)."""

    accounts: StaffAccounts
    passwords: Passwords
    clock: Clock
    ids: IdSource
    new_password: Callable[[], str]

    async def __call__(self, new: NewStaff, *, by: Actor = SYSTEM) -> StaffAdded | StaffRefused:
        """Add the account, audited. Raises UnavailableError."""
        username, name = plain_username(new.username), " ".join(new.display_name.split())
        password = plain_password(self.new_password() if new.password is None else new.password)
        if fault := _fault(username, name, new.roles, password):
            return StaffRefused(fault=fault)
        if await self.accounts.by_username(username) is not None:
            return StaffRefused(fault=StaffFault.USERNAME_TAKEN)
        account = StaffAccount(
            id=StaffId(self.ids()),
            username=username,
            display_name=name,
            roles=new.roles,
            password_digest=await self.passwords.digest(password),
        )
        audit = AuditEvent(
            at=self.clock.now(),
            actor=by,
            action=AuditAction.CREATE,
            event="staff.added",
            object_type="staff",
            object_id=account.id,
            detail=",".join(sorted(role.value for role in new.roles)),
        )
        try:
            await self.accounts.save(account, audit=audit)
        except StaleVersionError:
            return StaffRefused(fault=StaffFault.USERNAME_TAKEN)
        return StaffAdded(account=account, password=password if new.password is None else None)


def _fault(username: str, name: str, roles: frozenset[Role], password: str) -> StaffFault | None:
    found = {
        StaffFault.BAD_USERNAME: not _USERNAME.match(username),
        StaffFault.NO_NAME: not name,
        StaffFault.NO_ROLE: not roles,
        StaffFault.SHORT_PASSWORD: len(password) < MIN_PASSWORD_CHARS,
        StaffFault.LONG_PASSWORD: len(password) > MAX_PASSWORD_CHARS,
        StaffFault.EASY_PASSWORD: username in password.casefold() or len(set(password)) < _FEWEST_DIFFERENT,
    }
    return next((fault for fault, is_so in found.items() if is_so), None)
