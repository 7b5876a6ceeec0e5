"""Which PINs may stand before clinical content: digits that are not the first anyone would try."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

SHORTEST, LONGEST = 4, 8
_RUN = "01234567890123456789"


class PinFault(StrEnum):
    """Why a PIN is not taken."""

    NOT_DIGITS = "not_digits"
    """Not 4 to 8 digits."""
    EASY = "easy"
    """One digit over and over, digits in a row, or the same pair again."""
    BIRTH_DATE = "birth_date"
    """The patient's year of birth, or their birth date in any order."""


def pin_fault(pin: str, born: date) -> PinFault | None:
    """What is wrong with a PIN for somebody born that day; None when it may be set."""
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        return PinFault.NOT_DIGITS
    if len(set(pin)) == 1 or pin in _RUN or pin in _RUN[::-1] or pin == pin[:2] * (len(pin) // 2):
        return PinFault.EASY
    return PinFault.BIRTH_DATE if pin in _dates(born) else None


def _dates(born: date) -> frozenset[str]:
    year, short, month, day = f"{born:%Y}", f"{born:%y}", f"{born:%m}", f"{born:%d}"
    return frozenset(
        {year, day + month, month + day, month + short, short + month, day + month + short, month + day + short}
        | {short + month + day, day + month + year, month + day + year, year + month + day}
    )
