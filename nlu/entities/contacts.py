"""Phone numbers, e-mail addresses and codes in a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher

from domain.understanding import Entity

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}(?!\d)")


def read_phones(text: str, *, region: str, expected: bool) -> Iterator[Entity]:
    """Phone numbers as E.164; `region` (as "US") is where a number without country code is dialled."""
    leniency = Leniency.POSSIBLE if expected else Leniency.VALID
    for found in PhoneNumberMatcher(text, region, leniency=leniency):
        yield Entity(
            name="phone",
            value=phonenumbers.format_number(found.number, PhoneNumberFormat.E164),
            text=found.raw_string,
            start=found.start,
            end=found.end,
        )


def read_emails(text: str) -> Iterator[Entity]:
    """E-mail addresses, in lower case."""
    for found in _EMAIL.finditer(text):
        written = found.group().rstrip(".-")
        yield Entity(
            name="email", value=written.lower(), text=written, start=found.start(), end=found.start() + len(written)
        )


def read_codes(text: str) -> Iterator[Entity]:
    """Six-digit codes, also written "123 456"; ask only when a code is expected."""
    for found in _CODE.finditer(text):
        digits = found.group().replace(" ", "").replace("-", "")
        yield Entity(name="code", value=digits, text=found.group(), start=found.start(), end=found.end())
