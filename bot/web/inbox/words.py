"""The inbox's own words by key, read from strings.yml and checked to be complete before any page is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import yaml

from bot.usecases.hand_back import Outcome
from bot.usecases.heard_promise import PromisePhrases
from bot.usecases.put_on_leave import LeaveFault, LeaveReason
from bot.usecases.verify_by_phone import Checked
from domain.errors import ContentError
from domain.handoff import EscalationReason
from domain.identity import Level, ProofKind
from domain.message import Channel
from domain.promise import PromiseKind
from domain.staff import Role
from domain.transcript import Author

_FILE = Path(__file__).parent / "strings.yml"
_PROMISES = Path(__file__).parent / "promises.yml"
_COMPLETE: Mapping[str, type[Enum]] = MappingProxyType(
    {
        "reason": EscalationReason,
        "channel": Channel,
        "author": Author,
        "outcome": Outcome,
        "role": Role,
        "level": Level,
        "proof": ProofKind,
        "promise_kind": PromiseKind,
        "checked": Checked,
        "leave_reason": LeaveReason,
        "leave_fault": LeaveFault,
    }
)


@dataclass(frozen=True, slots=True)
class Words:
    """Texts by group and key."""

    groups: Mapping[str, Mapping[str, str]]

    def say(self, group: str, key: str, **values: object) -> str:
        """The text with its values put in. Raises KeyError for one that is not there: a fault of ours."""
        return self.groups[group][key].format(**values)

    def language(self, code: str) -> str:
        """A language's name, or its code where the file does not name it."""
        return self.groups["language"].get(code, code)

    def all_of(self, group: str) -> Mapping[str, str]:
        """Every text of a group by key."""
        return self.groups[group]


def load_words(file: Path = _FILE) -> Words:
    """Read the words. Raises ContentError when the file is not groups of texts, or a text is missing."""
    loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise _wrong(file, type(loaded).__name__, "groups of texts")
    groups = {str(name): _texts(file, str(name), texts) for name, texts in loaded.items()}
    for name, kinds in _COMPLETE.items():
        missing = _missing(groups.get(name, {}), kinds)
        if missing:
            raise _wrong(file, f"no text for {', '.join(missing)}", f"one for every {kinds.__name__} under {name}")
    return Words(MappingProxyType(groups))


def _texts(file: Path, group: str, texts: object) -> Mapping[str, str]:
    if not isinstance(texts, dict) or not all(isinstance(text, str) and text for text in texts.values()):
        raise _wrong(file, f"{group} that is not keys with texts", "key: text")
    return MappingProxyType({str(key): text for key, text in texts.items()})


def _missing(texts: Mapping[str, str], kinds: Iterable[Enum]) -> list[str]:
    return [str(kind.value) for kind in kinds if str(kind.value) not in texts]


def _wrong(file: Path, found: str, expected: str) -> ContentError:
    return ContentError(file=file.name, line=1, found=found, expected=expected)


def load_promise_phrases(file: Path = _PROMISES) -> PromisePhrases:
    """The words by which things are promised. Raises ContentError for a file that is not languages of such phrases."""
    loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict) or not all(isinstance(kinds, dict) for kinds in loaded.values()):
        raise _wrong(file, type(loaded).__name__, "languages of kinds of phrases")
    known = {kind.value: kind for kind in PromiseKind}
    phrases: dict[str, Mapping[PromiseKind, tuple[str, ...]]] = {}
    for language, kinds in loaded.items():
        for kind, texts in kinds.items():
            if kind not in known or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise _wrong(file, f"{language}: {kind}", "a kind of promise with a list of phrases")
        phrases[str(language)] = MappingProxyType({known[kind]: tuple(texts) for kind, texts in kinds.items()})
    return MappingProxyType(phrases)
