"""CSV text -> rows under checked columns: everything about the file that does not depend on what it is about."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.importing.report import Findings

MAX_ROWS = 200_000
_SEPARATORS = (",", ";", "\t")
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_ODD = frozenset({"Cc", "Cf", "Co", "Cs"})
_JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
"""Invisible, but part of how some names are written."""

T = TypeVar("T")


class CellError(Exception):
    """A cell does not hold what its column needs; the text says what was expected, and never the cell itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns a kind of file has to have, and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.required, *self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins on, and its cells by column, outer spaces removed."""

    line: int
    cells: Mapping[str, str]
    findings: Findings

    def take(self, column: str, reader: Callable[[str], T], *, empty: T | None = None) -> T | None:
        """The value in a column; `empty` where the cell is empty or left out. None when it is wrong, and noted."""
        written = self.cells.get(column, "")
        if not written and empty is not None:
            return empty
        if not written:
            self.problem(f"{column} is empty: expected a value")
            return None
        try:
            _refuse_odd_characters(written)
            return reader(written)
        except CellError as error:
            self.problem(f"{column} cannot be taken: expected {error}")
            return None

    def problem(self, said: str) -> None:
        """Note what is wrong with this record."""
        self.findings.add(self.line, said)


def read_sheet(text: str, columns: Columns, findings: Findings) -> tuple[Row, ...]:
    """The records of a file. What is wrong with the file as such is noted, and then there are none or only some."""
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        findings.add(line, "a NUL character: expected text; save the file again as CSV UTF-8")
        return ()
    if not text.strip():
        findings.add(1, f"the file is empty: expected a first line naming the columns {', '.join(columns.required)}")
        return ()
    lines = _lines(text, findings)
    header = next(lines, None)
    if header is None:
        return ()
    names = _header(header, columns, findings)
    return () if names is None else tuple(_rows(lines, names, findings))


def _lines(text: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on (a quoted cell may hold line breaks); empty ones are left out."""
    first = next(line for line in text.splitlines() if line.strip())
    separator = max(_SEPARATORS, key=first.count)
    source = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = source.line_num + 1
        try:
            cells = next(source)
        except StopIteration:
            return
        except csv.Error:
            # Where a quote went wrong, where the next record begins is a guess.
            said = "a quote is not closed or stands inside a cell, or a cell is too long: reading stopped here"
            findings.add(line, said)
            return
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]


def _header(header: tuple[int, list[str]], columns: Columns, findings: Findings) -> Sequence[str] | None:
    line, written = header
    names = [name.casefold().replace(" ", "_").replace("-", "_") for name in written]
    known = set(names) & set(columns.known)
    if not known:
        # Without a header this is somebody's record, so it is not repeated here.
        findings.add(line, f"no header: expected a first line naming the columns {', '.join(columns.required)}")
        return None
    before = len(findings.problems)
    for place, name in enumerate(names, start=1):
        if name not in columns.known:
            findings.add(line, f"column {place} has a name that is not known: expected {', '.join(columns.known)}")
        elif name in names[: place - 1]:
            findings.add(line, f"column {place} is {name} again: expected each column once")
    missing = [name for name in columns.required if name not in known]
    if missing:
        findings.add(line, f"missing columns: expected also {', '.join(missing)}")
    return None if len(findings.problems) > before else names


def _rows(lines: Iterator[tuple[int, list[str]]], names: Sequence[str], findings: Findings) -> Iterator[Row]:
    count = 0
    for line, cells in lines:
        count += 1
        if count > MAX_ROWS:
            findings.add(line, f"too many lines: expected at most {MAX_ROWS} in one file")
            return
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(cells) != len(names):
            findings.add(line, f"{len(cells)} cells: expected {len(names)}, one for each column")
            continue
        yield Row(line, dict(zip(names, cells, strict=True)), findings)


def _refuse_odd_characters(written: str) -> None:
    if _REPLACED in written or _was_misread(written):
        raise CellError("letters that survived the export; save the file again as CSV UTF-8")
    if any(unicodedata.category(sign) in _ODD and sign not in _JOINERS for sign in written):
        raise CellError("no control or invisible characters")


def _was_misread(written: str) -> bool:
    """Whether this is UTF-8 that a program took for Windows-1252 and saved so ("Ã±" for "ñ")."""
    if written.isascii():
        return False
    try:
        written.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True
