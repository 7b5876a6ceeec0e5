"""Signals: fixed wordings whose meaning needs no classifier ("can't make it", "hold on"), anywhere in a message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from domain.errors import ContentError
from domain.understanding import Signal
from nlu import yaml_nodes
from nlu.text import phrase_of, tokens_of


class SignalReader:
    """Immutable once built. A wording counts in whatever enabled language it is said."""

    def __init__(self, wordings: Iterable[tuple[Signal, str]]) -> None:
        """Index the wordings by their folded words."""
        self._wordings = {f" {phrase_of(wording)} ": signal for signal, wording in wordings}

    def read(self, text: str) -> tuple[Signal, ...]:
        """The signals of a message, each once, in the order of their names."""
        said = f" {' '.join(token.text for token in tokens_of(text))} "
        return tuple(sorted({signal for wording, signal in self._wordings.items() if wording in said}))


def load_signals(folder: Path, languages: Iterable[str]) -> SignalReader:
    """Read `<language>.yml` of each language; ContentError names what is wrong and where."""
    found = [pair for language in languages for pair in _wordings(folder / f"{language}.yml")]
    return SignalReader(found)


def _wordings(path: Path) -> Iterator[tuple[Signal, str]]:
    if not path.exists():
        raise ContentError(file=str(path), line=1, found="no file", expected="the signals of an enabled language")
    known: Mapping[str, Signal] = {signal.value: signal for signal in Signal}
    for field in yaml_nodes.fields(str(path), yaml_nodes.compose(path)):
        if field.key not in known:
            raise ContentError(
                file=str(path), line=field.line, found=f"signal {field.key!r}", expected=", ".join(sorted(known))
            )
        for wording in yaml_nodes.strings(str(path), field.node):
            yield known[field.key], wording
