"""The hashes of the audit log: RFC 6962 leaves and nodes, a chain over them, and the tree's right edge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""The hash before the first entry."""


def leaf_hash(canonical: bytes) -> bytes:
    """The leaf of an entry's canonical bytes."""
    return hashlib.sha256(b"\x00" + canonical).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def detail_commitment(salt: bytes, detail: bytes) -> bytes:
    """What the clear entry says of its sealed detail: nothing, to someone without the salt."""
    return hashlib.sha256(b"\x02" + salt + detail).digest()


def chained(previous: bytes, leaf: bytes) -> bytes:
    """An entry's hash: it stands on every entry before."""
    return hashlib.sha256(b"\x03" + previous + leaf).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The complete subtrees at the right edge of a tree of `size` leaves, largest first: all that appending needs."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier | None:
        """The frontier as stored, or None when the bytes cannot be one of that size."""
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            return None
        hashes = tuple(data[start : start + HASH_BYTES] for start in range(0, len(data), HASH_BYTES))
        return cls(size, hashes)

    def to_bytes(self) -> bytes:
        """The stored form."""
        return b"".join(self.hashes)

    def appended(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf."""
        hashes, carry, size = list(self.hashes), leaf, self.size
        while size & 1:
            carry = node_hash(hashes.pop(), carry)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, carry))

    def root(self) -> bytes:
        """The tree's root, as RFC 6962 defines it."""
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root
