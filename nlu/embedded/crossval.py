"""Out-of-fold scores: what the model says of examples it was not trained on. Everything chosen later rests on these.

Where the data holds no out-of-scope examples, each fold also leaves out whole intents: to a model that never met their
intent, such messages are out of scope.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.intents import OUT_OF_SCOPE
from nlu.config import TrainingConfig
from nlu.embedded.features import (
    SKETCH_WIDTH,
    SKETCH_WIDTH_ALONE,
    FloatArray,
    Grams,
    SparseVector,
    Vectoriser,
)
from nlu.embedded.head import Head, fit_head
from nlu.embedded.model import joined
from nlu.embedded.nearest import ExampleIndex, VectorIndex

_INTENT_GROUPS = 6
"""One group of so many is left out of a fold."""
ABSENT = -1e3
"""The logit of an intent that was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A training text as counts, and its intent."""

    text: str
    intent: str
    grams: Grams


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Corpus:
    """Samples with the sentence vectors of their texts (a row each; None without an encoder)."""

    language: str
    samples: tuple[Sample, ...]
    sentences: FloatArray | None

    def part(self, places: Sequence[int]) -> Corpus:
        """The samples at these places."""
        return Corpus(
            language=self.language,
            samples=tuple(self.samples[at] for at in places),
            sentences=None if self.sentences is None else self.sentences[list(places)],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A linear classifier over fitted features, and its in-scope examples."""

    vectoriser: Vectoriser
    head: Head
    index: ExampleIndex | VectorIndex


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutOfFold:
    """For each sample: the logits (samples x intents) and the cosine to the nearest in-scope example.

    `strange` marks samples whose intent the model that scored them had not met.
    """

    intents: tuple[str, ...]
    truth: NDArray[np.int64]
    logits: NDArray[np.float64]
    cosines: NDArray[np.float64]
    strange: NDArray[np.bool_]


def fit(corpus: Corpus, intents: tuple[str, ...], config: TrainingConfig) -> Fitted:
    """Learn features and a multinomial logistic regression."""
    sketch_width = SKETCH_WIDTH_ALONE if corpus.sentences is None else SKETCH_WIDTH
    vectoriser = Vectoriser.fitted([sample.grams for sample in corpus.samples], sketch_width=sketch_width)
    place = {intent: at for at, intent in enumerate(intents)}
    vectors = [vectoriser.vector(sample.grams) for sample in corpus.samples]
    sketches = np.array([vectoriser.sketch(vector) for vector in vectors])
    truth = np.array([place[sample.intent] for sample in corpus.samples], dtype=np.int64)
    head = fit_head(joined(corpus.language, sketches, corpus.sentences), truth, len(intents), config)
    return Fitted(vectoriser=vectoriser, head=head, index=_index(corpus, vectors, vectoriser))


def cross_validate(
    corpus: Corpus, intents: tuple[str, ...], config: TrainingConfig, pool: ThreadPoolExecutor
) -> OutOfFold:
    """Score every sample with a model that has not seen it."""
    samples = corpus.samples
    place = {intent: at for at, intent in enumerate(intents)}
    truth = np.array([place[sample.intent] for sample in samples], dtype=np.int64)
    folds = np.array(_folds(samples, config))
    scores = OutOfFold(
        intents=intents,
        truth=truth,
        logits=np.zeros((len(samples), len(intents))),
        cosines=np.zeros(len(samples)),
        strange=np.zeros(len(samples), dtype=np.bool_),
    )
    run = partial(_score_fold, scores, corpus, folds, config=config)
    list(pool.map(run, range(config.folds)))
    return scores


def _score_fold(
    scores: OutOfFold, corpus: Corpus, folds: NDArray[np.int64], fold: int, *, config: TrainingConfig
) -> None:
    left_out = _left_out(scores.intents, fold, config)
    present = tuple(intent for intent in scores.intents if intent not in left_out)
    columns = [at for at, intent in enumerate(scores.intents) if intent not in left_out]
    strange = np.isin(scores.truth, [at for at, intent in enumerate(scores.intents) if intent in left_out])
    fitted = fit(corpus.part(np.flatnonzero((folds != fold) & ~strange).tolist()), present, config)
    scores.logits[folds == fold] = ABSENT
    for at in np.flatnonzero(folds == fold).tolist():
        sparse = fitted.vectoriser.vector(corpus.samples[at].grams)
        sentence = None if corpus.sentences is None else corpus.sentences[at]
        features = joined(corpus.language, fitted.vectoriser.sketch(sparse), sentence)
        scores.logits[at, columns] = features @ fitted.head.weights + fitted.head.bias
        match fitted.index:
            case ExampleIndex():
                scores.cosines[at] = fitted.index.nearest(sparse).cosine
            case VectorIndex() if sentence is not None:
                scores.cosines[at] = fitted.index.nearest(sentence).cosine
        scores.strange[at] = strange[at]


def _left_out(intents: tuple[str, ...], fold: int, config: TrainingConfig) -> frozenset[str]:
    if OUT_OF_SCOPE in intents or len(intents) < _INTENT_GROUPS:
        return frozenset()
    shuffled = list(intents)
    random.Random(config.seed).shuffle(shuffled)  # noqa: S311 - reproducible shuffling, nothing secret
    return frozenset(shuffled[fold % _INTENT_GROUPS :: _INTENT_GROUPS])


def _index(corpus: Corpus, vectors: Sequence[SparseVector], vectoriser: Vectoriser) -> ExampleIndex | VectorIndex:
    """Index the in-scope samples."""
    inside = [at for at, sample in enumerate(corpus.samples) if sample.intent != OUT_OF_SCOPE]
    if corpus.sentences is not None:
        return VectorIndex(rows=corpus.sentences[inside])
    return ExampleIndex.of([vectors[at] for at in inside], width=vectoriser.width)


def _folds(samples: Sequence[Sample], config: TrainingConfig) -> list[int]:
    """A fold for each sample, every intent spread evenly."""
    members: dict[str, list[int]] = defaultdict(list)
    for at, sample in enumerate(samples):
        members[sample.intent].append(at)
    rng = random.Random(config.seed)  # noqa: S311 - reproducible shuffling, nothing secret
    folds = [0] * len(samples)
    for offset, intent in enumerate(sorted(members)):
        places = members[intent]
        rng.shuffle(places)
        for rank, at in enumerate(places):
            folds[at] = (rank + offset) % config.folds
    return folds
