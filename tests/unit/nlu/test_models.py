from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.intents import OUT_OF_SCOPE
from nlu.embedded.artefact import ARRAYS, FORMAT, MANIFEST, load, pack
from nlu.embedded.features import grams_of
from nlu.embedded.model import LanguageModel
from nlu.embedded.thesaurus import NO_THESAURUS, thesaurus_of
from nlu.embedded.training import train
from nlu.embedded.typos import misspell
from nlu.errors import ModelCorruptError, ModelFormatError, ModelMissingError, TrainingError
from nlu.registry import ModelRegistry
from nlu.training_data.examples import TrainingSet

Texts = dict[str, list[str]]
MakeSet = Callable[[str, Texts], TrainingSet]
GREETINGS = ["hi you", "hello there", "good morning to all", "hey hey hey"]
FAREWELLS = ["bye now", "see you later", "good night then", "until next time"]


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(folder=tmp_path / "models")


def test_the_same_data_and_seed_give_the_same_artefact(make_set: MakeSet) -> None:
    texts = {"greet": GREETINGS, "goodbye": FAREWELLS}
    turned = {"goodbye": FAREWELLS[::-1], "greet": GREETINGS}

    one = pack(train(make_set("en", texts), NO_THESAURUS))
    other = pack(train(make_set("en", turned), NO_THESAURUS))

    assert one == other
    assert one.version != pack(train(make_set("en", {**texts, "thanks": GREETINGS}), NO_THESAURUS)).version


def test_a_stored_model_scores_exactly_like_the_trained_one(
    models: dict[str, LanguageModel], registry: ModelRegistry
) -> None:
    packed = pack(models["en"])
    registry.store("en", packed)

    loaded = registry.load("en", packed.version)

    for text in ("book an apointment", "chest pain", "what is the capital of spain"):
        assert loaded.read(text) == models["en"].read(text)


def test_probabilities_sum_to_one_and_nonsense_is_rejected(models: dict[str, LanguageModel]) -> None:
    reading = models["en"].read("xqzw vvkj pqpq")

    assert sum(intent.confidence for intent in reading.ranking) == pytest.approx(1.0)
    assert reading.ranking[0] == reading.best
    assert reading.nearest is not None
    assert reading.nearest.cosine < 0.2
    assert models["en"].read("what is the capital of france").best.name == OUT_OF_SCOPE


def test_the_nearest_example_is_named_for_reviewers(models: dict[str, LanguageModel]) -> None:
    model = models["en"]

    nearest = model.read("Refill my metformin!").nearest

    assert nearest is not None
    assert model.examples[nearest.index] == "refill my metformin"
    assert nearest.cosine == pytest.approx(1.0, abs=1e-5)


def test_a_safety_intent_raises_its_alarm_beside_a_likelier_one(models: dict[str, LanguageModel]) -> None:
    reading = models["en"].read("cancel my appointment, crushing chest pain, i can't breathe")

    assert reading.alarm is not None
    assert reading.alarm.name == "emergency"
    assert models["en"].read("are my results ready").alarm is None


def test_altered_arrays_and_manifests_are_refused(models: dict[str, LanguageModel], registry: ModelRegistry) -> None:
    packed = pack(models["es"])
    folder = registry.store("es", packed)
    (folder / ARRAYS).write_bytes(packed.arrays[:-1] + bytes([packed.arrays[-1] ^ 1]))
    with pytest.raises(ModelCorruptError):
        load(folder)

    (folder / ARRAYS).write_bytes(packed.arrays)
    (folder / MANIFEST).write_bytes(packed.manifest.replace(b'"seed":13', b'"seed":14'))
    with pytest.raises(ModelCorruptError):
        load(folder)


def test_a_model_of_another_format_is_refused(models: dict[str, LanguageModel], registry: ModelRegistry) -> None:
    packed = pack(models["es"])
    content = json.loads(packed.manifest)
    content["format"] = FORMAT + 1
    manifest = json.dumps(content).encode()
    foreign = registry.folder / "es" / hashlib.sha256(manifest).hexdigest()[:16]
    foreign.mkdir(parents=True)
    (foreign / MANIFEST).write_bytes(manifest)
    (foreign / ARRAYS).write_bytes(packed.arrays)

    with pytest.raises(ModelFormatError):
        load(foreign)


def test_promotion_and_rollback_move_the_live_version(
    models: dict[str, LanguageModel], registry: ModelRegistry, make_set: MakeSet
) -> None:
    old = pack(models["en"])
    new = pack(train(make_set("en", {"greet": GREETINGS, "goodbye": FAREWELLS}), NO_THESAURUS))
    for packed in (old, new):
        registry.store("en", packed)
        registry.promote("en", packed.version)
    assert registry.live("en") == new.version
    assert registry.load_live("en").intents == ("goodbye", "greet")

    assert registry.rollback("en") == old.version
    assert registry.live("en") == old.version
    assert set(registry.versions("en")) == {old.version, new.version}
    with pytest.raises(ModelMissingError):
        registry.rollback("en")


def test_a_corrupt_version_is_never_promoted(models: dict[str, LanguageModel], registry: ModelRegistry) -> None:
    packed = pack(models["en"])
    folder = registry.store("en", packed)
    (folder / ARRAYS).write_bytes(b"")

    with pytest.raises(ModelCorruptError):
        registry.promote("en", packed.version)

    assert registry.live("en") is None
    with pytest.raises(ModelMissingError):
        registry.load_live("en")


@pytest.mark.parametrize(
    "texts",
    [{"greet": GREETINGS}, {"greet": GREETINGS, "goodbye": ["bye"]}, {"greet": GREETINGS, "fly_to_mars": FAREWELLS}],
)
def test_data_that_cannot_be_learned_from_is_refused(make_set: MakeSet, texts: Texts) -> None:
    with pytest.raises(TrainingError):
        train(make_set("en", texts), NO_THESAURUS)


def test_misspelling_is_reproducible_and_leaves_short_texts_alone() -> None:
    text = "please cancel my appointment on friday"

    assert misspell(text, seed="1") == misspell(text, seed="1") != text
    assert misspell("ok", seed="1") == "ok"


def test_meanings_join_wordings_that_share_no_letters() -> None:
    thesaurus = thesaurus_of({"price": ["how much", "cost*"]})

    assert grams_of("What does it costs", thesaurus).meanings == {"price": 1}
    assert grams_of("how much is it?", thesaurus).meanings == {"price": 1}
    assert not grams_of("how many", thesaurus).meanings
