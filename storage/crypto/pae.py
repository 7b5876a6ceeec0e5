"""Pre-authentication encoding: a tuple of pieces as bytes, such that no two tuples share an encoding."""

from __future__ import annotations


def pae(*pieces: bytes | str | int | None) -> bytes:
    """The number of pieces, then each with a tag for its type and its length; ints are signed 64-bit."""
    out = [len(pieces).to_bytes(8, "big")]
    for piece in pieces:
        match piece:
            case bytes():
                tag, data = b"b", piece
            case str():
                tag, data = b"s", piece.encode("utf-8", "surrogatepass")
            case int():
                tag, data = b"i", piece.to_bytes(8, "big", signed=True)
            case _:
                tag, data = b"n", b""
        out += (tag, len(data).to_bytes(8, "big"), data)
    return b"".join(out)
