"""The NLU error tree. No message holds what a patient wrote.

NluError
├── TrainingError            the data cannot give a model
├── UnknownLanguageError     asked for a language no model or word list was built for
├── RasaError                Rasa cannot be asked; the embedded engine answers instead
│   ├── RasaAddressError     its address is no URL of a server
│   ├── RasaSilentError      no answer within the deadline
│   └── RasaAnswerError      an answer, but not a ranking of our intents
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


class RasaError(NluError):
    """Rasa cannot be asked. `address` is host and port."""

    def __init__(self, *, address: str, found: str, expected: str) -> None:
        self.address, self.found, self.expected = address, found, expected
        super().__init__(f"Rasa at {address}: found {found}; expected {expected}")


class RasaAddressError(RasaError):
    """RASA_URL does not name a server. Remedy: write it as http://127.0.0.1:5005, or per language as en=URL,es=URL."""

    def __init__(self, *, found: str) -> None:
        super().__init__(address="RASA_URL", found=found, expected="a URL such as http://127.0.0.1:5005")


class RasaSilentError(RasaError):
    """Rasa did not answer in time. Remedy: see that it runs (`make rasa`) and is not overloaded."""

    def __init__(self, *, address: str, found: str) -> None:
        super().__init__(address=address, found=found, expected="an answer in time")


class RasaAnswerError(RasaError):
    """Rasa answered something else than a ranking. Remedy: load a model trained on our data (`make rasa`)."""

    def __init__(self, *, address: str, found: str) -> None:
        super().__init__(address=address, found=found, expected="a ranking of our intents")


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
