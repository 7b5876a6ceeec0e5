"""The file as such: its header, its separators, its quotes and its lines."""

import pytest

from bot.importing.report import Findings
from bot.importing.sheet import MAX_ROWS, Columns, Row, read_sheet

COLUMNS = Columns(required=("mrn", "name"), optional=("note",))


def read(text: str) -> tuple[tuple[Row, ...], list[tuple[int, str]]]:
    findings = Findings()
    rows = read_sheet(text, COLUMNS, findings)
    return rows, [(problem.line, problem.said) for problem in findings.report().problems]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_spreadsheets_separators_and_line_ends_are_understood(separator: str, ending: str) -> None:
    text = ending.join(separator.join(cells) for cells in (["\ufeffmrn", "name"], ["1", "Testa"], ["2", "Testb"]))
    rows, problems = read(text)

    assert problems == []
    assert [(row.line, dict(row.cells)) for row in rows] == [
        (2, {"mrn": "1", "name": "Testa"}),
        (3, {"mrn": "2", "name": "Testb"}),
    ]


def test_a_quoted_cell_may_hold_separators_and_line_breaks_and_lines_are_counted_on() -> None:
    rows, problems = read('mrn,name,note\n1,"Exampleson, Testa","two\nlines"\n2,Testb,\n3,short\n')

    assert [row.line for row in rows] == [2, 4]
    assert rows[0].cells["name"] == "Exampleson, Testa"
    assert problems == [(5, "2 cells: expected 3, one for each column")]


def test_empty_lines_and_empty_cells_at_the_end_are_no_records() -> None:
    rows, problems = read("\nmrn,name\n\n,\n1,Testa,,,\n , \n")

    assert [row.line for row in rows] == [5]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "the file is empty"),
        (" \n\t\n", 1, "the file is empty"),
        ("mrn,name\n1,Tes\0ta", 2, "a NUL character"),
        ("m\0r\0n\0,\0", 1, "a NUL character"),
        ("mrn\n1", 1, "missing columns: expected also name"),
        ("mrn,name,mrn\n", 1, "column 3 is mrn again"),
        ("mrn,name,shoe size\n", 1, "column 3 has a name that is not known: expected mrn, name, note"),
        ("mrn,name\n1,Testa,extra\n", 2, "3 cells: expected 2"),
        ('mrn,name\n1,"Testa\n2,Testb\n', 2, "a quote is not closed"),
        ('mrn,name\n1,"Tes"ta\n', 2, "a quote is not closed or stands inside a cell"),
        ("mrn,name\n1," + "x" * 200_000 + "\n", 2, "a cell is too long"),
    ],
)
def test_a_file_that_is_wrong_as_such_is_refused_at_its_line(text: str, line: int, expected: str) -> None:
    _, problems = read(text)

    ((found, said),) = problems
    assert found == line
    assert expected in said


def test_a_first_line_that_is_a_record_is_not_repeated() -> None:
    rows, problems = read("A-1,Zzyzxova,1980-05-17\nA-2,Testb,1990-01-02\n")

    assert rows == ()
    assert problems == [(1, "no header: expected a first line naming the columns mrn, name")]


def test_a_file_has_a_longest_length() -> None:
    rows, problems = read("mrn,name\n" + "1,Testa\n" * (MAX_ROWS + 1))

    assert len(rows) == MAX_ROWS
    assert problems == [(MAX_ROWS + 2, f"too many lines: expected at most {MAX_ROWS} in one file")]
