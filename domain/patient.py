"""A patient as the conversation needs to know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.ids import PatientId, SubjectId

CHILD_RELATIONS = frozenset({"son", "daughter", "child"})
"""Relations a visit is taken to be for, wherever they are named: "my son is sick"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A person on file. `phones` are E.164, the one for messages first; several patients may share one."""

    id: PatientId
    given_name: str
    family_name: str
    birth_date: date
    phones: tuple[str, ...] = ()
    email: str | None = None
    language: str = "en"
    mrn: str | None = None
    """The clinic's own record number."""
    discreet: bool = False
    """Messages name the clinic's alias and nothing about health."""
    opted_out: bool = False
    """No messages we start ourselves."""
    deceased: bool = False
    pin_digest: str = ""
    """The second factor's stored form; empty where none was set."""
    pending: bool = False
    """Registered by chat; staff have not yet checked the record."""
    declined: bool = False
    """Registered by chat, and staff did not take it up: kept for the audit, never matched again."""

    @property
    def subject_id(self) -> SubjectId:
        """Whose key seals this patient's rows."""
        return SubjectId(self.id)

    def age_on(self, day: date) -> int:
        """Age in completed years; born on 29 February counts from 1 March in other years."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))
