"""A small model over packaged words, and an engine around it, shared by the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.understanding import ParseContext, Understanding
from nlu.assembly import PACKAGED_DATA, assemble
from nlu.config import DecisionConfig
from nlu.embedded.model import LanguageModel
from nlu.embedded.training import train
from nlu.entities.gazetteer import Gazetteer, GazetteerEntry
from nlu.pipeline import Pipeline
from nlu.training_data.examples import Example, TrainingSet
from nlu.words import load_thesaurus

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)

ENGLISH = {
    "book_appointment": [
        "book an appointment", "i want to book a visit with the doctor", "schedule me for a checkup please",
        "need to make an appointment next week", "can i book an appointment with dr lee",
        "set up an appointment for my son",
    ],
    "cancel_appointment": [
        "cancel my appointment",
        "please cancel my visit on friday", "i have to cancel tomorrow's appointment",
        "take me off the schedule, cancel it",
        "call off my appointment on monday", "cancel tuesday's visit",
    ],
    "clinic_info": [
        "what time do you open", "when do you close on saturday", "what are your opening hours",
        "where are you located",
        "what is your address", "is there parking at the clinic",
    ],
    "refill_request": [
        "refill my metformin",
        "i need a refill of my pills",
        "can you renew my prescription", "running out of lisinopril",
        "need more of my medicine", "refill please, my inhaler is empty",
    ],
    "emergency": [
        "i can't breathe", "chest pain and my arm is numb", "he is unconscious, call an ambulance",
        "she collapsed and won't wake up", "my throat is closing i can't breathe", "crushing chest pain right now",
    ],
    "results_status": [
        "are my results ready", "did my lab results come back", "any news on my blood test results",
        "is my biopsy result in yet", "my test results, are they in", "checking if my labs are ready",
    ],
    "unsure": [
        "i am not really sure about that", "maybe, let me think about it", "i don't know which one to take",
        "hard to say really", "whatever you think is best", "either of them i guess",
    ],
    "out_of_scope": [
        "who won the football match", "tell me a recipe for pancakes", "what is the capital of france",
        "can you write my homework", "what is bitcoin worth", "play some music for me",
    ],
}  # fmt: skip
SPANISH = {
    "book_appointment": [
        "quiero hacer una cita", "necesito una cita con el doctor", "me gustaría agendar una consulta",
        "quisiera reservar una cita para mi hijo", "puedo sacar cita para mañana", "hacer una cita con la dra ramírez",
    ],
    "clinic_info": [
        "a qué hora abren", "cuál es su horario", "dónde están ubicados", "a qué hora cierran el sábado",
        "cuál es la dirección de la clínica", "tienen estacionamiento",
    ],
    "out_of_scope": [
        "quién ganó el partido", "dame una receta de pastel", "cuál es la capital de francia",
        "escribe mi tarea", "cuánto vale un bitcoin", "pon música por favor",
    ],
}  # fmt: skip
CLINIC = Gazetteer(
    entries={
        "provider": (
            GazetteerEntry(id="lee-ana", names={"en": ("Dr. Ana Lee",)}),
            GazetteerEntry(id="lee-bruno", names={"en": ("Dr. Bruno Lee",)}),
            GazetteerEntry(id="ramirez", names={"es": ("Dra. Sofía Ramírez Ortega",)}),
        ),
        "visit_type": (GazetteerEntry(id="physical", names={"en": ("annual physical",), "es": ("chequeo anual",)}),),
        "site": (GazetteerEntry(id="harbor", names={"en": ("Harbor Clinic",)}),),
    }
)


def training_set(language: str, texts: dict[str, list[str]]) -> TrainingSet:
    examples = tuple(Example(text=text, intent=intent) for intent, group in texts.items() for text in group)
    return TrainingSet(language=language, examples=examples)


def small_model(language: str = "en") -> LanguageModel:
    data = training_set(language, ENGLISH if language == "en" else SPANISH)
    return train(data, load_thesaurus(PACKAGED_DATA / "words", language))


@pytest.fixture(scope="session")
def models() -> dict[str, LanguageModel]:
    return {language: small_model(language) for language in ("en", "es")}


@pytest.fixture(scope="session")
def engine(models: dict[str, LanguageModel]) -> Pipeline:
    return assemble(models, zone=ZoneInfo("America/New_York"), gazetteer=CLINIC)


@pytest.fixture(scope="session")
def engine_without_context(models: dict[str, LanguageModel]) -> Pipeline:
    return assemble(models, zone=ZoneInfo("America/New_York"), decision=DecisionConfig(use_context=False))


@pytest.fixture(scope="session")
def parse(engine: Pipeline) -> Callable[..., Understanding]:
    def run(text: str, *, language: str = "en", **asked: object) -> Understanding:
        context = ParseContext(language=language, **asked)  # type: ignore[arg-type]  # the tests name its fields
        return engine.parse(text, context=context, now=NOW)

    return run


@pytest.fixture
def data_file(tmp_path: Path) -> Callable[[str], Path]:
    def write(content: str) -> Path:
        path = tmp_path / "nlu.yml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_set() -> Callable[[str, dict[str, list[str]]], TrainingSet]:
    return training_set
