"""No two tuples share an encoding, and no value is lost or guessed by its padding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto.padding import PaddingError, padded, unpadded
from storage.crypto.pae import pae

PIECES = st.lists(
    st.one_of(st.binary(max_size=12), st.text(max_size=8), st.integers(-(2**63), 2**63 - 1), st.none()), max_size=4
)


def typed(pieces: list[object]) -> list[tuple[type, object]]:
    return [(type(piece), piece) for piece in pieces]


@given(PIECES, PIECES)
def test_different_pieces_have_different_encodings(left: list, right: list) -> None:
    assert (pae(*left) == pae(*right)) == (typed(left) == typed(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("ab", "c"), ("a", "bc")),
        (("a", ""), ("a",)),
        ((b"a",), ("a",)),
        ((1,), (b"\x00\x00\x00\x00\x00\x00\x00\x01",)),
        ((None,), ("",)),
        ((), ("",)),
    ],
)
def test_neighbouring_pieces_are_told_apart(left: tuple, right: tuple) -> None:
    assert pae(*left) != pae(*right)


def test_a_lone_surrogate_has_an_encoding() -> None:
    assert pae("\ud83d") != pae("?")


@given(st.binary(max_size=2_000))
def test_padding_is_undone(value: bytes) -> None:
    assert unpadded(padded(value)) == value


@given(st.binary(max_size=700), st.binary(max_size=700))
def test_values_of_a_size_class_have_one_length(left: bytes, right: bytes) -> None:
    sizes = {len(padded(value)) for value in (left, right)}

    assert sizes <= {32, 64, 128, 256, 512, 1024}
    if max(len(left), len(right)) <= 28:
        assert sizes == {32}


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\x00\x00\x00",
        b"\x00\x00\x00\x01" + b"a" + bytes(26),
        b"\x00\x00\x00\x01" + b"a" + bytes(26) + b"\x01",
        b"\x00\x00\x00\x1d" + bytes(28),
        b"\xff\xff\xff\xff" + bytes(28),
        bytes(64),
    ],
    ids=["empty", "short", "cut", "not zero", "length beyond", "huge length", "wrong class"],
)
def test_a_block_padding_did_not_make_is_refused(block: bytes) -> None:
    with pytest.raises(PaddingError):
        unpadded(block)
