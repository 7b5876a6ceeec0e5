"""A trained model of one language: scores a text. Pure arrays, no training library, one thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from domain.intents import OUT_OF_SCOPE
from domain.understanding import ScoredIntent
from nlu.embedded.features import FloatArray, SparseVector, Vectoriser, grams_of
from nlu.embedded.nearest import ExampleIndex, Neighbour, VectorIndex
from nlu.embedded.sentence import SentenceReader
from nlu.embedded.thesaurus import Thesaurus

_TINY = 1e-6
_SHARES = {"en": (0.8, 1.2)}
_FOREIGN = (1.2, 0.8)
"""The encoder was made for English. What it makes of other languages helps a little: names, drugs, common roots."""
_ALONE = 2.0

Lexicon = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Entity name -> value -> the wordings it was marked with in the training data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What turns raw scores into decisions; every number was chosen on out-of-fold scores.

    `temperature` divides logits. `scope_weights` and `scope_bias` turn a text's evidence (see `scope_evidence`) into
    its probability of being in scope; it is accepted from `scope_threshold` on. `alarms` holds the probability from
    which a safety intent is raised even if another one is likelier.
    """

    temperature: float
    scope_weights: tuple[float, float, float]
    scope_bias: float
    scope_threshold: float
    alarms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the classifier makes of one text.

    `best` is the likeliest intent, or out_of_scope when the text is rejected; `ranking` has it first, then the others
    by probability. `alarm` is the safety intent to raise regardless, if any; `nearest` the most similar example, where
    the classifier knows it.
    """

    best: ScoredIntent
    ranking: tuple[ScoredIntent, ...]
    in_scope: bool
    alarm: ScoredIntent | None
    nearest: Neighbour | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LanguageModel:
    """Everything needed to score texts of one language. Build with `nlu.embedded.training.train`."""

    language: str
    intents: tuple[str, ...]
    vectoriser: Vectoriser
    thesaurus: Thesaurus
    weights: FloatArray
    """features x intents; features are a sketch and, with an encoder, a sentence vector"""
    bias: FloatArray
    examples: tuple[str, ...]
    """The texts behind `index`, in its order: in-scope training examples, for reviewers."""
    index: ExampleIndex | VectorIndex
    sentence: SentenceReader | None
    calibration: Calibration
    known_words: frozenset[str]
    lexicon: Lexicon
    data_hash: str
    seed: int
    metrics: Mapping[str, float]

    def read(self, text: str, *, bonus: Mapping[str, float] | None = None) -> Reading:
        """Score one text; `bonus` adds to the calibrated logits of the intents it names (a prior from context)."""
        sparse = self.vectoriser.vector(grams_of(text, self.thesaurus))
        vector = self.sentence.vector(text) if self.sentence is not None else None
        logits = joined(self.language, self.vectoriser.sketch(sparse), vector) @ self.weights + self.bias
        for intent, extra in (bonus or {}).items():
            if intent in self.intents:
                logits[self.intents.index(intent)] += extra * self.calibration.temperature
        says = any(map(str.isalpha, text)) and (self.sentence is None or self.sentence.knows(text))
        return self._decided(logits.astype(np.float64), self._neighbour(sparse, vector), says=says)

    def _neighbour(self, sparse: SparseVector, vector: FloatArray | None) -> Neighbour:
        match self.index:
            case ExampleIndex():
                return self.index.nearest(sparse)
            case VectorIndex():
                return self.index.nearest(
                    vector if vector is not None else np.zeros(self.index.rows.shape[1], np.float32)
                )
            case _:
                assert_never(self.index)

    def _decided(self, logits: NDArray[np.float64], neighbour: Neighbour, *, says: bool) -> Reading:
        """Decide; a text that `says` nothing, without a letter or a known word, is never taken for a request."""
        probabilities = softmax(logits / self.calibration.temperature)
        named = dict(zip(self.intents, probabilities.tolist(), strict=True))
        outside = named.pop(OUT_OF_SCOPE, 0.0)
        inside = logits[[at for at, intent in enumerate(self.intents) if intent != OUT_OF_SCOPE]]
        within = self._within(scope_evidence(inside, neighbour.cosine, outside)) if says else 0.0
        total = sum(named.values()) or 1.0
        known = sorted(
            (ScoredIntent(name=name, confidence=share / total * within) for name, share in named.items()),
            key=lambda intent: (-intent.confidence, intent.name),
        )
        rejected = ScoredIntent(name=OUT_OF_SCOPE, confidence=1 - within)
        in_scope = says and within >= self.calibration.scope_threshold
        best = known[0] if in_scope else rejected
        others = sorted((*known, rejected), key=lambda intent: (-intent.confidence, intent.name))
        alarms = [
            intent for intent in known if intent.confidence >= self.calibration.alarms.get(intent.name, float("inf"))
        ]
        return Reading(
            best=best,
            ranking=(best, *(intent for intent in others if intent is not best)),
            in_scope=in_scope,
            alarm=alarms[0] if alarms else None,
            nearest=neighbour,
        )

    def _within(self, evidence: tuple[float, float, float]) -> float:
        pairs = zip(self.calibration.scope_weights, evidence, strict=True)
        score = sum(weight * fact for weight, fact in pairs) + self.calibration.scope_bias
        return float(1 / (1 + np.exp(-score)))


def joined(language: str, sketch: FloatArray, sentence: FloatArray | None) -> FloatArray:
    """A text's features, or several texts' as rows; without a sentence vector the sketch carries all the weight."""
    if sentence is None:
        return np.asarray(sketch * _ALONE, dtype=np.float32)
    first, second = _SHARES.get(language, _FOREIGN)
    return np.concatenate([sketch * first, sentence * second], axis=-1, dtype=np.float32)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def scope_evidence(logits: NDArray[np.float64], cosine: float, outside: float) -> tuple[float, float, float]:
    """What tells in scope from out: the energy of the in-scope logits, nearest cosine, log-odds of out_of_scope.

    Energy, the soft maximum above the mean, separates better than the likeliest probability, which is high wherever
    one intent beats the others, however little speaks for it.
    """
    top = float(logits.max())
    energy = top + float(np.log(np.exp(logits - top).sum())) - float(logits.mean())
    return energy, cosine, log_odds(outside)


def log_odds(share: float) -> float:
    """The logarithm of the odds, held within about plus and minus 14."""
    return float(np.log((share + _TINY) / (1 - share + _TINY)))
