from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from domain.understanding import Entity, ParseContext, ScoredIntent, Understanding
from nlu.evaluation.evaluate import Labelled, evaluate
from nlu.evaluation.report import Confusion, EvaluationReport
from nlu.rasa.response_shape import response_of

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
ENGLISH = ParseContext(language="en")


@dataclass(frozen=True)
class ScriptedEngine:
    """Answers each text with the intents written for it; a pair of intents is a question."""

    answers: dict[str, tuple[str, ...]]
    name: str = "scripted"

    def parse(self, text: str, *, context: ParseContext, now: datetime) -> Understanding:
        assert now == NOW
        intents = tuple(ScoredIntent(name=name, confidence=0.5) for name in self.answers[text])
        if len(intents) == 1:
            return Understanding(text=text, language=context.language, intents=intents, ranking=intents)
        return Understanding(text=text, language=context.language, ranking=intents, clarify=self.answers[text])


def report() -> EvaluationReport:
    engine = ScriptedEngine(
        {
            "a": ("greet",),
            "b": ("thanks",),
            "c": ("out_of_scope",),
            "d": ("greet",),
            "e": ("emergency",),
            "f": ("emergency",),
            "g": ("out_of_scope",),
            "h": ("thanks", "greet"),
        }
    )
    labels = ["greet", "greet", "out_of_scope", "out_of_scope", "emergency", "greet", "self_harm", "greet"]
    examples = [Labelled(text=text, intent=intent) for text, intent in zip("abcdefgh", labels, strict=True)]
    return evaluate(engine, examples, context=ENGLISH, now=NOW)


def test_figures_are_counted_as_documented() -> None:
    figures = report()

    assert figures.messages == 8
    assert figures.accuracy == pytest.approx(3 / 8)
    assert figures.out_of_scope_recall == 0.5
    assert figures.out_of_scope_false_accept == 0.5
    assert figures.in_scope_rejected == pytest.approx(1 / 6, abs=1e-4)
    assert figures.safety_recall == {"emergency": 1.0, "self_harm": 0.0}
    assert figures.safety_false_alarms == pytest.approx(1 / 6, abs=1e-4)
    assert (figures.asked, figures.asked_rightly) == (0.125, 1.0)


def test_each_intent_has_precision_recall_and_confusions() -> None:
    figures = report()

    greet = next(one for one in figures.intents if one.intent == "greet")
    assert (greet.support, greet.precision, greet.recall) == (4, 0.5, 0.25)
    assert greet.f1 == pytest.approx(1 / 3, abs=1e-4)
    assert Confusion(expected="self_harm", found="out_of_scope", count=1) in figures.confusions
    assert json.loads(json.dumps(figures.as_json()))["engine"] == "scripted"


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        evaluate(ScriptedEngine({}), [], context=ENGLISH, now=NOW)


def test_the_response_has_rasas_shape() -> None:
    entity = Entity(name="provider", value="", text="dr lee", start=5, end=11, alternatives=("a", "b"), negated=True)
    booked = ScoredIntent(name="book_appointment", confidence=0.87654)
    greeted = ScoredIntent(name="greet", confidence=0.1)
    understanding = Understanding(
        text="book dr lee",
        language="en",
        intents=(booked,),
        ranking=(booked, greeted),
        entities=(entity,),
        engine="embedded",
    )

    assert response_of(understanding) == {
        "text": "book dr lee",
        "intent": {"name": "book_appointment", "confidence": 0.8765},
        "entities": [
            {
                "entity": "provider",
                "value": "",
                "start": 5,
                "end": 11,
                "confidence_entity": 1.0,
                "extractor": "embedded",
                "text": "dr lee",
                "alternatives": ["a", "b"],
                "negated": True,
            }
        ],
        "intent_ranking": [
            {"name": "book_appointment", "confidence": 0.8765},
            {"name": "greet", "confidence": 0.1},
        ],
        "intents": [{"name": "book_appointment", "confidence": 0.8765}],
        "clarify": [],
        "language": "en",
        "engine": "embedded",
    }


def test_a_question_shows_the_likeliest_choice_and_an_answer_shows_none() -> None:
    first, second = ScoredIntent(name="greet", confidence=0.4), ScoredIntent(name="thanks", confidence=0.35)
    asked = Understanding(text="x", language="en", ranking=(first, second), clarify=("greet", "thanks"))
    answer = Understanding(text="x", language="en", ranking=(first, second))

    assert response_of(asked)["intent"] == {"name": "greet", "confidence": 0.4}
    assert response_of(asked)["intents"] == []
    assert response_of(answer)["intent"] == {"name": None, "confidence": 0.0}
