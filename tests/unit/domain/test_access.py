"""The policy as a table: what is not granted is refused."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from domain.access import Permission, QueueKind, kind_of, may, might, queue_kinds, reading_window
from domain.handoff import EscalationReason, Handoff, HandoffStatus
from domain.ids import ConversationId, HandoffId, SubjectId
from domain.staff import Role, StaffAccount
from tests.fakes.staff import ADMIN, AUDITOR, DESK_TWO, FRONT, NOON, NURSE, demo_clinic

CASE = Handoff(
    id=HandoffId("case"),
    conversation_id=ConversationId("talk"),
    subject_id=SubjectId("subject"),
    queue="front_desk",
    reason=EscalationReason.ASKED,
    status=HandoffStatus.OPEN,
    urgent=False,
    opened_at=NOON,
    due_at=NOON + timedelta(hours=1),
)


def as_role(role: Role) -> StaffAccount:
    return replace(FRONT, roles=frozenset({role}))


def test_the_front_desk_works_on_general_cases_only() -> None:
    allowed = {kind for kind in QueueKind if may(FRONT, Permission.REPLY, CASE, kind)}

    assert allowed == {QueueKind.GENERAL}


def test_clinicians_work_on_every_kind_and_see_the_record() -> None:
    for kind, permission in product(QueueKind, Permission):
        assert may(NURSE, permission, CASE, kind), (kind, permission)


def test_the_front_desk_never_sees_the_record() -> None:
    assert not any(may(FRONT, Permission.SEE_RECORD, CASE, kind) for kind in QueueKind)


def test_an_admin_sees_that_work_waits_and_nothing_a_patient_wrote() -> None:
    allowed = {permission for permission in Permission if may(ADMIN, permission, CASE, QueueKind.GENERAL)}

    assert allowed == {Permission.LIST_CASE, Permission.SECOND_FACTOR}
    assert not may(ADMIN, Permission.LIST_CASE, CASE, QueueKind.RESTRICTED)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PRIVACY_OFFICER])
def test_other_roles_are_granted_nothing(role: Role) -> None:
    for kind, permission in product(QueueKind, Permission):
        assert not may(as_role(role), permission, CASE, kind)


def test_no_role_means_nothing() -> None:
    nobody = replace(FRONT, roles=frozenset())

    assert not any(might(nobody, permission) for permission in Permission)


def test_a_disabled_account_may_nothing() -> None:
    gone = replace(NURSE, disabled=True)

    assert not any(may(gone, permission, CASE, QueueKind.GENERAL) for permission in Permission)
    assert not any(might(gone, permission) for permission in Permission)


def test_grants_of_two_roles_do_not_mix() -> None:
    both = replace(FRONT, roles=frozenset({Role.AGENT, Role.ADMIN}))

    assert may(both, Permission.LIST_CASE, CASE, QueueKind.CLINICAL)
    assert not may(both, Permission.READ_CASE, CASE, QueueKind.CLINICAL)


def test_whoever_has_a_case_keeps_it_when_it_turns_graver() -> None:
    held = replace(CASE, status=HandoffStatus.CLAIMED, claimed_by=FRONT.id)

    assert may(FRONT, Permission.REPLY, held, QueueKind.RESTRICTED)
    assert not may(DESK_TWO, Permission.READ_CASE, held, QueueKind.RESTRICTED)


def test_a_closed_case_is_no_longer_held() -> None:
    closed = replace(CASE, status=HandoffStatus.CLOSED, claimed_by=FRONT.id)

    assert not may(FRONT, Permission.READ_CASE, closed, QueueKind.CLINICAL)


def test_queues_are_as_close_as_the_reasons_that_lead_there() -> None:
    kinds = queue_kinds(demo_clinic())

    assert {queue for queue, kind in kinds.items() if kind is QueueKind.CLINICAL} == {
        "nurse_now",
        "nurse_today",
        "crisis",
    }
    assert {queue for queue, kind in kinds.items() if kind is QueueKind.RESTRICTED} == {"safeguarding"}
    assert kinds["front_desk"] is QueueKind.GENERAL


def test_a_clinic_whose_every_case_goes_to_one_queue_can_work_on_it() -> None:
    clinic = demo_clinic()
    single = replace(clinic, routes=(), queues=tuple(q for q in clinic.queues if q.id == clinic.default_queue_id))

    assert set(queue_kinds(single).values()) == {QueueKind.GENERAL}


def test_a_queue_the_clinic_no_longer_names_is_restricted() -> None:
    assert kind_of(replace(CASE, queue="gone"), queue_kinds(demo_clinic())) is QueueKind.RESTRICTED


def test_a_matter_of_protection_is_restricted_wherever_it_stands() -> None:
    case = replace(CASE, reason=EscalationReason.SAFEGUARDING)

    assert kind_of(case, queue_kinds(demo_clinic())) is QueueKind.RESTRICTED
    assert kind_of(case, {"front_desk": QueueKind.GENERAL}) is QueueKind.GENERAL


def test_the_front_desk_reads_a_day_before_the_case_until_it_closed() -> None:
    closed = replace(CASE, status=HandoffStatus.CLOSED, closed_at=NOON + timedelta(hours=2))
    window = reading_window(FRONT, closed)

    assert window.holds(NOON - timedelta(hours=24))
    assert not window.holds(NOON - timedelta(hours=24, seconds=1))
    assert window.holds(NOON + timedelta(hours=2))
    assert not window.holds(NOON + timedelta(hours=2, seconds=1))


def test_clinicians_read_the_whole_conversation() -> None:
    window = reading_window(NURSE, replace(CASE, closed_at=NOON))

    assert window.holds(NOON - timedelta(days=4_000))
    assert window.holds(NOON + timedelta(days=4_000))


def test_might_asks_for_any_kind_of_case() -> None:
    assert might(FRONT, Permission.REPLY)
    assert not might(ADMIN, Permission.READ_CASE)
    assert not might(AUDITOR, Permission.LIST_CASE)
