"""Trains on the packaged data and demands honest floors on messages nobody trained or tuned on."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.composition import encoder_folder
from bot.settings import read_settings
from domain.understanding import ParseContext
from nlu.evaluation.evaluate import Labelled, evaluate
from nlu.factory import ModelShelf, build_engine, packaged_job, train
from nlu.registry import ModelRegistry
from nlu.training_data.loader import load_file

HELD_OUT = Path(__file__).parents[2] / "nlu"
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
ENCODED = encoder_folder(read_settings().models)
"""Sentence vectors of the packaged examples are kept from run to run, where the program keeps them."""
FLOORS = {"en": (0.70, 0.78, 0.91, 0.80), "es": (0.64, 0.71, 0.88, 0.60)}
"""Accuracy of the decision, of the ranking's head, of its first three, and out-of-scope recall."""


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_model_trained_in_a_process_of_its_own_holds_up_on_unseen_messages(language: str, tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        job = packaged_job(language, tmp_path, cache_folder=ENCODED)
        outcome = pool.submit(train, job).result(timeout=110)
    ModelRegistry(folder=tmp_path).promote(language, outcome.version)
    engine = build_engine(
        ModelShelf(models_folder=tmp_path, cache_folder=ENCODED),
        languages=[language],
        zone=ZoneInfo("America/New_York"),
    )
    held_out = load_file(HELD_OUT / language / "held_out.yml", language=language)
    examples = [Labelled(text=example.text, intent=example.intent) for example in held_out.examples]

    report = evaluate(engine, examples, context=ParseContext(language=language), now=NOW)

    accuracy, ranked, top3, out_of_scope = FLOORS[language]
    assert report.accuracy >= accuracy
    assert report.ranked_accuracy >= ranked
    assert report.top3_accuracy >= top3
    assert report.out_of_scope_recall >= out_of_scope
    assert report.in_scope_rejected <= 0.2
    assert report.safety_false_alarms <= 0.04
    assert report.safety_recall["emergency"] >= 0.65
    assert outcome.metrics["calibration_error"] <= 0.08
