"""The domain's error tree. Messages say what was wrong, where, and what to do; they never hold patient data."""

from __future__ import annotations


class WellspokenError(Exception):
    """Root of every error this project raises on purpose."""


class ContentError(WellspokenError):
    """Content (flows, responses, clinic facts, training data) is malformed. Remedy: mend the named line."""

    def __init__(self, *, file: str, line: int, found: str, expected: str, where: str = "") -> None:
        """Keep the place (1-based line) and what was found and expected there."""
        self.file, self.line, self.found, self.expected, self.where = file, line, found, expected, where
        place = f"{file}:{line}" + (f" ({where})" if where else "")
        super().__init__(f"{place}: found {found}; expected {expected}")


class FenceLostError(WellspokenError):
    """Another worker has claimed the conversation since. Remedy: drop the turn; the new owner takes it."""


class SlotTakenError(WellspokenError):
    """Someone else holds or booked the time meanwhile. Remedy: look for times again and take the turn anew."""


class StaleVersionError(WellspokenError):
    """The record changed since it was read. Remedy: read it again and decide anew."""


class IntegrityError(WellspokenError):
    """A stored value does not decrypt or does not match its proof. Remedy: `wellspoken db check`; nothing is shown."""


class UnavailableError(WellspokenError):
    """A part we depend on (database, key store, engine, gateway) did not answer in time. Remedy: try again later."""


class RefusedToStartError(WellspokenError):
    """A setting, key or policy is missing or wrong, so starting would be unsafe. Remedy: named in the message."""
