"""Reads Rasa NLU YAML strictly into a TrainingSet. Knows the format, not which intents exist (see lint)."""

from __future__ import annotations

from pathlib import Path

import yaml

from domain.errors import ContentError
from nlu import yaml_nodes
from nlu.training_data.annotation import read_annotated
from nlu.training_data.examples import Example, Listing, TrainingSet, merged
from nlu.yaml_nodes import Field, Line

_SECTIONS = frozenset({"intent", "synonym", "lookup", "regex"})
_TOP = frozenset({"version", "nlu"})


def load_folder(folder: Path, *, language: str) -> TrainingSet:
    """All `*.yml` files of a folder as one set; ContentError when there is none or one is malformed."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise ContentError(file=str(folder), line=1, found="no *.yml file", expected=f"training data for {language!r}")
    return merged(language, (load_file(path, language=language) for path in paths))


def load_file(path: Path, *, language: str) -> TrainingSet:
    """One file: `version`, then `nlu:` with intent, synonym, lookup and regex sections."""
    file = str(path)
    root = yaml_nodes.compose(path)
    top = {field.key: field for field in yaml_nodes.fields(file, root)}
    for field in top.values():
        if field.key not in _TOP:
            raise ContentError(file=file, line=field.line, found=f"key {field.key!r}", expected="version, nlu")
    if "nlu" not in top:
        yaml_nodes.refuse(file, root, found="no key 'nlu'", expected="nlu: with a list of sections")
    _check_version(file, top.get("version"))
    sections = (_read_section(file, language, node) for node in yaml_nodes.items(file, top["nlu"].node))
    return merged(language, sections)


def _check_version(file: str, field: Field | None) -> None:
    if field is None:
        return
    version = yaml_nodes.scalar(file, field.node)
    if version.split(".")[0] != "3":
        raise ContentError(file=file, line=field.line, found=f"version {version!r}", expected='version: "3.1"')


def _read_section(file: str, language: str, node: yaml.Node) -> TrainingSet:
    fields = {field.key: field for field in yaml_nodes.fields(file, node)}
    kinds = _SECTIONS & fields.keys()
    if len(kinds) != 1:
        yaml_nodes.refuse(
            file, node, found=f"a section with {sorted(fields)}", expected="one of intent, lookup, regex, synonym"
        )
    (kind,) = kinds
    unknown = fields.keys() - {kind, "examples", "metadata"}
    if unknown:
        field = fields[min(unknown)]
        raise ContentError(file=file, line=field.line, found=f"key {field.key!r}", expected="examples, metadata")
    if "examples" not in fields:
        yaml_nodes.refuse(file, node, found=f"{kind} without examples", expected="examples: |")
    name = yaml_nodes.scalar(file, fields[kind].node).strip()
    if not name:
        yaml_nodes.refuse(file, fields[kind].node, found=f"{kind} without a name", expected=f"{kind}: name")
    texts = _example_lines(file, fields["examples"].node)
    if kind == "intent":
        return TrainingSet(language=language, examples=tuple(_example(file, name, text) for text in texts))
    listing = Listing(name=name, items=tuple(text.text for text in texts), file=file, line=fields[kind].line)
    match kind:
        case "synonym":
            return TrainingSet(language=language, synonyms=(listing,))
        case "lookup":
            return TrainingSet(language=language, lookups=(listing,))
        case _:
            return TrainingSet(language=language, patterns=(listing,))


def _example(file: str, intent: str, line: Line) -> Example:
    annotated = read_annotated(line.text, file=file, line=line.number)
    return Example(text=annotated.text, intent=intent, marks=annotated.marks, file=file, line=line.number)


def _example_lines(file: str, node: yaml.Node) -> tuple[Line, ...]:
    """The examples of a section: a block with one `- text` a line, or a list of mappings with `text`."""
    if isinstance(node, yaml.SequenceNode):
        return tuple(_long_form(file, item) for item in node.value)
    found = []
    for line in yaml_nodes.lines(file, node):
        text = line.text.strip()
        if not text or text.startswith("#"):
            continue
        if not text.startswith("- "):
            raise ContentError(file=file, line=line.number, found="a line without dash", expected="- example")
        found.append(Line(text=text[2:].strip(), number=line.number))
    if not found:
        yaml_nodes.refuse(file, node, found="no example", expected="at least one line '- example'")
    return tuple(found)


def _long_form(file: str, node: yaml.Node) -> Line:
    fields = {field.key: field for field in yaml_nodes.fields(file, node)}
    unknown = fields.keys() - {"text", "metadata"}
    if unknown or "text" not in fields:
        yaml_nodes.refuse(file, node, found=f"an example with {sorted(fields)}", expected="text, metadata")
    text = yaml_nodes.scalar(file, fields["text"].node).strip()
    if not text or "\n" in text:
        yaml_nodes.refuse(file, fields["text"].node, found="no text or several lines", expected="one line of text")
    return Line(text=text.removeprefix("- "), number=fields["text"].line)
