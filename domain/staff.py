"""Staff accounts and their sign-in sessions. Passwords and tokens appear here only as digests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import StaffId


class Role(StrEnum):
    """What a member of staff may do; one policy function decides."""

    AGENT = "agent"
    CLINICIAN = "clinician"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAccount:
    """A person on staff; `password_digest` is an Argon2id string, empty where only one-time links sign in."""

    id: StaffId
    username: str
    display_name: str
    roles: frozenset[Role]
    password_digest: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSession:
    """A signed-in browser, kept by the SHA-256 of its token."""

    token_digest: str
    staff_id: StaffId
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    csrf: str
