import json
from pathlib import Path

import pytest

from bot.channels.webchat import pages
from bot.channels.webchat.phrases import load_phrases
from domain.errors import ContentError

WORDS = Path(pages.__file__).parent / "words"


def a_folder(tmp_path: Path, **catalogues: str) -> Path:
    for language, text in catalogues.items():
        (tmp_path / f"{language}.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_packaged_catalogues_load_in_both_languages() -> None:
    phrases = load_phrases(WORDS)

    assert phrases.languages == ("en", "es")
    assert phrases.in_("es")["composer.send"] == "Enviar"


@pytest.mark.parametrize(
    ("english", "spanish", "found"),
    [
        ('{"a": "x", "b": "y"}', '{"a": "x"}', "no 'b'"),
        ('{"a": "x"}', '{"a": "x", "c": "y"}', "'c'"),
        ('{"a": "call {number}"}', '{"a": "llame"}', "placeholders"),
        ('{"a": "x"}', '{"a": 3}', "key: text"),
        ('{"a": "x"}', '{"a": ""}', "key: text"),
        ('{"a": "x"}', '{\n"a" "x"}', "es.json:2"),
    ],
)
def test_a_catalogue_that_differs_is_refused(tmp_path: Path, english: str, spanish: str, found: str) -> None:
    with pytest.raises(ContentError, match=found):
        load_phrases(a_folder(tmp_path, en=english, es=spanish))


def test_no_catalogue_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no catalogue"):
        load_phrases(tmp_path)


@pytest.mark.parametrize("language", ["en", "es"])
def test_buttons_fit_and_the_greeting_is_short(language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))

    assert [key for key, text in words.items() if key.startswith("starter.") and len(text) > 20] == []
    assert sum(len(words[f"greeting.{part}"]) for part in ("hello", "can", "ask")) <= 300
