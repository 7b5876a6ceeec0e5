from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import ContentError
from nlu.assembly import PACKAGED_DATA
from nlu.factory import packaged_languages
from nlu.words import load_words

WORDS = PACKAGED_DATA / "words"


def altered(folder: Path, found: str, replacement: str) -> Path:
    for name in ("en.yml", "en.meanings.yml"):
        content = (WORDS / name).read_text(encoding="utf-8")
        (folder / name).write_text(content.replace(found, replacement, 1), encoding="utf-8")
    return folder


def test_every_packaged_language_knows_yes_no_stop_help_and_repeat() -> None:
    assert set(packaged_languages()) >= {"en", "es"}
    for language in packaged_languages():
        known = {intents[0] for intents in load_words(WORDS, language).messages.values()}
        assert known >= {"affirm", "deny", "opt_out", "help", "repeat", "unsure", "thanks", "greet", "goodbye"}


@pytest.mark.parametrize(
    ("found", "replacement", "complaint"),
    [
        ("language: en", "language: de", "language 'de'"),
        ("fillers:", "filers:", "key 'filers'"),
        ("  affirm:", "  afirm:", "intent 'afirm'"),
        ("  specialty:", "  planet:", "entity 'planet'"),
        ("  deny: [", "  deny: [yep, ", "under two intents"),
        ("    intents: [cancel_appointment, stop_task]", "    intents: [stop_task]", "1 intents"),
    ],
)
def test_a_wrong_word_file_is_refused(tmp_path: Path, found: str, replacement: str, complaint: str) -> None:
    with pytest.raises(ContentError, match=complaint):
        load_words(altered(tmp_path, found, replacement), "en")


def test_a_language_without_word_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no file"):
        load_words(tmp_path, "en")


def test_a_star_after_several_words_is_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path, "language: en", "language: en")
    (folder / "en.meanings.yml").write_text("price: [how much*]\n", encoding="utf-8")

    with pytest.raises(ContentError, match="how much"):
        load_words(folder, "en")


def test_punctuation_alone_means_nothing() -> None:
    assert load_words(WORDS, "en").meaning_of("?!") == ()
