"""What a language's word file holds: messages known outright and the words entities are made of. Read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from domain.errors import ContentError
from domain.intents import ENTITIES, INTENTS
from nlu import yaml_nodes
from nlu.embedded.thesaurus import Thesaurus, thesaurus_of
from nlu.text import message_key, phrase_of, without_runs

Phrases = Mapping[str, tuple[str, ...]]

_SHORTEST_STEM = 3
_KEYS = frozenset({
    "language", "messages", "ambiguous", "fillers", "joiners", "negators", "links", "titles", "name_openers",
    "soft_name_openers", "not_names", "ordinals", "ordinal_nouns", "numbers", "durations", "spans", "counted",
    "readings", "over", "units", "birth", "rating_of", "closed", "stand_ins",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageWords:
    """One language's words. Lists keep the file's spelling; `messages` is keyed by `message_key`."""

    language: str
    messages: Mapping[str, tuple[str, ...]]
    """A whole message -> the intent it means, or the two or three it may mean."""
    fillers: tuple[str, ...]
    joiners: tuple[str, ...]
    negators: tuple[str, ...]
    links: tuple[str, ...]
    titles: tuple[str, ...]
    name_openers: tuple[str, ...]
    soft_name_openers: tuple[str, ...]
    not_names: tuple[str, ...]
    ordinals: Phrases
    ordinal_nouns: tuple[str, ...]
    numbers: Mapping[str, str]
    durations: Phrases
    spans: Mapping[str, str]
    counted: tuple[str, ...]
    readings: Phrases
    over: tuple[str, ...]
    units: Phrases
    birth: tuple[str, ...]
    rating_of: tuple[str, ...]
    closed: Mapping[str, Phrases]
    """Entities with a closed vocabulary: entity -> value -> wordings."""
    thesaurus: Thesaurus
    stand_ins: Mapping[str, str]
    """Entity -> a name of that kind the examples know, read in the place of a name only the clinic knows."""

    def meaning_of(self, text: str) -> tuple[str, ...]:
        """The intents a whole message is known to mean: none, one, or several to choose between."""
        key = message_key(text)
        if not key:
            return ()
        for form in (key, without_runs(key)):
            if form in self.messages:
                return self.messages[form]
        return self.messages.get(self._without_fillers(without_runs(key)), ())

    def _without_fillers(self, key: str) -> str:
        for filler in self.fillers:
            folded = message_key(filler)
            key = key.removeprefix(f"{folded} ").removesuffix(f" {folded}")
        return key


def load_words(folder: Path, language: str) -> LanguageWords:
    """Read `<language>.yml` and `<language>.meanings.yml`; ContentError names what is wrong and where."""
    path = folder / f"{language}.yml"
    if not path.exists():
        raise ContentError(file=str(path), line=1, found="no file", expected=f"the words of {language!r}")
    file = str(path)
    nodes = _nodes(file, yaml_nodes.compose(path), language)

    def listed(key: str) -> tuple[str, ...]:
        return yaml_nodes.strings(file, nodes[key].node)

    def grouped(key: str) -> Phrases:
        return _groups(file, nodes[key].node)

    return LanguageWords(
        language=language,
        messages=_messages(file, nodes["messages"].node, nodes["ambiguous"].node),
        fillers=tuple(sorted(listed("fillers"), key=len, reverse=True)),
        joiners=tuple(sorted(listed("joiners"), key=len, reverse=True)),
        negators=listed("negators"),
        links=listed("links"),
        titles=listed("titles"),
        name_openers=tuple(sorted(listed("name_openers"), key=len, reverse=True)),
        soft_name_openers=listed("soft_name_openers"),
        not_names=listed("not_names"),
        ordinals=grouped("ordinals"),
        ordinal_nouns=listed("ordinal_nouns"),
        numbers=_pairs(file, nodes["numbers"].node),
        durations=grouped("durations"),
        spans=_pairs(file, nodes["spans"].node),
        counted=listed("counted"),
        readings=grouped("readings"),
        over=listed("over"),
        units=grouped("units"),
        birth=listed("birth"),
        rating_of=listed("rating_of"),
        closed=_closed(file, nodes["closed"].node),
        thesaurus=load_thesaurus(folder, language),
        stand_ins={
            field.key: yaml_nodes.scalar(file, field.node) for field in yaml_nodes.fields(file, nodes["stand_ins"].node)
        },
    )


def _nodes(file: str, root: yaml.Node, language: str) -> dict[str, yaml_nodes.Field]:
    """Every key of a word file with its node; ContentError for one too many or too few, or another language's words."""
    nodes = {field.key: field for field in yaml_nodes.fields(file, root)}
    for field in nodes.values():
        if field.key not in _KEYS:
            raise ContentError(file=file, line=field.line, found=f"key {field.key!r}", expected="a known key")
    missing = _KEYS - nodes.keys()
    if missing:
        yaml_nodes.refuse(file, root, found=f"no key {min(missing)!r}", expected="every key of a word file")
    said = yaml_nodes.scalar(file, nodes["language"].node)
    if said != language:
        yaml_nodes.refuse(file, nodes["language"].node, found=f"language {said!r}", expected=repr(language))
    return nodes


def load_thesaurus(folder: Path, language: str) -> Thesaurus:
    """Read `<language>.meanings.yml`."""
    path = folder / f"{language}.meanings.yml"
    if not path.exists():
        raise ContentError(file=str(path), line=1, found="no file", expected=f"the meanings of {language!r}")
    root = yaml_nodes.compose(path)
    groups = _groups(str(path), root)
    for field in yaml_nodes.fields(str(path), root):
        for entry in groups[field.key]:
            if "*" in entry and (" " in entry or not entry.endswith("*") or len(phrase_of(entry)) < _SHORTEST_STEM):
                raise ContentError(
                    file=str(path), line=field.line, found=repr(entry), expected="* only after one word of 3 letters"
                )
    return thesaurus_of(groups)


def load_short_forms(folder: Path, language: str) -> Mapping[str, str]:
    """Read `<language>.short.yml`: what patients write for whole words; empty for a language without that file."""
    path = folder / f"{language}.short.yml"
    return _pairs(str(path), yaml_nodes.compose(path)) if path.exists() else {}


def _groups(file: str, node: yaml.Node) -> Phrases:
    return {field.key: yaml_nodes.strings(file, field.node) for field in yaml_nodes.fields(file, node)}


def _pairs(file: str, node: yaml.Node) -> dict[str, str]:
    return {phrase_of(field.key): yaml_nodes.scalar(file, field.node) for field in yaml_nodes.fields(file, node)}


def _closed(file: str, node: yaml.Node) -> dict[str, Phrases]:
    vocabularies: dict[str, Phrases] = {}
    for field in yaml_nodes.fields(file, node):
        if field.key not in ENTITIES:
            raise ContentError(
                file=file, line=field.line, found=f"entity {field.key!r}", expected="an entity of the inventory"
            )
        vocabularies[field.key] = _groups(file, field.node)
    return vocabularies


def _messages(file: str, plain: yaml.Node, ambiguous: yaml.Node) -> dict[str, tuple[str, ...]]:
    known: dict[str, tuple[str, ...]] = {}
    for field in yaml_nodes.fields(file, plain):
        for text in yaml_nodes.strings(file, field.node):
            _enter(known, text, (field.key,), file=file, line=field.line)
    for item in yaml_nodes.items(file, ambiguous):
        parts = {field.key: field for field in yaml_nodes.fields(file, item)}
        if parts.keys() != {"messages", "intents"}:
            yaml_nodes.refuse(file, item, found=f"keys {sorted(parts)}", expected="messages, intents")
        intents = yaml_nodes.strings(file, parts["intents"].node)
        if not 2 <= len(intents) <= 3:
            yaml_nodes.refuse(file, item, found=f"{len(intents)} intents", expected="two or three")
        for text in yaml_nodes.strings(file, parts["messages"].node):
            _enter(known, text, intents, file=file, line=parts["messages"].line)
    return known


def _enter(known: dict[str, tuple[str, ...]], text: str, intents: tuple[str, ...], *, file: str, line: int) -> None:
    unknown = set(intents) - INTENTS
    if unknown:
        raise ContentError(
            file=file, line=line, found=f"intent {min(unknown)!r}", expected="an intent of the inventory"
        )
    key = message_key(text)
    if not key:
        raise ContentError(file=file, line=line, found=f"{text!r}", expected="a letter, digit or pictograph")
    if known.setdefault(key, intents) != intents:
        raise ContentError(file=file, line=line, found=f"{text!r} under two intents", expected="one meaning")
