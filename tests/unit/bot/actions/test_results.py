"""Results: ready or not at level 2 and nothing named; words only when approved and released."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.actions.results import read_result, results_status
from domain.clinic_text import LocalText
from domain.results import HoldReason, ResultStatus, TestResult
from tests.builders.desk import NOW, asks, keys, proven_scene, result

TEXT = LocalText(texts=(("en", "All is well."), ("es", "Todo bien.")), default="en")
OPEN = result(text=TEXT)

STATUS: dict[str, tuple[TestResult, str, str]] = {
    "routine, final, with approved words": (OPEN, "utter_results_ready", "readable"),
    "corrected": (replace(OPEN, status=ResultStatus.CORRECTED), "utter_results_ready", "readable"),
    "pending": (result(status=ResultStatus.PENDING, text=TEXT), "utter_results_pending", "told"),
    "without approved words": (result(), "utter_results_held", "told"),
    "held by a clinician": (replace(OPEN, hold=HoldReason.CLINICIAN), "utter_results_held", "told"),
    "sensitive": (replace(OPEN, test_name="hiv_test"), "utter_results_held", "told"),
    "sensitive but let out by a clinician": (
        replace(OPEN, test_name="hiv_test", released=True),
        "utter_results_ready",
        "readable",
    ),
    "held outranks let out": (
        replace(OPEN, released=True, hold=HoldReason.PATIENT_WISH),
        "utter_results_held",
        "told",
    ),
    "not a day old": (replace(OPEN, resulted_at=NOW - timedelta(hours=23)), "utter_results_held", "told"),
    "just a day old": (replace(OPEN, resulted_at=NOW - timedelta(hours=24)), "utter_results_ready", "readable"),
}


@pytest.mark.parametrize(("found", "key", "outcome"), STATUS.values(), ids=STATUS.keys())
async def test_what_is_told_of_a_result(found: TestResult, key: str, outcome: str) -> None:
    done = await results_status(asks(), proven_scene(results=[found]).desk())

    assert (keys(done), done.result.facts["outcome"]) == ([key], outcome)


@pytest.mark.parametrize("found", [item for item, _, _ in STATUS.values()], ids=STATUS.keys())
async def test_the_status_names_no_test_and_is_noted(found: TestResult) -> None:
    done = await results_status(asks(), proven_scene(results=[found]).desk())

    assert found.test_name not in repr(done.result)
    assert [event.event for event in done.audit] == ["results.status_read"]


async def test_no_results_is_said() -> None:
    done = await results_status(asks(), proven_scene().desk())

    assert keys(done) == ["utter_no_results"]


async def test_a_test_that_is_not_on_file_is_not_answered_with_another_ones_result() -> None:
    done = await results_status(asks(test="skin_biopsy"), proven_scene(results=[OPEN]).desk())

    assert "utter_results_ready" not in keys(done)


async def test_only_what_is_released_is_read_out_and_each_reading_is_noted() -> None:
    others = [item for item, _, outcome in STATUS.values() if outcome == "told"]
    scene = proven_scene(level=3, results=[OPEN, *others])

    done = await read_result(asks(), scene.desk())

    assert keys(done) == ["utter_result", "utter_result_questions"]
    assert [event.event for event in done.audit] == ["result.disclosed"]


async def test_the_test_asked_for_is_the_one_read_out() -> None:
    other = replace(result("result-2", test="a1c"), text=TEXT)
    scene = proven_scene(level=3, results=[OPEN, other])

    done = await read_result(asks(test="a1c"), scene.desk())

    assert [event.object_id for event in done.audit] == ["result-2"]
