"""A sealed value opens in its own place under its own key, and nowhere else, and never in part."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import IntegrityError
from domain.ids import SubjectId
from storage.crypto.cells import Cells, Column
from storage.crypto.keyring import Keyring
from storage.errors import CellError, CellFault

WORDS = Column("transcript", "body")
SUBJECT = SubjectId("subject-1")
VALUE = b"a patient's words"


def test_a_value_comes_back_from_its_own_place(cells: Cells) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, VALUE)

    assert cells.open(WORDS, "row-1", SUBJECT, cell) == VALUE
    assert VALUE not in cell


def test_a_cell_is_of_the_published_form(cells: Cells) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, b"yes")

    assert cell[:2] == b"\x01\x01"
    assert int.from_bytes(cell[2:6], "big") == 1
    assert len(cell) == 1 + 1 + 4 + 8 + 12 + 32 + 16


def test_one_value_sealed_twice_gives_two_cells(cells: Cells) -> None:
    assert cells.seal(WORDS, "row-1", SUBJECT, VALUE) != cells.seal(WORDS, "row-1", SUBJECT, VALUE)


def test_no_cell_opens_in_any_other_place(cells: Cells) -> None:
    """Every pair out of three tables or columns, three rows and three subjects."""
    columns = (WORDS, Column("transcript", "key"), Column("outbox", "body"))
    places = [
        (column, row, SubjectId(subject))
        for column, row, subject in itertools.product(columns, ("row-1", "row-2", "row-3"), ("s-1", "s-2", "s-3"))
    ]
    sealed = {place: cells.seal(*place, VALUE) for place in places}

    for home, elsewhere in itertools.permutations(places, 2):
        with pytest.raises(CellError):
            cells.open(*elsewhere, sealed[home])
    for place, cell in sealed.items():
        assert cells.open(*place, cell) == VALUE


def test_names_that_run_together_are_different_places(cells: Cells) -> None:
    cell = cells.seal(Column("ab", "c"), "row", SUBJECT, VALUE)

    with pytest.raises(CellError):
        cells.open(Column("a", "bc"), "row", SUBJECT, cell)


def test_every_flipped_bit_is_noticed(cells: Cells) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, b"yes")

    for position in range(len(cell) * 8):
        forged = bytearray(cell)
        forged[position // 8] ^= 1 << position % 8
        with pytest.raises(CellError):
            cells.open(WORDS, "row-1", SUBJECT, bytes(forged))


def test_every_cut_and_every_addition_is_noticed(cells: Cells) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, b"yes")

    for length in range(len(cell)):
        with pytest.raises(CellError):
            cells.open(WORDS, "row-1", SUBJECT, cell[:length])
    with pytest.raises(CellError):
        cells.open(WORDS, "row-1", SUBJECT, cell + b"\x00")


@pytest.mark.parametrize(
    ("at", "value", "fault"),
    [
        (0, b"\x02", CellFault.FORMAT),
        (1, b"\x00", CellFault.FORMAT),
        (2, b"\x00\x00\x00\x02", CellFault.NO_KEY),
        (6, bytes(8), CellFault.WRONG_KEY),
        (14, bytes(12), CellFault.FORGED),
    ],
)
def test_a_fault_names_its_kind_and_place_and_no_value(cells: Cells, at: int, value: bytes, fault: CellFault) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, VALUE)

    with pytest.raises(CellError) as caught:
        cells.open(WORDS, "row-1", SUBJECT, cell[:at] + value + cell[at + len(value) :])

    assert caught.value.fault is fault
    assert isinstance(caught.value, IntegrityError)
    assert (caught.value.table, caught.value.column, caught.value.row_id) == ("transcript", "body", "row-1")
    assert "words" not in str(caught.value)


def test_a_subject_without_a_key_opens_nothing(cells: Cells) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, VALUE)

    with pytest.raises(CellError, match="no_key"):
        cells.open(WORDS, "row-1", SubjectId("subject-2"), cell)


def test_another_homes_keys_open_nothing(cells: Cells, reopened: Callable[..., Keyring]) -> None:
    cell = cells.seal(WORDS, "row-1", SUBJECT, VALUE)
    other = reopened(name="other.db")
    other.writing_key(SUBJECT)

    with pytest.raises(CellError, match="wrong_key"):
        Cells(other).open(WORDS, "row-1", SUBJECT, cell)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=1_500), st.text(max_size=20), st.text(max_size=20))
def test_any_value_any_row_any_subject_comes_back(cells: Cells, value: bytes, row: str, subject: str) -> None:
    cell = cells.seal(WORDS, row, SubjectId(subject), value)

    assert cells.open(WORDS, row, SubjectId(subject), cell) == value
