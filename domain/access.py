"""Who on staff may do what: one pure policy. Whatever is not granted here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.clinic import Clinic
from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.staff import Role, StaffAccount


class Permission(StrEnum):
    """An act on a case or on what it shows of a patient. Every one of them is about something in one queue."""

    LIST_CASE = "case.list"
    READ_CASE = "case.read"
    CLAIM_CASE = "case.claim"
    REPLY = "case.reply"
    HAND_BACK = "case.hand_back"
    ADD_NOTE = "case.note"
    ACKNOWLEDGE = "case.acknowledge"
    """Say of an urgent case that one has seen it, so that it stops calling."""
    PROMISE = "case.promise"
    """Make a promise on a case; keep or hand on one that stands in a queue."""
    SEE_VISITS = "patient.visits"
    """The patient's name and coming visits."""
    SEE_RECORD = "patient.record"
    """The year of birth and the notices on the record."""
    VERIFY = "patient.verify"
    """Find the patient by name and birth date and vouch, after a call, that it is they who write."""
    SECOND_FACTOR = "patient.second_factor"
    """Vouch for as much as clinical content needs, and set the patient's PIN; beside VERIFY, never without."""


class OfficePermission(StrEnum):
    """An act that is about no case and no queue."""

    LEAVE = "office.leave"
    """Say when a provider is away."""
    REQUESTS = "office.requests"
    """Decide on visits patients asked for and on registrations by chat."""


class QueueKind(StrEnum):
    """How closely a queue is kept: everyday matters, nurses' matters, or matters of protection."""

    GENERAL = "general"
    CLINICAL = "clinical"
    RESTRICTED = "restricted"


_WORK_ON_CASES = frozenset(
    {
        Permission.LIST_CASE,
        Permission.READ_CASE,
        Permission.CLAIM_CASE,
        Permission.REPLY,
        Permission.HAND_BACK,
        Permission.ADD_NOTE,
        Permission.ACKNOWLEDGE,
        Permission.PROMISE,
        Permission.SEE_VISITS,
        Permission.VERIFY,
    }
)
_TREATS = frozenset({Permission.SEE_RECORD, Permission.SECOND_FACTOR})
_OVERSEES = frozenset({Permission.LIST_CASE, Permission.SECOND_FACTOR})

# An admin sees that work waits, not what patients wrote; auditors and privacy officers have their own pages.
_GRANTS: Mapping[Role, Mapping[QueueKind, frozenset[Permission]]] = MappingProxyType(
    {
        Role.AGENT: {QueueKind.GENERAL: _WORK_ON_CASES},
        Role.CLINICIAN: dict.fromkeys(QueueKind, _WORK_ON_CASES | _TREATS),
        Role.ADMIN: dict.fromkeys((QueueKind.GENERAL, QueueKind.CLINICAL), _OVERSEES),
        Role.AUDITOR: {},
        Role.PRIVACY_OFFICER: {},
    }
)
_OFFICE_GRANTS: Mapping[Role, frozenset[OfficePermission]] = MappingProxyType(
    {
        Role.AGENT: frozenset({OfficePermission.LEAVE, OfficePermission.REQUESTS}),
        Role.CLINICIAN: frozenset({OfficePermission.REQUESTS}),
        Role.ADMIN: frozenset({OfficePermission.LEAVE}),
    }
)

_CLINICAL_REASONS = (EscalationReason.EMERGENCY, EscalationReason.SELF_HARM, EscalationReason.NURSE_TODAY)
_LOOK_BACK = timedelta(hours=24)


def queue_kinds(clinic: Clinic) -> Mapping[str, QueueKind]:
    """The kind of each of the clinic's queues.

    A queue is clinical when a clinical reason leads there; the default queue stays general, so that a clinic with a
    single queue can work at all.
    """
    clinical = {str(clinic.queue_for(reason.value).id) for reason in _CLINICAL_REASONS} - {str(clinic.default_queue_id)}
    kinds: dict[str, QueueKind] = {}
    for queue in clinic.queues:
        if queue.restricted:
            kinds[queue.id] = QueueKind.RESTRICTED
        else:
            kinds[queue.id] = QueueKind.CLINICAL if queue.id in clinical else QueueKind.GENERAL
    return MappingProxyType(kinds)


def kind_of(case: Handoff, kinds: Mapping[str, QueueKind]) -> QueueKind:
    """How closely a case is kept: as its queue is; a queue the clinic's facts no longer name counts as restricted.

    A matter of protection is restricted wherever it stands, if the clinic has a restricted queue at all.
    """
    if case.reason is EscalationReason.SAFEGUARDING and QueueKind.RESTRICTED in kinds.values():
        return QueueKind.RESTRICTED
    return kinds.get(case.queue, QueueKind.RESTRICTED)


def may(account: StaffAccount, permission: Permission, case: Handoff, kind: QueueKind) -> bool:
    """Whether this person may do this on this case of that kind.

    Whoever has claimed a case goes on with it when it moves to a closer queue (a red flag in the middle of a talk),
    until a colleague takes over.
    """
    if account.disabled:
        return False
    holds = case.status is HandoffStatus.CLAIMED and case.claimed_by == account.id
    reached = frozenset(QueueKind) if holds else frozenset({kind})
    return any(permission in _granted(role, reached) for role in account.roles)


def may_in(account: StaffAccount, permission: Permission, kind: QueueKind) -> bool:
    """Whether this person may do this on what stands in a queue of that kind and is nobody's case: a promise, say."""
    return not account.disabled and any(permission in _granted(role, frozenset({kind})) for role in account.roles)


def may_in_office(account: StaffAccount, permission: OfficePermission) -> bool:
    """Whether this person may do this, which is about no case."""
    return not account.disabled and any(permission in _OFFICE_GRANTS.get(role, ()) for role in account.roles)


def might(account: StaffAccount, permission: Permission) -> bool:
    """Whether there is any kind of case on which this person may do this: what a route asks before it has a case."""
    return not account.disabled and any(permission in _granted(role, frozenset(QueueKind)) for role in account.roles)


def _granted(role: Role, kinds: frozenset[QueueKind]) -> frozenset[Permission]:
    by_kind = _GRANTS.get(role, {})
    return frozenset(permission for kind in kinds for permission in by_kind.get(kind, frozenset()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingWindow:
    """The part of a conversation a reader sees: half-open, None is an open end."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether something said then is shown."""
        return (self.start is None or self.start <= moment) and (self.end is None or moment < self.end)


def reading_window(account: StaffAccount, case: Handoff) -> ReadingWindow:
    """A conversation is for life, a case is not: clinicians read all of it, others a day before the case to its end."""
    if Role.CLINICIAN in account.roles:
        return ReadingWindow()
    # The end is kept open for a moment, as closing and its farewell carry one time.
    end = None if case.closed_at is None else case.closed_at + timedelta(microseconds=1)
    return ReadingWindow(start=case.opened_at - _LOOK_BACK, end=end)
