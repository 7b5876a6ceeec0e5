"""Strict reading of YAML with line numbers: every refusal names file, line, what was found and what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from domain.errors import ContentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One `key: value` of a mapping, with the line of the key (1-based)."""

    key: str
    line: int
    node: yaml.Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text inside a scalar, with its line in the file (1-based)."""

    text: str
    number: int


def refuse(file: str, node: yaml.Node, *, found: str, expected: str) -> NoReturn:
    """Raise the ContentError for a node."""
    raise ContentError(file=file, line=node.start_mark.line + 1, found=found, expected=expected)


def compose(path: Path) -> yaml.Node:
    """The root node of a YAML file; ContentError when it is not UTF-8, not YAML or empty."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise ContentError(file=str(path), line=1, found="bytes that are not UTF-8", expected="UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise ContentError(file=str(path), line=line, found=error.problem or "bad YAML", expected="YAML") from error
    if node is None:
        raise ContentError(file=str(path), line=1, found="an empty file", expected="content")
    return node


def _kind(node: yaml.Node) -> str:
    match node:
        case yaml.MappingNode():
            return "a mapping"
        case yaml.SequenceNode():
            return "a list"
        case _:
            return "a single value"


def fields(file: str, node: yaml.Node) -> tuple[Field, ...]:
    """The fields of a mapping in order; refuses anything else and repeated keys."""
    if not isinstance(node, yaml.MappingNode):
        refuse(file, node, found=_kind(node), expected="a mapping")
    seen: dict[str, Field] = {}
    for key, value in node.value:
        name = scalar(file, key)
        if name in seen:
            refuse(file, key, found=f"key {name!r} a second time", expected="each key once")
        seen[name] = Field(key=name, line=key.start_mark.line + 1, node=value)
    return tuple(seen.values())


def items(file: str, node: yaml.Node) -> tuple[yaml.Node, ...]:
    """The items of a sequence; refuses anything else."""
    if not isinstance(node, yaml.SequenceNode):
        refuse(file, node, found=_kind(node), expected="a list")
    return tuple(node.value)


def scalar(file: str, node: yaml.Node) -> str:
    """The text of a scalar as written; refuses anything else."""
    if not isinstance(node, yaml.ScalarNode):
        refuse(file, node, found=_kind(node), expected="a single value")
    return str(node.value)


def strings(file: str, node: yaml.Node) -> tuple[str, ...]:
    """A list of non-empty texts."""
    texts = tuple(scalar(file, item).strip() for item in items(file, node))
    for item, text in zip(items(file, node), texts, strict=True):
        if not text:
            refuse(file, item, found="an empty text", expected="a word or phrase")
    return texts


def lines(file: str, node: yaml.Node) -> tuple[Line, ...]:
    """The lines of a scalar with their numbers; a block scalar starts on the line after its sign."""
    text = scalar(file, node)
    block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    first = node.start_mark.line + (2 if block else 1)
    return tuple(Line(text=line, number=first + offset) for offset, line in enumerate(text.splitlines()))
