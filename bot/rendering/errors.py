"""What can go wrong while words are put together. Texts name keys and placeholders, never values."""

from __future__ import annotations

from domain.errors import WellspokenError


class RenderingError(WellspokenError):
    """A reply could not be put into words. Remedy: see the subclass; nothing half-filled was shown."""


class UnknownResponseError(RenderingError):
    """A reply or a label names words the catalogue does not have. Remedy: add the key to responses.yml."""

    def __init__(self, key: str) -> None:
        """Keep the key asked for."""
        self.key = key
        super().__init__(f"the catalogue has no words for {key!r}")


class UnfilledPlaceholderError(RenderingError):
    """A response has a placeholder for which the reply gave no usable value. Remedy: give it, or reword the response.

    `why` is "none given", or which name the clinic's facts do not have.
    """

    def __init__(self, key: str, placeholder: str, why: str = "none given") -> None:
        """Keep the response's key and the placeholder's name."""
        self.key, self.placeholder, self.why = key, placeholder, why
        super().__init__(f"{key}: no value for {{{placeholder}}} ({why})")
