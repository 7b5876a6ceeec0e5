"""YAML read with the place of every value, so that a mistake in content is answered with its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import TypeVar

import yaml

from domain.errors import ContentError

_Choice = TypeVar("_Choice", bound=StrEnum)

_KINDS = {
    "tag:yaml.org,2002:str": "the text",
    "tag:yaml.org,2002:int": "the number",
    "tag:yaml.org,2002:float": "the number",
    "tag:yaml.org,2002:bool": "the yes-or-no value",
    "tag:yaml.org,2002:timestamp": "the date",
}
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Located:
    """A value in a YAML file: its place, and readers that give a typed value or raise ContentError."""

    node: yaml.Node
    file: str
    where: str = ""

    @property
    def line(self) -> int:
        """The line it starts on, from 1."""
        return int(self.node.start_mark.line) + 1

    def error(self, expected: str, *, found: str | None = None) -> ContentError:
        """The error to raise when this value is not what was expected."""
        shown = self.describe() if found is None else found
        return ContentError(file=self.file, line=self.line, found=shown, expected=expected, where=self.where)

    def describe(self) -> str:
        """The value in a few words, for an error."""
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        if self.node.tag == _NULL:
            return "nothing"
        value = str(self.node.value)
        return f"{_KINDS.get(self.node.tag, 'the value')} {value[:60]!r}" + ("…" if len(value) > 60 else "")

    @property
    def is_mapping(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it has entries."""
        return isinstance(self.node, yaml.SequenceNode)

    def entries(self) -> tuple[tuple[Located, Located], ...]:
        """A mapping's keys and values in order, keys as written and none twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("a mapping (key: value)")
        pairs: dict[str, tuple[Located, Located]] = {}
        for key_node, value_node in self.node.value:
            key = Located(key_node, self.file, self.where)
            if not isinstance(key_node, yaml.ScalarNode):
                raise key.error("a plain key")
            name = str(key_node.value)
            if name in pairs:
                raise key.error("each key once", found=f"the key {name!r} again (first on line {pairs[name][0].line})")
            pairs[name] = (key, Located(value_node, self.file, f"{self.where}.{name}" if self.where else name))
        return tuple(pairs.values())

    def fields(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Fields:
        """A mapping with these keys and no others."""
        known = (*required, *optional)
        values: dict[str, Located] = {}
        for key, value in self.entries():
            name = key.key()
            if name not in known:
                raise key.error(f"one of: {', '.join(known)}", found=f"the unknown key {name!r}")
            values[name] = value
        for name in required:
            if name not in values:
                raise self.error(f"the key {name!r}", found=f"no {name!r} (only {', '.join(values) or 'nothing'})")
        return Fields(values, self)

    def key(self) -> str:
        """A key as written, whatever YAML would make of it ("on", "no", "08:00")."""
        return str(self.node.value)

    def items(self) -> tuple[Located, ...]:
        """A list's entries."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error("a list (- …)")
        return tuple(
            Located(node, self.file, f"{self.where}[{index}]") for index, node in enumerate(self.node.value, start=1)
        )

    def raw(self, expected: str) -> str:
        """A scalar as written, quoted or not."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == _NULL or not str(self.node.value).strip():
            raise self.error(expected)
        return str(self.node.value).strip()

    def text(self, expected: str = "a text") -> str:
        """A text that is not empty; a number or yes-or-no value must be quoted to be one."""
        if self.node.tag != "tag:yaml.org,2002:str":
            raise self.error(expected)
        return self.raw(expected)

    def texts(self, expected: str = "a text") -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text(expected) for item in self.items())

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        expected = f"a whole number from {low} to {high}"
        written = self.raw(expected)
        if self.node.tag != "tag:yaml.org,2002:int" or not written.isascii() or not written.isdigit():
            raise self.error(expected)
        if not low <= int(written) <= high:
            raise self.error(expected)
        return int(written)

    def boolean(self) -> bool:
        """True or false."""
        if self.raw("true or false") not in {"true", "false"} or self.node.tag != "tag:yaml.org,2002:bool":
            raise self.error("true or false")
        return str(self.node.value) == "true"

    def clock_time(self) -> time:
        """A time of day, "08:30"."""
        expected = "a time of day such as 08:30"
        written = self.raw(expected)
        if len(written) != 5:
            raise self.error(expected)
        try:
            return time.fromisoformat(written)
        except ValueError as error:
            raise self.error(expected) from error

    def day(self) -> date:
        """A date, "2026-12-24"."""
        expected = "a date such as 2026-12-24"
        written = self.raw(expected)
        if len(written) != 10:
            raise self.error(expected)
        try:
            return date.fromisoformat(written)
        except ValueError as error:
            raise self.error(expected) from error

    def choice(self, kind: type[_Choice]) -> _Choice:
        """One value of a closed set."""
        expected = f"one of: {', '.join(kind)}"
        written = self.raw(expected)
        if written not in list(kind):
            raise self.error(expected)
        return kind(written)


@dataclass(frozen=True, slots=True)
class Fields:
    """The values of a mapping whose keys were checked."""

    values: Mapping[str, Located]
    source: Located

    def __getitem__(self, name: str) -> Located:
        """A required key's value."""
        return self.values[name]

    def get(self, name: str) -> Located | None:
        """An optional key's value, or None when it is left out."""
        return self.values.get(name)


def read_yaml(text: str, *, file: str) -> Located:
    """The one document in a YAML text; `file` is the name shown in errors. Raises ContentError."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = int(mark.line) + 1 if mark else 1
        found = str(error.problem or error.context or "something else")
        raise ContentError(file=file, line=line, found=found, expected="well-formed YAML") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        found = f"the character U+{ord(text[int(error.position)]):04X}"
        raise ContentError(file=file, line=line, found=found, expected="printable characters") from error
    if node is None:
        raise ContentError(file=file, line=1, found="an empty file", expected="content")
    return Located(node, file)
