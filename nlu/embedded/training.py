"""Trains one language's model from its training set. Depends on its arguments alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no type information

from domain.intents import INTENTS, OUT_OF_SCOPE
from nlu.config import DEFAULT_TRAINING, TrainingConfig
from nlu.embedded.calibration import calibrate
from nlu.embedded.crossval import Corpus, Sample, cross_validate, fit
from nlu.embedded.embeddings import EmbeddingCache
from nlu.embedded.features import FloatArray, grams_of
from nlu.embedded.model import LanguageModel, Lexicon
from nlu.embedded.sentence import EncoderKit, SentenceReader
from nlu.embedded.spelling import own_words
from nlu.embedded.thesaurus import Thesaurus
from nlu.errors import TrainingError
from nlu.text import phrase_of, tokens_of
from nlu.training_data.examples import TrainingSet

_THREADS = 2
LEARNED_ENTITIES = frozenset({"medicine", "test_name", "symptom", "body_part", "severity"})
"""Entities whose wordings are learned from marks in the data; the others' belong to the clinic or to word files."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SentenceSource:
    """Where sentence vectors of training texts come from; `cache` keeps them between runs."""

    kit: EncoderKit
    cache: Path | None = None
    short_forms: Mapping[str, str] = field(default_factory=dict)

    def reader(self, texts: Iterable[str]) -> SentenceReader:
        """Reads sentences as the model trained on these texts will."""
        return self.kit.reader(own_words(texts), self.short_forms)

    def vectors(self, reader: SentenceReader, samples: Sequence[Sample]) -> FloatArray:
        """A row for each sample."""
        cache = EmbeddingCache(encoder=self.kit.encoder, folder=self.cache)
        return cache.vectors([reader.spelt(sample.text) for sample in samples])


def train(
    data: TrainingSet,
    thesaurus: Thesaurus,
    config: TrainingConfig = DEFAULT_TRAINING,
    *,
    sentences: SentenceSource | None = None,
) -> LanguageModel:
    """Train, cross-validate and calibrate; TrainingError when an intent is unknown or has too few examples.

    With `sentences`, sentence vectors are among the features.
    """
    _check(data, config)
    return fit_model(data, thesaurus, config, sentences=sentences)


def fit_model(
    data: TrainingSet,
    thesaurus: Thesaurus,
    config: TrainingConfig = DEFAULT_TRAINING,
    *,
    sentences: SentenceSource | None = None,
) -> LanguageModel:
    """As `train`, on whatever intents the data names."""
    samples = _samples(data, thesaurus)
    intents = data.intents
    reader = None if sentences is None else sentences.reader(sample.text for sample in samples)
    rows = None if sentences is None or reader is None else sentences.vectors(reader, samples)
    corpus = Corpus(language=data.language, samples=samples, sentences=rows)
    # Each task computes in one thread, so that what it gives does not hang on how many there are.
    with threadpool_limits(limits=1), ThreadPoolExecutor(_THREADS) as pool:
        final = pool.submit(fit, corpus, intents, config)
        calibrated = calibrate(cross_validate(corpus, intents, config, pool), config)
        fitted = final.result()
    return LanguageModel(
        language=data.language,
        intents=intents,
        vectoriser=fitted.vectoriser,
        thesaurus=thesaurus,
        weights=fitted.head.weights,
        bias=fitted.head.bias,
        examples=tuple(sample.text for sample in samples if sample.intent != OUT_OF_SCOPE),
        index=fitted.index,
        sentence=reader,
        calibration=calibrated.calibration,
        known_words=known_words(data),
        lexicon=learned_lexicon(data),
        data_hash=data.digest(),
        seed=config.seed,
        metrics=calibrated.metrics,
    )


def _check(data: TrainingSet, config: TrainingConfig) -> None:
    counts = Counter(example.intent for example in data.examples)
    unknown = counts.keys() - INTENTS
    if unknown:
        raise TrainingError(
            language=data.language, found=f"intent {min(unknown)!r}", expected="the inventory's intents"
        )
    if len(counts) < 2:
        raise TrainingError(language=data.language, found=f"{len(counts)} intents", expected="at least 2")
    needed = max(config.min_examples, 2)
    for intent, count in sorted(counts.items()):
        if count < needed:
            raise TrainingError(
                language=data.language, found=f"{count} examples of {intent!r}", expected=f"at least {needed}"
            )


def _samples(data: TrainingSet, thesaurus: Thesaurus) -> tuple[Sample, ...]:
    """Each text once under each intent, sorted, so that files and their order do not matter."""
    pairs = sorted({(example.intent, example.text) for example in data.examples})
    return tuple(Sample(text=text, intent=intent, grams=grams_of(text, thesaurus)) for intent, text in pairs)


def known_words(data: TrainingSet) -> frozenset[str]:
    """Words the examples use outside marked entities: rightly spelt, so never a misspelt doctor or drug."""
    words: set[str] = set()
    for example in data.examples:
        for token in tokens_of(example.text):
            if not any(mark.start < token.end and token.start < mark.end for mark in example.marks):
                words.add(token.text)
    return frozenset(words)


def learned_lexicon(data: TrainingSet) -> Lexicon:
    """Wordings of the entities that no clinic owns, from the marks; a mark without value stands for itself."""
    lexicon: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for example in data.examples:
        for mark in example.marks:
            surface = example.text[mark.start : mark.end]
            if mark.entity in LEARNED_ENTITIES and phrase_of(surface):
                value = mark.value or data.value_of(surface) or phrase_of(surface).replace(" ", "_")
                lexicon[mark.entity][value].add(phrase_of(surface))
    return {
        entity: {value: tuple(sorted(wordings)) for value, wordings in sorted(values.items())}
        for entity, values in sorted(lexicon.items())
    }
