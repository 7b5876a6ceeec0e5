"""Reads the nodes of one YAML file strictly: what is not expected is an error with the file and the line.

It knows YAML only, and nothing of safety rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import yaml

from domain.errors import ContentError

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A scalar of the file and its line, counted from 1."""

    text: str
    line: int


def _kind(node: yaml.Node) -> str:
    match node:
        case yaml.ScalarNode():
            return "text" if node.value.strip() else "nothing"
        case yaml.SequenceNode():
            return "a list" if node.value else "an empty list"
        case _:
            return "a mapping"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads nodes of one file and refuses what it does not expect."""

    file: str

    def refuse(self, line: int, found: str, expected: str, where: str = "") -> ContentError:
        """The error to raise."""
        return ContentError(file=self.file, line=line, found=found, expected=expected, where=where)

    def mapping(self, node: yaml.Node, keys: Sequence[str] | None, where: str) -> dict[str, tuple[int, yaml.Node]]:
        """Key to (line, value); when `keys` is given, exactly those keys."""
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            raise self.refuse(line, _kind(node), "a mapping", where)
        found: dict[str, tuple[int, yaml.Node]] = {}
        for key, value in node.value:
            name = self.scalar(key, where)
            if name.text in found or (keys is not None and name.text not in keys):
                expected = "each key once" if name.text in found else f"one of {', '.join(keys or ())}"
                raise self.refuse(name.line, repr(name.text), expected, where)
            found[name.text] = (name.line, value)
        for key_name in keys or ():
            if key_name not in found:
                raise self.refuse(line, f"no {key_name!r}", f"the key {key_name!r}", where)
        return found

    def sequence(self, node: yaml.Node, where: str) -> list[yaml.Node]:
        """The nodes of a list that is not empty."""
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self.refuse(node.start_mark.line + 1, _kind(node), "a list with entries", where)
        return list(node.value)

    def scalar(self, node: yaml.Node, where: str) -> Text:
        """A scalar as it is written: `no` is the word no."""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            raise self.refuse(node.start_mark.line + 1, _kind(node), "text", where)
        return Text(text=node.value.strip(), line=node.start_mark.line + 1)

    def texts(self, node: yaml.Node, where: str) -> list[Text]:
        """A list of texts, none twice."""
        texts = [self.scalar(entry, where) for entry in self.sequence(node, where)]
        seen: set[str] = set()
        for entry in texts:
            if entry.text in seen:
                raise self.refuse(entry.line, f"{entry.text!r} again", "each entry once", where)
            seen.add(entry.text)
        return texts

    def choice(self, node: yaml.Node, kind: type[_Choice], where: str) -> _Choice:
        """A member of a closed set."""
        value = self.scalar(node, where)
        if value.text not in list(kind):
            raise self.refuse(value.line, repr(value.text), f"one of {', '.join(kind)}", where)
        return kind(value.text)
