"""Grammar rules: regular expressions over kinds of atoms, each with a builder, run pass by pass over a message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nlu.entities.when.atoms import SYMBOLS, Atom, Kind
from nlu.entities.when.nodes import Clock, ClockRange, Gone, Node, Part

Captured = Mapping[str, Atom]
Builder = Callable[[Captured], tuple[Node, ...] | None]
"""Makes the meaning of a match from its named atoms; None when the numbers do not fit after all."""

_NAME = re.compile(r"(!)?(?:([a-z]+):)?([A-Z][A-Z0-9_]*(?:\|[A-Z][A-Z0-9_]*)*)")
_LETTERS = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern over kinds and what its match becomes."""

    pattern: re.Pattern[str]
    builder: Builder


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Rules tried in order at every place of one left-to-right walk, after some kinds were dropped."""

    dropped: frozenset[Kind]
    anywhere: re.Pattern[str]
    rules: tuple[Rule, ...]


class PatternError(ValueError):
    """A rule's pattern names an unknown kind or does not compile. Remedy: mend the pattern."""


def compile_pattern(pattern: str, macros: Mapping[str, str], *, named: bool = True) -> re.Pattern[str]:
    """A pattern such as `AT? h:NUM|NUMW !WEEK_U` over the symbols of kinds; `!` means "not followed by".

    Blanks are for the reader; the rest is regular expression syntax. Raises PatternError.
    """

    def symbol(found: re.Match[str]) -> str:
        refused, name, kinds = found.groups()
        alternatives = "".join(_kinds_of(part, macros) for part in kinds.split("|"))
        if refused:
            return f"(?![{alternatives}])"
        return f"(?P<{name}>[{alternatives}])" if name and named else f"[{alternatives}]"

    if left := _LETTERS.search(_NAME.sub("", pattern)):
        raise PatternError(f"{left.group()!r}, which is no kind")
    try:
        return re.compile(_NAME.sub(symbol, pattern).replace(" ", ""))
    except re.error as error:
        raise PatternError(f"a pattern that does not compile ({error})") from error


def _kinds_of(name: str, macros: Mapping[str, str]) -> str:
    names = macros.get(name, name).split("|")
    unknown = [kind for kind in names if kind not in Kind.__members__]
    if unknown:
        raise PatternError(f"unknown kind {unknown[0]!r}")
    return "".join(SYMBOLS[Kind[kind]] for kind in names)


def run(passes: Sequence[Pass], atoms: Sequence[Atom]) -> list[Atom]:
    """Reduce the atoms of a message by every pass in turn."""
    row = list(atoms)
    for one in passes:
        row = _reduce(one, row)
    return row


def _reduce(one: Pass, atoms: list[Atom]) -> list[Atom]:
    row = [atom for atom in atoms if atom.kind not in one.dropped] if one.dropped else atoms
    symbols = "".join([SYMBOLS[atom.kind] for atom in row])
    reduced: list[Atom] = []
    at = 0
    while found := one.anywhere.search(symbols, at):
        reduced.extend(row[at : found.start()])
        at = found.start()
        built = _apply(one.rules, symbols, row, at)
        if built is None:
            reduced.append(row[at])
            at += 1
        else:
            made, at = built
            reduced.extend(made)
    reduced.extend(row[at:])
    return reduced


def _apply(rules: tuple[Rule, ...], symbols: str, row: list[Atom], at: int) -> tuple[list[Atom], int] | None:
    for rule in rules:
        found = rule.pattern.match(symbols, at)
        if found is None or found.end() == at:
            continue
        captured = {name: row[found.start(name)] for name, value in found.groupdict().items() if value is not None}
        nodes = rule.builder(captured)
        if nodes is not None:
            start, end = row[at].start, row[found.end() - 1].end
            return [Atom(_kind(node), start, end, node=node) for node in nodes], found.end()
    return None


def _kind(node: Node) -> Kind:
    match node:
        case Clock() | Part() | ClockRange():
            return Kind.TIME
        case Gone():
            return Kind.GONE
        case _:
            return Kind.DATE
