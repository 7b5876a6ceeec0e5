"""Test results: ready or not at level 2, the approved words at level 3 and only what the release policy lets out."""

from __future__ import annotations

from bot.actions.desk import Desk, Done, outcome, reply, with_changes
from domain.audit import AuditAction
from domain.clinic import TestKindId
from domain.dialogue.reply import Local, Named, NameKind, Reply, ReplyValue
from domain.dialogue.turn import ActionRequest
from domain.results import Release, TestResult


async def results_status(request: ActionRequest, desk: Desk) -> Done:
    """Say whether results are ready; the tests themselves are not named below level 3."""
    results = _asked(request, desk)
    event = desk.event("results.status_read", AuditAction.READ, object_type="patient", object_id=desk.handle.subject_id)
    if not results:
        return with_changes(outcome("none", reply("utter_no_results")), audit=(event,))
    releases = [_release(desk, item) for item in results]
    if Release.OPEN in releases:
        ready = sum(release is Release.OPEN for release in releases)
        return with_changes(outcome("readable", reply("utter_results_ready", {"count": ready})), audit=(event,))
    key = "utter_results_held" if Release.HELD in releases else "utter_results_pending"
    return with_changes(outcome("told", reply(key)), audit=(event,))


async def read_result(request: ActionRequest, desk: Desk) -> Done:
    """Read out the released results in the words the clinic approved."""
    said: list[Reply] = []
    events = []
    for result in _asked(request, desk):
        if _release(desk, result) is not Release.OPEN or result.text is None:
            continue
        values: dict[str, ReplyValue] = {
            "test": Named(kind=NameKind.TEST, id=result.test_name),
            "date": result.collected_at,
            "text": Local(by_language=dict(result.text.texts)),
        }
        said.append(reply("utter_result", values))
        events.append(desk.event("result.disclosed", AuditAction.READ, object_type="result", object_id=result.id))
    said.append(reply("utter_result_questions"))
    return with_changes(outcome("read", *said), audit=tuple(events))


def _asked(request: ActionRequest, desk: Desk) -> tuple[TestResult, ...]:
    wanted = request.slots.get("test")
    if isinstance(wanted, str) and wanted != "any":
        return tuple(item for item in desk.results() if item.test_name == wanted)
    return desk.results()


def _release(desk: Desk, result: TestResult) -> Release:
    sensitivity = desk.clinic.test(TestKindId(result.test_name)).sensitivity
    return desk.clinic.release.decide(result, sensitivity, desk.now)
