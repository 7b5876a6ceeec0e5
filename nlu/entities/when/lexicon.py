"""One language's words and word order for times, read from its file; what languages share is in grammar.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from nlu.entities.when.atoms import Kind
from nlu.entities.when.build_dates import DATE_BUILDERS
from nlu.entities.when.build_days import DAY_BUILDERS
from nlu.entities.when.build_times import TIME_BUILDERS
from nlu.entities.when.rules import Builder, Pass, PatternError, Rule, compile_pattern
from nlu.entities.when.tokens import tokens_of
from nlu.errors import UnknownLanguageError
from nlu.yaml_nodes import compose, fields, items, refuse, scalar, strings

_SECTIONS = (
    "words", "weak", "counted", "labels", "streets", "ordinal_endings", "scoring", "names", "spelling", "rules",
)  # fmt: skip
_HERE = Path(__file__).parent
_LEXICONS = _HERE / "lexicons"
_GRAMMAR = _HERE / "grammar.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A word or words with one meaning. `rest` are the words after the first."""

    rest: tuple[str, ...]
    kind: Kind
    number: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weak:
    """A word that only sometimes speaks of time: where it does not."""

    not_after: frozenset[str]
    not_before: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Everything the reader must know about a language."""

    language: str
    phrases: Mapping[str, tuple[Phrase, ...]]
    """By first word, longest phrase first."""
    weak: Mapping[str, Weak]
    counted: frozenset[str]
    """Nouns that make the number before them a count: pills, floor, times."""
    labels: frozenset[str]
    """Words that make the number after them a name: room, dose, age."""
    streets: frozenset[str]
    titles: frozenset[str]
    """Words that make a weekday or month right after them a name: doctor, señora."""
    calling: frozenset[str]
    """Words before a title that belongs to a name: with Dr. Friday, but not a skin doctor Friday."""
    naming: frozenset[str]
    """Words that make a weekday or month after them, with a word between or none, a name: named, surname."""
    kin: frozenset[str]
    """Words that make a weekday or month after them a name if it has a capital: son, husband."""
    months_are_small: bool
    """Whether weekdays and months are written small, so that a capital tells a name."""
    ordinal_endings: frozenset[str]
    scoring: frozenset[str]
    """Words beside which "7/10" is a score."""
    spellings: Mapping[str, tuple[str, ...]]
    """Words worth recognising when misspelt, by first letter."""
    unlike: frozenset[str]
    """Words that merely resemble one of `spellings`."""
    passes: tuple[Pass, ...]


@cache
def lexicon_for(language: str) -> Lexicon:
    """The lexicon of a language code such as "en" or "es-MX"; immutable, so one copy serves every caller.

    Raises UnknownLanguageError when there is no file for it, ContentError when the file is malformed.
    """
    code = language.lower().replace("_", "-").split("-")[0]
    known = languages()
    if code not in known:
        raise UnknownLanguageError(language=language, known=known)
    return read_lexicon(_LEXICONS / f"{code}.yml", grammar=_GRAMMAR)


def languages() -> tuple[str, ...]:
    """Codes of the languages there is a lexicon for."""
    return tuple(sorted(path.stem for path in _LEXICONS.glob("*.yml")))


def read_lexicon(path: Path, *, grammar: Path) -> Lexicon:
    """Read and check a lexicon file against the shared grammar; ContentError names the faulty line."""
    file = str(path)
    parts = {field.key: field.node for field in fields(file, compose(path))}
    expected = set(_SECTIONS)
    if set(parts) != expected:
        odd = ", ".join(sorted(set(parts) ^ expected))
        refuse(file, compose(path), found=f"wrong or missing sections: {odd}", expected=", ".join(sorted(expected)))
    spelling = {field.key: strings(file, field.node) for field in fields(file, parts["spelling"])}
    names = {field.key: strings(file, field.node) for field in fields(file, parts["names"])}
    own_rules = {field.key: field.node for field in fields(file, parts["rules"])}
    return Lexicon(
        language=path.stem,
        phrases=_phrases(file, parts["words"]),
        weak=MappingProxyType(dict(_weak_words(file, parts["weak"]))),
        counted=_words(file, parts["counted"]),
        labels=_words(file, parts["labels"]),
        streets=_words(file, parts["streets"]),
        titles=frozenset(names.get("titles", ())),
        calling=frozenset(names.get("calling", ())),
        naming=frozenset(names.get("naming", ())),
        kin=frozenset(names.get("kin", ())),
        months_are_small="small" in names.get("months", ()),
        ordinal_endings=_words(file, parts["ordinal_endings"]),
        scoring=_words(file, parts["scoring"]),
        spellings=_by_letter(spelling.get("known", ())),
        unlike=frozenset(spelling.get("unlike", ())),
        passes=tuple(_passes(file, own_rules, grammar)),
    )


def _words(file: str, node: yaml.Node) -> frozenset[str]:
    return frozenset(strings(file, node))


def _by_letter(words: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    letters = sorted({word[0] for word in words})
    return MappingProxyType({letter: tuple(word for word in words if word[0] == letter) for letter in letters})


def _phrases(file: str, node: yaml.Node) -> Mapping[str, tuple[Phrase, ...]]:
    by_word: dict[str, list[Phrase]] = {}
    seen: dict[tuple[str, ...], str] = {}
    for field in fields(file, node):
        if field.key not in Kind.__members__:
            refuse(file, field.node, found=f"kind {field.key!r}", expected="a kind of atoms.py")
        for value, text_node in _valued(file, field.node):
            text = scalar(file, text_node)
            words = tuple(token.text for token in tokens_of(text))
            if not words or words in seen:
                refuse(file, text_node, found=f"{text!r}, empty or also under {seen.get(words)}", expected="each once")
            seen[words] = field.key
            number = int(value) if value.lstrip("-").isdecimal() else 0
            phrase = Phrase(rest=words[1:], kind=Kind[field.key], number=number, name=value)
            by_word.setdefault(words[0], []).append(phrase)
    longest_first = {word: tuple(sorted(each, key=lambda one: -len(one.rest))) for word, each in by_word.items()}
    return MappingProxyType(longest_first)


def _valued(file: str, node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for field in fields(file, node):
            for item in items(file, field.node):
                yield field.key, item
    else:
        for item in items(file, node):
            yield "", item


def _weak_words(file: str, node: yaml.Node) -> Iterator[tuple[str, Weak]]:
    for field in fields(file, node):
        sides = {side.key: _words(file, side.node) for side in fields(file, field.node)}
        if set(sides) != {"not_after", "not_before"}:
            refuse(file, field.node, found=", ".join(sides), expected="not_after and not_before")
        yield field.key, Weak(not_after=sides["not_after"], not_before=sides["not_before"])


def _passes(file: str, own_rules: Mapping[str, yaml.Node], grammar: Path) -> Iterator[Pass]:
    shared_file = str(grammar)
    parts = {field.key: field for field in fields(shared_file, compose(grammar))}
    macros = {macro.key: scalar(shared_file, macro.node) for macro in fields(shared_file, parts["macros"].node)}
    passes = fields(shared_file, parts["passes"].node)
    for name, node in own_rules.items():
        if name not in {one.key for one in passes}:
            refuse(file, node, found=f"rules for a pass {name!r}", expected="a pass of grammar.yml")
    for one in passes:
        section = {field.key: field.node for field in fields(shared_file, one.node)}
        compiled = list(_rules(file, own_rules[one.key], macros)) if one.key in own_rules else []
        compiled += _rules(shared_file, section["rules"], macros)
        dropped = frozenset(Kind[kind] for kind in strings(shared_file, section["dropped"]))
        anywhere = "|".join(f"(?:{text})" for _, text in compiled)
        yield Pass(
            dropped=dropped,
            anywhere=compile_pattern(anywhere, macros, named=False),
            rules=tuple(rule for rule, _ in compiled),
        )


def _rules(file: str, node: yaml.Node, macros: Mapping[str, str]) -> Iterator[tuple[Rule, str]]:
    for item in items(file, node):
        for field in fields(file, item):
            builder = _builder(field.key)
            if builder is None:
                refuse(
                    file,
                    item,
                    found=f"builder {field.key!r}",
                    expected="one in a build_*.py",
                )
            text = scalar(file, field.node)
            try:
                yield Rule(pattern=compile_pattern(text, macros), builder=builder), text
            except PatternError as error:
                refuse(file, field.node, found=str(error), expected="a pattern over kinds")


def _builder(name: str) -> Builder | None:
    return TIME_BUILDERS.get(name) or DATE_BUILDERS.get(name) or DAY_BUILDERS.get(name)
