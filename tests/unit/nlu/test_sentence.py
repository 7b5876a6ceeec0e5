from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from nlu.embedded.artefact import ARRAYS, load, pack, verify
from nlu.embedded.descent import minimise
from nlu.embedded.embeddings import EmbeddingCache
from nlu.embedded.encoder import MiniLmEncoder, open_encoder
from nlu.embedded.features import FloatArray
from nlu.embedded.sentence import EncoderKit
from nlu.embedded.spelling import Speller, own_words
from nlu.embedded.thesaurus import NO_THESAURUS
from nlu.embedded.training import SentenceSource, train
from nlu.embedded.weights import EncoderFiles, english_words, find_encoder
from nlu.errors import ModelCorruptError, ModelError, ModelFormatError
from nlu.registry import ModelRegistry
from nlu.training_data.examples import TrainingSet

MakeSet = Callable[[str, dict[str, list[str]]], TrainingSet]
TEXTS = {
    "greet": ["hello there", "good morning to you", "hi everybody", "hey you there"],
    "goodbye": ["bye now", "see you later", "good night then", "until next time"],
}
WORDS = {"hello": 900, "morning": 800, "later": 700, "letter": 600, "night": 500, "hell": 10}


@dataclass(slots=True)
class WordEncoder:
    """An encoder of sixteen numbers that adds up its words, and remembers what it was asked."""

    id: str = "words-16"
    asked: list[str] = field(default_factory=list)

    def encode(self, text: str) -> FloatArray:
        self.asked.append(text)
        vector = np.full(16, 0.01, dtype=np.float32)
        for word in text.split():
            vector[sum(word.encode()) % 16] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float16).astype(np.float32)


@pytest.fixture
def kit() -> EncoderKit:
    return EncoderKit(encoder=WordEncoder(), language_words=WORDS)


@pytest.fixture(scope="session")
def files() -> EncoderFiles:
    found = find_encoder()
    assert found is not None, "the encoder's package belongs to a full installation"
    return found


@pytest.fixture(scope="session")
def minilm(files: EncoderFiles, tmp_path_factory: pytest.TempPathFactory) -> MiniLmEncoder:
    return open_encoder(files, tmp_path_factory.mktemp("encoder"))


def test_sentences_that_mean_alike_lie_closer_than_others(minilm: MiniLmEncoder) -> None:
    asked, alike, other = map(
        minilm.encode, ("i need to see a doctor", "can i get an appointment with a physician", "where do i park my car")
    )

    assert float(asked @ alike) > float(asked @ other) + 0.2
    assert float(np.linalg.norm(asked)) == pytest.approx(1.0, abs=1e-3)
    assert np.array_equal(asked, minilm.encode("i need to see a doctor"))


def test_a_damaged_graph_is_written_anew(files: EncoderFiles, tmp_path: Path, minilm: MiniLmEncoder) -> None:
    open_encoder(files, tmp_path)
    (graph,) = tmp_path.glob("*.onnx")
    whole = graph.read_bytes()
    graph.write_bytes(whole[:1000])

    vector = open_encoder(files, tmp_path).encode("good morning")

    assert graph.read_bytes() == whole
    assert np.array_equal(vector, minilm.encode("good morning"))


def test_weights_that_are_not_the_known_ones_are_refused(files: EncoderFiles, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 100)

    with pytest.raises(ModelCorruptError):
        open_encoder(EncoderFiles(weights=tmp_path / "model.safetensors", tokenizer=files.tokenizer), tmp_path / "out")
    with pytest.raises(ModelCorruptError):
        EncoderFiles(weights=files.weights, tokenizer=tmp_path / "nowhere").read_tokenizer()


def test_an_english_word_list_comes_with_the_packages() -> None:
    words = english_words()

    assert words is not None
    assert words["appointment"] > words["appointee"] > 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HELLO mornign", "hello morning"),
        ("hellooo", "hello"),
        ("good niht", "good night"),
        ("metfrmin pls", "metformin please"),
        ("hell of a day", "hell of a day"),
        ("xqzw at 10:30", "xqzw at 10:30"),
    ],
)
def test_a_slip_of_the_thumb_is_put_right_and_the_rest_left(written: str, read: str) -> None:
    speller = Speller(own=own_words(["refill my metformin good day"]), language=WORDS, short_forms={"pls": "please"})

    assert speller.corrected(written) == read


def test_a_word_of_the_examples_wins_over_a_commoner_one() -> None:
    speller = Speller(own=own_words(["later"]), language={"latex": 10**6}, short_forms={})

    assert speller.corrected("latee") == "later"


def test_each_text_is_encoded_once_and_then_kept(tmp_path: Path) -> None:
    first, second = WordEncoder(), WordEncoder()

    rows = EmbeddingCache(encoder=first, folder=tmp_path).vectors(["one", "two", "one"])
    again = EmbeddingCache(encoder=second, folder=tmp_path).vectors(["two", "three", "one"])

    assert sorted(first.asked) == ["one", "two"]
    assert second.asked == ["three"]
    assert np.array_equal(rows[[1, 0]], again[[0, 2]])


def test_a_damaged_file_of_vectors_counts_as_none(tmp_path: Path) -> None:
    EmbeddingCache(encoder=WordEncoder(), folder=tmp_path).vectors(["one"])
    (kept,) = tmp_path.glob("*.npz")
    for damage in (b"", kept.read_bytes()[:-7], b"\x01" + kept.read_bytes()[1:]):
        kept.write_bytes(damage)
        encoder = WordEncoder()

        EmbeddingCache(encoder=encoder, folder=tmp_path).vectors(["one"])

        assert encoder.asked == ["one"]


def test_sentence_vectors_do_not_change_that_equal_data_give_an_equal_model(
    make_set: MakeSet, kit: EncoderKit, tmp_path: Path
) -> None:
    data = make_set("en", TEXTS)

    cold = pack(train(data, NO_THESAURUS, sentences=SentenceSource(kit=kit, cache=tmp_path)))
    warm = pack(train(data, NO_THESAURUS, sentences=SentenceSource(kit=kit, cache=tmp_path)))

    assert cold == warm
    assert cold.version != pack(train(data, NO_THESAURUS)).version


def test_a_model_with_sentence_vectors_is_read_back_and_needs_its_encoder(
    make_set: MakeSet, kit: EncoderKit, tmp_path: Path
) -> None:
    source = SentenceSource(kit=kit, short_forms={"gn": "good night"})
    model = train(make_set("en", TEXTS), NO_THESAURUS, sentences=source)
    folder = ModelRegistry(folder=tmp_path).store("en", pack(model))

    loaded = load(folder, kit)

    assert loaded.read("gn then") == model.read("gn then")
    verify(folder)
    with pytest.raises(ModelFormatError):
        load(folder)
    with pytest.raises(ModelFormatError):
        load(folder, EncoderKit(encoder=WordEncoder(id="another"), language_words=WORDS))


def test_the_version_before_serves_when_the_live_one_is_damaged(make_set: MakeSet, tmp_path: Path) -> None:
    registry = ModelRegistry(folder=tmp_path)
    for texts in (TEXTS, {**TEXTS, "thanks": ["thank you", "thanks a lot", "many thanks", "thx"]}):
        packed = pack(train(make_set("en", texts), NO_THESAURUS))
        folder = registry.store("en", packed)
        registry.promote("en", packed.version)
    (folder / ARRAYS).write_bytes(b"poison")
    refused: list[ModelError] = []

    model = registry.load_live("en", refused=refused.append)

    assert model.intents == ("goodbye", "greet")
    assert [type(error) for error in refused] == [ModelCorruptError]
    with pytest.raises(ModelCorruptError):
        registry.load_live("en")


@pytest.mark.parametrize("text", ["617 555 0144", "\U0001f600\U0001f600", "xqzw vvkj"])
def test_a_message_without_a_known_word_is_no_request_and_no_alarm(
    make_set: MakeSet, kit: EncoderKit, text: str
) -> None:
    model = train(make_set("en", TEXTS), NO_THESAURUS, sentences=SentenceSource(kit=kit))

    reading = model.read(text)

    assert not reading.in_scope
    assert reading.alarm is None


def test_descent_finds_the_lowest_point() -> None:
    middle = np.arange(5, dtype=np.float32)
    slopes = np.array([1, 2, 3, 10, 100], dtype=np.float32)

    def bowl(point: FloatArray) -> tuple[float, FloatArray]:
        apart = point - middle
        return 0.5 * float((slopes * apart * apart).sum()), slopes * apart

    found = minimise(bowl, np.zeros(5, dtype=np.float32), iterations=100, tolerance=1e-12)

    assert found == pytest.approx(middle, abs=1e-2)
