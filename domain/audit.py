"""Audit events: who did what to which record, and why. Clear fields hold ids and codes only, never patient words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import SubjectId


class ActorKind(StrEnum):
    """Who acted."""

    PATIENT = "patient"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


class AuditAction(StrEnum):
    """What was done, by the classes of record access (create, read, update, delete, execute)."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    EXECUTE = "execute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted; `id` is a handle or staff id, never a name."""

    kind: ActorKind
    id: str = ""


SYSTEM = Actor(kind=ActorKind.SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One act on one object. `detail` (fields touched, old and new codes) is sealed under the subject's key."""

    at: datetime
    actor: Actor
    action: AuditAction
    event: str
    """A dotted lower-case name: appointment.booked, transcript.read, handoff.claimed …"""
    subject_id: SubjectId | None = None
    object_type: str = ""
    object_id: str = ""
    purpose: str = ""
    outcome: str = "ok"
    detail: str = ""
