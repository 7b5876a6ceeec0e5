"""The few words Telegram's own controls show, per language, from JSON catalogues."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from domain.errors import ContentError

WORDS_FOLDER = Path(__file__).with_name("words")
COMMANDS = ("start", "help", "stop")
CONTACT_KEY = "contact.share"

_KEYS = frozenset({CONTACT_KEY, *(f"command.{name}" for name in COMMANDS)})
_BETWEEN_LANGUAGES = " · "


def load_words(languages: Sequence[str], folder: Path = WORDS_FOLDER) -> Mapping[str, Mapping[str, str]]:
    """The catalogue of each language. Raises ContentError where one is missing, malformed or incomplete."""
    return MappingProxyType({language: _read(folder / f"{language}.json") for language in languages})


def contact_label(words: Mapping[str, Mapping[str, str]]) -> str:
    """One label for everybody, as the sender does not know who reads which language."""
    return _BETWEEN_LANGUAGES.join(dict.fromkeys(catalogue[CONTACT_KEY] for catalogue in words.values()))


def _read(path: Path) -> Mapping[str, str]:
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContentError(file=path.name, line=1, found="no such file", expected="a catalogue") from error
    except json.JSONDecodeError as error:
        raise ContentError(file=path.name, line=error.lineno, found=error.msg, expected="JSON") from error
    if not isinstance(words, dict) or words.keys() != _KEYS:
        raise ContentError(file=path.name, line=1, found="other keys", expected=", ".join(sorted(_KEYS)))
    for key, text in words.items():
        if not isinstance(text, str) or not text.strip():
            raise ContentError(file=path.name, line=1, where=key, found=repr(text), expected="words")
    return MappingProxyType(words)
