from __future__ import annotations

import pytest

from nlu.language import UNKNOWN, LanguageDetector
from nlu.pipeline import Pipeline


@pytest.fixture(scope="module")
def detector(engine: Pipeline) -> LanguageDetector:
    return engine.detector


@pytest.mark.parametrize(
    ("text", "language"),
    [("I need to see a doctor", "en"), ("necesito ver al doctor mañana", "es"), ("no gracias", "es")],
)
def test_plain_messages_are_identified(detector: LanguageDetector, text: str, language: str) -> None:
    guess = detector.identify(text)

    assert (guess.language, guess.confident) == (language, True)


@pytest.mark.parametrize("text", ["gracias", "hola", "ok", "doctor", "thanks", "👍", "", "12:30"])
def test_one_word_never_decides(detector: LanguageDetector, text: str) -> None:
    assert not detector.identify(text).confident


@pytest.mark.parametrize("text", ["dr lopez tuesday", "maria lopez"])
def test_names_and_mixtures_are_left_open(detector: LanguageDetector, text: str) -> None:
    assert not detector.identify(text).confident


def test_only_the_languages_asked_about_are_considered(detector: LanguageDetector) -> None:
    assert detector.identify("necesito ver al doctor mañana", ["en"]).language in {"en", None}
    assert detector.identify("necesito ver al doctor", ["fr"]) == UNKNOWN
