"""The audit log's hashes, checked against the definitions and the published examples of RFC 6962's tree."""

import hashlib

import pytest

from storage.merkle import Frontier, chained, detail_commitment, leaf_hash, node_hash

RFC_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
RFC_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def grown(size: int) -> Frontier:
    frontier = Frontier()
    for leaf in RFC_LEAVES[:size]:
        frontier = frontier.appended(leaf_hash(bytes.fromhex(leaf)))
    return frontier


def tree(leaves: list[bytes]) -> bytes:
    """The tree hash as the standard writes it: split at the largest power of two below the size."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(tree(leaves[:split]), tree(leaves[split:]))


@pytest.mark.parametrize("size", RFC_ROOTS)
def test_the_published_roots_are_reached(size: int) -> None:
    assert grown(size).root().hex() == RFC_ROOTS[size]


def test_the_edge_gives_the_root_of_the_whole_tree_at_every_size() -> None:
    frontier, leaves = Frontier(), []
    for number in range(130):
        leaves.append(leaf_hash(str(number).encode()))
        frontier = frontier.appended(leaves[-1])
        assert frontier.root() == tree(leaves)
        assert len(frontier.hashes) == frontier.size.bit_count()
        assert Frontier.from_bytes(frontier.size, frontier.to_bytes()) == frontier


@pytest.mark.parametrize(("size", "data"), [(1, b""), (0, bytes(32)), (3, bytes(32)), (2, bytes(31)), (-1, bytes(32))])
def test_an_edge_of_the_wrong_size_is_refused(size: int, data: bytes) -> None:
    assert Frontier.from_bytes(size, data) is None


def test_the_kinds_of_hash_never_meet() -> None:
    left, right = hashlib.sha256(b"l").digest(), hashlib.sha256(b"r").digest()

    hashes = {leaf_hash(left + right), node_hash(left, right), detail_commitment(left, right), chained(left, right)}
    assert len(hashes) == 4
