"""Padding before sealing, so that a short value's length says little about it."""

from __future__ import annotations

_LENGTH_BYTES = 4
_SMALL = (32, 64, 128, 256, 512)
_STEP = 512


class PaddingError(ValueError):
    """The padded form is not one `padded` makes."""


def padded(value: bytes) -> bytes:
    """The value behind its length, filled with zeros to 32, 64, 128, 256, 512 or a multiple of 512 bytes."""
    whole = _LENGTH_BYTES + len(value)
    size = next((small for small in _SMALL if whole <= small), -(-whole // _STEP) * _STEP)
    return len(value).to_bytes(_LENGTH_BYTES, "big") + value + bytes(size - whole)


def unpadded(block: bytes) -> bytes:
    """The value back. Raises PaddingError when the block is not exactly what `padded` makes of it."""
    length = int.from_bytes(block[:_LENGTH_BYTES], "big")
    value = block[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if len(value) != length or padded(value) != block:
        raise PaddingError
    return value
