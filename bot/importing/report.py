"""What an import came to. Problems name the line, the column and what was expected, never what a cell held."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """Something to mend in the file: the line (from 1, the header's) and what is wrong there."""

    line: int
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """All lines or none: with any problem nothing was written.

    `good` lines were brought in (or would be), `known` lines are in the records already and were left alone.
    """

    problems: tuple[Problem, ...] = ()
    good: int = 0
    known: int = 0


@dataclass(slots=True)
class Findings:
    """Problems while they are gathered, for one file."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, said: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(line=line, said=said))

    def report(self, *, good: int = 0, known: int = 0) -> ImportReport:
        """What it came to, problems in order of line."""
        return ImportReport(problems=tuple(sorted(self.problems)), good=good, known=known)
