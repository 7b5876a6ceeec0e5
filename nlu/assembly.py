"""Puts the embedded engine together around models already trained. Loads no training library."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from nlu.config import DEFAULT_DECISION, DecisionConfig
from nlu.embedded.model import LanguageModel
from nlu.entities.gazetteer import EMPTY_GAZETTEER, Gazetteer
from nlu.entities.reader import EntityReader, language_entities
from nlu.language import LanguageDetector
from nlu.pipeline import Pipeline
from nlu.readers import read_births, read_when
from nlu.signals import load_signals
from nlu.words import LanguageWords, load_words

PACKAGED_DATA = Path(__file__).parent / "data"
WORDS_FOLDER = PACKAGED_DATA / "words"
SIGNALS_FOLDER = PACKAGED_DATA / "signals"


def assemble(
    models: Mapping[str, LanguageModel],
    *,
    zone: ZoneInfo,
    gazetteer: Gazetteer = EMPTY_GAZETTEER,
    region: str = "US",
    decision: DecisionConfig = DEFAULT_DECISION,
) -> Pipeline:
    """The engine around models already loaded, with the packaged words of their languages."""
    words: dict[str, LanguageWords] = {language: load_words(WORDS_FOLDER, language) for language in sorted(models)}
    titles = tuple(title for known in words.values() for title in known.titles)
    entities = {
        language: language_entities(
            words[language], gazetteer, known_words=model.known_words, lexicon=model.lexicon, titles=titles
        )
        for language, model in models.items()
    }
    return Pipeline(
        models=dict(models),
        words=words,
        detector=LanguageDetector(words, confidence=decision.language_confidence),
        entities=EntityReader(entities, region=region),
        signals=load_signals(SIGNALS_FOLDER, sorted(models)),
        read_when=read_when,
        read_birth_dates=read_births,
        zone=zone,
        config=decision,
    )
