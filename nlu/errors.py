"""The NLU error tree. No message holds what a patient wrote.

NluError
├── TrainingError            the data cannot give a model
├── UnknownLanguageError     asked for a language no model or word list was built for
└── ModelError               a stored model cannot be used
    ├── ModelMissingError    nothing live, or no such version
    ├── ModelFormatError     written by another version of the program
    └── ModelCorruptError    bytes differ from their hash, or parts do not fit together
"""

from __future__ import annotations

from pathlib import Path

from domain.errors import WellspokenError


class NluError(WellspokenError):
    """Root of what the understanding part raises on purpose."""


class TrainingError(NluError):
    """The training data cannot give a model. Remedy: run `wellspoken nlu validate` and mend what it names."""

    def __init__(self, *, language: str, found: str, expected: str) -> None:
        self.language, self.found, self.expected = language, found, expected
        super().__init__(f"cannot train {language!r}: found {found}; expected {expected}")


class UnknownLanguageError(NluError):
    """A language was asked for that the engine was not built with. Remedy: enable it, with training data and words."""

    def __init__(self, *, language: str, known: tuple[str, ...]) -> None:
        self.language, self.known = language, known
        super().__init__(f"language {language!r} is not enabled; enabled are {', '.join(known) or 'none'}")


class ModelError(NluError):
    """A stored model cannot be used; `path` says which."""

    def __init__(self, *, path: Path, found: str, expected: str) -> None:
        self.path, self.found, self.expected = path, found, expected
        super().__init__(f"{path}: found {found}; expected {expected}")


class ModelMissingError(ModelError):
    """No such model. Remedy: `wellspoken nlu train`, then `wellspoken nlu promote`."""


class ModelFormatError(ModelError):
    """The model was written in another format. Remedy: train again with this version."""


class ModelCorruptError(ModelError):
    """The model's bytes do not match their hash. Remedy: roll back or train again; find out who touched the folder."""
