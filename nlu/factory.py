"""Builds the embedded engine for a clinic: the live models, or ones trained here from packaged data on first use."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from nlu.assembly import PACKAGED_DATA, WORDS_FOLDER, assemble
from nlu.config import DEFAULT_DECISION, DEFAULT_TRAINING, DecisionConfig, TrainingConfig
from nlu.embedded import artefact
from nlu.embedded.model import LanguageModel
from nlu.embedded.sentence import kit_installed, open_kit
from nlu.embedded.training import SentenceSource
from nlu.embedded.training import train as train_model
from nlu.embedded.weights import ENCODER_ID
from nlu.entities.gazetteer import EMPTY_GAZETTEER, Gazetteer
from nlu.errors import ModelError, UnknownLanguageError
from nlu.pipeline import Pipeline
from nlu.registry import ModelRegistry
from nlu.training_data.examples import merged
from nlu.training_data.loader import load_folder
from nlu.words import load_short_forms, load_thesaurus

__all__ = [
    "ModelShelf",
    "TrainingJob",
    "TrainingOutcome",
    "build_engine",
    "kit_installed",
    "live_model",
    "packaged_digest",
    "packaged_job",
    "packaged_languages",
    "train",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """Everything a training process needs; picklable. `folders` are read in order, packaged data first by custom."""

    language: str
    models_folder: Path
    folders: tuple[Path, ...]
    words_folder: Path = WORDS_FOLDER
    config: TrainingConfig = DEFAULT_TRAINING
    cache_folder: Path | None = None
    """Keeps the encoder's graph and the examples' vectors, from one set of models to the next; else `models_folder`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOutcome:
    """What a training run gave: the stored version, its figures (shares 0..1), its size and how long it took."""

    language: str
    version: str
    data_hash: str
    examples: int
    intents: int
    metrics: Mapping[str, float]
    artefact_bytes: int
    seconds: float


def packaged_languages() -> tuple[str, ...]:
    """Languages that come with training data and word lists."""
    found = {path.stem for path in WORDS_FOLDER.glob("*.yml") if "." not in path.stem}
    return tuple(sorted(language for language in found if any((PACKAGED_DATA / language).glob("*.yml"))))


def packaged_digest() -> str:
    """A name for what packaged training depends on: its data, the code that trains, and whether there is an encoder."""
    digest = hashlib.sha256(ENCODER_ID.encode() if kit_installed() else b"")
    code = Path(__file__).parent / "embedded"
    for path in sorted((*PACKAGED_DATA.rglob("*.yml"), *code.glob("*.py"))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def packaged_job(
    language: str,
    models_folder: Path,
    *,
    config: TrainingConfig = DEFAULT_TRAINING,
    cache_folder: Path | None = None,
) -> TrainingJob:
    """A job on the packaged data of one language."""
    if language not in packaged_languages():
        raise UnknownLanguageError(language=language, known=packaged_languages())
    return TrainingJob(
        language=language,
        models_folder=models_folder,
        folders=(PACKAGED_DATA / language,),
        config=config,
        cache_folder=cache_folder,
    )


def train(job: TrainingJob) -> TrainingOutcome:
    """Train and store a candidate; does not promote it. Made for `ProcessPoolExecutor.submit(train, job)`."""
    begun = time.perf_counter()
    parts = [load_folder(folder, language=job.language) for folder in job.folders]
    data = merged(job.language, parts)
    cache = job.cache_folder or job.models_folder
    kit = open_kit(job.language, cache)
    short_forms = load_short_forms(job.words_folder, job.language)
    sentences = None if kit is None else SentenceSource(kit=kit, cache=cache, short_forms=short_forms)
    model = train_model(data, load_thesaurus(job.words_folder, job.language), job.config, sentences=sentences)
    packed = artefact.pack(model)
    ModelRegistry(folder=job.models_folder).store(job.language, packed)
    return TrainingOutcome(
        language=job.language,
        version=packed.version,
        data_hash=model.data_hash,
        examples=len(data.examples),
        intents=len(model.intents),
        metrics=model.metrics,
        artefact_bytes=len(packed.manifest) + len(packed.arrays),
        seconds=round(time.perf_counter() - begun, 3),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShelf:
    """Where models come from. `cache_folder` is as in `TrainingJob`.

    `refused` is told of a live version that is damaged; the version before it serves then. Without it that is an error.
    """

    models_folder: Path
    cache_folder: Path | None = None
    refused: Callable[[ModelError], None] | None = None


def train_missing(languages: Iterable[str], shelf: ModelShelf, *, config: TrainingConfig = DEFAULT_TRAINING) -> None:
    """Train every language that has no live model from packaged data, each in a process of its own, side by side."""
    registry = ModelRegistry(folder=shelf.models_folder)
    missing = [language for language in languages if registry.live(language) is None]
    if not missing:
        return
    with ProcessPoolExecutor(len(missing), mp_context=get_context("spawn")) as pool:
        jobs = (
            packaged_job(language, shelf.models_folder, config=config, cache_folder=shelf.cache_folder)
            for language in missing
        )
        for outcome in pool.map(train, jobs):
            registry.promote(outcome.language, outcome.version)


def live_model(language: str, shelf: ModelShelf, *, config: TrainingConfig = DEFAULT_TRAINING) -> LanguageModel:
    """The live model; on first use one is trained from packaged data (seconds of CPU, in a process of its own)."""
    registry = ModelRegistry(folder=shelf.models_folder)
    train_missing((language,), shelf, config=config)
    kit = open_kit(language, shelf.cache_folder or shelf.models_folder)
    return registry.load_live(language, kit, refused=shelf.refused)


def build_engine(
    shelf: ModelShelf,
    *,
    languages: Iterable[str],
    zone: ZoneInfo,
    gazetteer: Gazetteer = EMPTY_GAZETTEER,
    region: str = "US",
    decision: DecisionConfig = DEFAULT_DECISION,
) -> Pipeline:
    """The engine for a clinic's languages, names, zone and phone region ("US")."""
    wanted = tuple(languages)
    train_missing(wanted, shelf)
    models = {language: live_model(language, shelf) for language in wanted}
    return assemble(models, zone=zone, gazetteer=gazetteer, region=region, decision=decision)
