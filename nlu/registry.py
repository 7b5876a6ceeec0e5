"""Trained models on disk: `<language>/<version>/` and a `live` file, swapped atomically."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nlu.embedded import artefact
from nlu.embedded.artefact import PackedModel
from nlu.embedded.durable import write_durably
from nlu.embedded.model import LanguageModel
from nlu.embedded.sentence import EncoderKit
from nlu.errors import ModelError, ModelMissingError

_LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRegistry:
    """One folder of models. A version, once stored, never changes; its name is the hash of what it holds."""

    folder: Path

    def store(self, language: str, packed: PackedModel) -> Path:
        """Write a model under its version; storing the same one again changes nothing."""
        target = self._home(language) / packed.version
        if target.exists():
            return target
        building = self._home(language) / f".{packed.version}.{os.getpid()}"
        building.mkdir(parents=True, exist_ok=True)
        write_durably(building / artefact.ARRAYS, packed.arrays)
        write_durably(building / artefact.MANIFEST, packed.manifest)
        building.rename(target)
        return target

    def load(self, language: str, version: str, kit: EncoderKit | None = None) -> LanguageModel:
        """Read a version, its hashes checked; raises a ModelError."""
        return artefact.load(self._home(language) / version, kit)

    def load_live(
        self, language: str, kit: EncoderKit | None = None, *, refused: Callable[[ModelError], None] | None = None
    ) -> LanguageModel:
        """Read the live version; ModelMissingError when there is none.

        With `refused`, a live version that cannot be used is told to it and the one before serves instead; the last
        one's error is raised.
        """
        history = self._history(language)
        if not history:
            raise ModelMissingError(path=self._home(language), found="no live model", expected="a promoted version")
        for version in reversed(history[1:]):
            try:
                return self.load(language, version, kit)
            except ModelError as error:
                if refused is None:
                    raise
                refused(error)
        return self.load(language, history[0], kit)

    def versions(self, language: str) -> tuple[str, ...]:
        """The stored versions, sorted by name."""
        home = self._home(language)
        if not home.is_dir():
            return ()
        return tuple(sorted(one.name for one in home.iterdir() if one.is_dir() and not one.name.startswith(".")))

    def live(self, language: str) -> str | None:
        """The live version's name."""
        history = self._history(language)
        return history[-1] if history else None

    def promote(self, language: str, version: str) -> None:
        """Make a stored version live after reading it whole; raises a ModelError and changes nothing if it is bad."""
        artefact.verify(self._home(language) / version)
        history = self._history(language)
        if history[-1:] != [version]:
            self._write_history(language, [*history, version])

    def rollback(self, language: str) -> str:
        """Make the version before the live one live again and return its name."""
        history = self._history(language)
        if len(history) < 2:
            raise ModelMissingError(path=self._home(language), found="no earlier version", expected="two promotions")
        artefact.verify(self._home(language) / history[-2])
        self._write_history(language, history[:-1])
        return history[-2]

    def _home(self, language: str) -> Path:
        return self.folder / language

    def _history(self, language: str) -> list[str]:
        path = self._home(language) / _LIVE
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def _write_history(self, language: str, history: list[str]) -> None:
        write_durably(self._home(language) / _LIVE, ("\n".join(history) + "\n").encode())
