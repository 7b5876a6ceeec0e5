"""Loads the safety rules of each enabled language from YAML and compiles them once. Strict: any doubt is an error.

A pattern is a line of items: `word`, `<group>`, `one|other`, `two_words`, `begin*`, `[20..59]` (a reading) or `{0..3}`
(any number), `^` or `$` (the start or end of a sentence). Between items one more word may stand, unless it says `..`
(3), `...` (6) or `~n`; `a & b` or `a &n b` is either order within 4 or n words. Patterns under `masks` allow nothing
between unless they say so. A sentence where a pattern of `framings` stands is silent up to where one of `present`
begins; where one of its `unless` stands, it is not silent at all.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from bot.content.safety_reader import Reader, Text
from domain.errors import ContentError
from domain.safety import (
    Framing,
    LanguageRules,
    Pattern,
    PatternIndex,
    SafetyCategory,
    SafetyRule,
    SafetyRules,
    Urgency,
    severity,
)
from domain.safety_words import Lexicon, NumberRange, fold, shortened, squeeze

_SECTIONS = (
    "evidence",
    "spellings",
    "guessed",
    "kept",
    "fillers",
    "not_readings",
    "negations",
    "carried",
    "alternatives",
    "groups",
    "masks",
    "present",
    "framings",
    "rules",
)
_RULE_KEYS = ("id", "category", "urgency", "negatable", "source", "match")
_FRAMING_KEYS = ("match", "unless")
_WORD = re.compile(r"[a-z0-9]+|/|[^\w\s\x00-\x7f]")
_RANGE = re.compile(r"(?:\[(?P<reading>[\d.]+\.\.[\d.]+)\]|\{(?P<any>[\d.]+\.\.[\d.]+)\})")
_GAP = re.compile(r"\.\.|\.\.\.|~(\d+)")
_EITHER = re.compile(r"&(\d*)")
_SHORTEST_PREFIX, _SHORTEST_TERM, _LONGEST_PATTERN = 3, 5, 8
_DOTS, _ELLIPSIS, _EITHER_GAP = 3, 6, 4
_COMMON_WORD, _EVERYWHERE = 20, 100_000  # against 1 for any other word


def load_safety_rules(folder: Traversable | Path, languages: Sequence[str]) -> SafetyRules:
    """Read `<language>.yml` for each language from `folder`; raises ContentError with file and line."""
    loaded = [_load(folder / f"{language}.yml", language) for language in languages]
    return SafetyRules(languages=tuple(_beside(one, [other for other in loaded if other is not one]) for one in loaded))


def _beside(rules: LanguageRules, others: Sequence[LanguageRules]) -> LanguageRules:
    """The rules, told which words the other enabled languages have too."""
    known = {word for other in others for word, symbols in other.lexicon.words.items() if symbols}
    denials = {rules.negation, rules.carried, rules.alternative}
    return replace(
        rules,
        foreign=frozenset().union(*(other.evidence for other in others)) - rules.evidence,
        shared=frozenset(
            word
            for word, symbols in rules.lexicon.words.items()
            if word in known and word.isalpha() and denials.isdisjoint(symbols)
        ),
    )


@dataclass(slots=True)
class _Compiler:
    """Turns one file's words, groups and patterns into symbols."""

    reader: Reader
    groups: Mapping[str, list[Text]]
    spellings: Mapping[str, str]
    symbols: dict[str, int] = field(default_factory=dict)
    words: dict[str, set[int]] = field(default_factory=dict)
    prefixes: dict[str, set[int]] = field(default_factory=dict)
    phrases: dict[str, set[tuple[tuple[str, ...], int]]] = field(default_factory=dict)
    numbers: dict[int, NumberRange] = field(default_factory=dict)
    bounds: dict[str, set[int]] = field(default_factory=lambda: {"^": set(), "$": set()})
    used: set[str] = field(default_factory=set)

    def symbol(self, name: str, entries: Iterable[Text]) -> int:
        """The number of a symbol; the first time, its entries are entered."""
        if name not in self.symbols:
            self.symbols[name] = len(self.symbols)
            for entry in entries:
                self._enter(entry, self.symbols[name], ())
        return self.symbols[name]

    def _enter(self, entry: Text, symbol: int, inside: tuple[str, ...]) -> None:
        text, line = entry.text, entry.line
        if text.startswith("<") and text.endswith(">"):
            self._enter_group(Text(text=text[1:-1], line=line), symbol, inside)
            return
        if text in self.bounds:
            self.bounds[text].add(symbol)
            return
        if found := _RANGE.fullmatch(text):
            low, high = (found["reading"] or found["any"]).split("..")
            number = NumberRange(low=float(low), high=float(high), reading=found["reading"] is not None)
            if number.low > number.high or symbol in self.numbers:
                raise self.reader.refuse(line, text, "one range, low..high, alone in its item")
            self.numbers[symbol] = number
            return
        stem = text.removesuffix("*")
        words = [self.word(part, line) for part in stem.replace("_", " ").split()]
        if not words:
            raise self.reader.refuse(line, repr(text), "a word between each | and the next")
        if stem != text:
            if len(words) != 1 or len(words[0]) < _SHORTEST_PREFIX:
                raise self.reader.refuse(line, text, f"one word of {_SHORTEST_PREFIX} or more letters before *")
            self.prefixes.setdefault(words[0], set()).add(symbol)
        elif len(words) == 1:
            self.words.setdefault(words[0], set()).add(symbol)
        else:
            self.phrases.setdefault(words[0], set()).add((tuple(words[1:]), symbol))
            for word in words:
                self.words.setdefault(word, set())

    def _enter_group(self, name: Text, symbol: int, inside: tuple[str, ...]) -> None:
        if name.text not in self.groups or name.text in inside:
            expected = f"a group outside itself: {', '.join(sorted(self.groups))}"
            raise self.reader.refuse(name.line, f"<{name.text}>", expected)
        self.used.add(name.text)
        for entry in self.groups[name.text]:
            self._enter(entry, symbol, (*inside, name.text))

    def listed(self, entry: Text) -> set[str]:
        """The single words of an entry that patterns use; a group's phrases and beginnings are left out."""
        if entry.text.startswith("<"):
            group = self.groups.get(entry.text[1:-1], [])
            texts = [text for text in group if not re.search(r"[_ *<]", text.text)]
        else:
            texts = [entry]
        words = {self.word(text.text, text.line) for text in texts}
        for word in words:
            if word.startswith(tuple(self.prefixes)):
                self.words.setdefault(word, set())
        if not words or not words <= self.words.keys():
            raise self.reader.refuse(entry.line, entry.text, "a word or group that a pattern uses", "guessed")
        return words

    def word(self, text: str, line: int) -> str:
        """One word as messages will show it: folded, and a known variant in its right spelling."""
        word = fold(text)
        if not _WORD.fullmatch(word):
            raise self.reader.refuse(line, repr(text), "a word of letters and digits without apostrophe, or one emoji")
        return self.spellings.get(word, word)

    def patterns(self, line: Text, gap: int, where: str) -> list[Pattern]:
        """Every order a line of items stands for."""
        chunks: list[list[tuple[int, int]]] = [[]]
        between, either = gap, 0
        for part in line.text.split():
            if found := _EITHER.fullmatch(part):
                chunks.append([])
                either, between = max(either, int(found[1] or _EITHER_GAP)), gap
            elif found := _GAP.fullmatch(part):
                between = int(found[1]) if found[1] else (_DOTS if part == ".." else _ELLIPSIS)
            else:
                entries = [Text(text=text, line=line.line) for text in part.split("|")]
                chunks[-1].append((between, self.symbol(part, entries)))
                between = gap
        if not all(chunks) or between != gap or sum(map(len, chunks)) > _LONGEST_PATTERN or len(chunks) > 4:
            expected = f"items before and after each gap or &, at most {_LONGEST_PATTERN} and three &"
            raise self.reader.refuse(line.line, repr(line.text), expected, where)
        return [_pattern(order, either) for order in itertools.permutations(chunks)]

    def lexicon(self, kept: set[str], fillers: set[str], not_readings: set[str], guessed: set[str]) -> Lexicon:
        """All words entered so far; `guessed` are those a misspelt one may be taken for."""
        prefixes = {
            prefix: tuple(
                sorted(set().union(*(self.prefixes[short] for short in self.prefixes if prefix.startswith(short))))
            )
            for prefix in self.prefixes
        }
        words = {
            word: tuple(sorted(symbols.union(*(s for prefix, s in self.prefixes.items() if word.startswith(prefix)))))
            for word, symbols in self.words.items()
        }
        near: dict[str, list[str]] = {}
        for term in sorted(word for word in guessed if len(word) >= _SHORTEST_TERM and word.isalpha()):
            for key in sorted({term} | shortened(term)):
                near.setdefault(key, []).append(term)
        return Lexicon(
            words=words,
            prefixes=prefixes,
            phrases={first: tuple(sorted(rest)) for first, rest in self.phrases.items()},
            numbers=tuple((number, symbol) for symbol, number in self.numbers.items()),
            starts=tuple(sorted(self.bounds["^"])),
            ends=tuple(sorted(self.bounds["$"])),
            spellings=self.spellings,
            near={key: tuple(terms) for key, terms in near.items()},
            squeezed={squeeze(word): word for word in sorted(words, reverse=True)},
            guessed=frozenset(guessed),
            kept=frozenset(kept | fillers | not_readings),
            fillers=frozenset(fillers),
            not_readings=frozenset(not_readings),
        )


def _indexed(owners: Iterable[Sequence[Pattern]], lexicon: Lexicon, common: AbstractSet[str]) -> PatternIndex:
    """The patterns of each owner, numbered in order, under the symbol that the fewest messages are likely to hold."""
    weights: Counter[int] = Counter()
    for word, symbols in lexicon.words.items():
        for symbol in symbols:
            weights[symbol] += _COMMON_WORD if word in common else 1
    for bound in (*lexicon.starts, *lexicon.ends):
        weights[bound] += _EVERYWHERE
    index: dict[int, list[tuple[int, Pattern]]] = {}
    for number, patterns in enumerate(owners):
        for pattern in patterns:
            rarest = min(pattern.symbols, key=lambda symbol: weights[symbol])
            index.setdefault(rarest, []).append((number, pattern))
    return index


def _pattern(order: Sequence[list[tuple[int, int]]], either: int) -> Pattern:
    symbols: list[int] = []
    gaps: list[int] = []
    for chunk in order:
        for at, (gap, symbol) in enumerate(chunk):
            gaps.append(either if at == 0 else gap)
            symbols.append(symbol)
    needs = sum(1 << symbol for symbol in set(symbols))
    return Pattern(symbols=tuple(symbols), gaps=tuple(gaps[1:]), needs=needs)


def _load(path: Traversable | Path, language: str) -> LanguageRules:
    file = path.name
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError as error:
        raise ContentError(file=file, line=1, found="no such file", expected="safety rules") from error
    except UnicodeDecodeError as error:
        raise ContentError(file=file, line=1, found="bytes that are not UTF-8", expected="UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContentError(file=file, line=line, found=error.problem or "bad YAML", expected="YAML") from error
    reader = Reader(file)
    if root is None:
        raise reader.refuse(1, "an empty file", "safety rules")
    return _compile(reader, {key: node for key, (_, node) in reader.mapping(root, _SECTIONS, "").items()}, language)


def _compile(reader: Reader, sections: Mapping[str, yaml.Node], language: str) -> LanguageRules:
    group_nodes = reader.mapping(sections["groups"], None, "groups")
    groups = {name: reader.texts(node, f"groups.{name}") for name, (_, node) in group_nodes.items()}
    compiler = _Compiler(reader, groups, _spellings(reader, sections["spellings"]))

    def words(section: str) -> set[str]:
        return {compiler.word(entry.text, entry.line) for entry in reader.texts(sections[section], section)}

    kept, fillers, not_readings = words("kept"), words("fillers"), words("not_readings")
    rules = [_rule(reader, compiler, node) for node in reader.sequence(sections["rules"], "rules")]
    _refuse_twins(reader, rules)
    guessed = {word for entry in reader.texts(sections["guessed"], "guessed") for word in compiler.listed(entry)}
    masks = _lines(reader, compiler, sections["masks"], "masks", gap=0)
    present = _lines(reader, compiler, sections["present"], "present")
    framings = tuple(
        _framing(reader, compiler, name, node)
        for name, (_, node) in reader.mapping(sections["framings"], None, "framings").items()
    )
    negation, carried, alternative = (
        compiler.symbol(f"#{name}", reader.texts(sections[name], name))
        for name in ("negations", "carried", "alternatives")
    )
    for name, (line, _) in group_nodes.items():
        if name not in compiler.used:
            raise reader.refuse(line, f"the group {name!r}", "a group that a pattern uses", "groups")
    lexicon = compiler.lexicon(kept, fillers, not_readings, guessed)
    evidence = frozenset(words("evidence"))
    ordered = tuple(sorted((rule for _, rule in rules), key=severity))
    return LanguageRules(
        language=language,
        lexicon=lexicon,
        evidence=evidence,
        foreign=frozenset(),
        shared=frozenset(),
        masks=_indexed([masks], lexicon, evidence | fillers),
        framings=framings,
        present=present,
        negation=negation,
        carried=carried,
        alternative=alternative,
        rules=ordered,
        flags=_indexed([rule.patterns for rule in ordered], lexicon, evidence | fillers),
    )


def _spellings(reader: Reader, node: yaml.Node) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for right, (line, variants) in reader.mapping(node, None, "spellings").items():
        for variant in reader.texts(variants, f"spellings.{right}"):
            word = fold(variant.text)
            if word in spellings or not _WORD.fullmatch(word) or word == fold(right):
                raise reader.refuse(variant.line, repr(variant.text), "a word given once, unlike its correction")
            spellings[word] = fold(right)
        if fold(right) in spellings:
            raise reader.refuse(line, repr(right), "a word that is not itself corrected", "spellings")
    return spellings


def _lines(reader: Reader, compiler: _Compiler, node: yaml.Node, where: str, *, gap: int = 1) -> tuple[Pattern, ...]:
    return tuple(pattern for line in reader.texts(node, where) for pattern in compiler.patterns(line, gap, where))


def _framing(reader: Reader, compiler: _Compiler, name: str, node: yaml.Node) -> Framing:
    keys = reader.mapping(node, _FRAMING_KEYS, f"framings.{name}")
    patterns, unless = (_lines(reader, compiler, keys[key][1], f"framings.{name}.{key}") for key in _FRAMING_KEYS)
    return Framing(name=name, patterns=patterns, unless=unless)


def _rule(reader: Reader, compiler: _Compiler, node: yaml.Node) -> tuple[int, SafetyRule]:
    keys = reader.mapping(node, _RULE_KEYS, "rules")
    name = reader.scalar(keys["id"][1], "rules")
    negatable = reader.scalar(keys["negatable"][1], name.text)
    if negatable.text not in {"true", "false"}:
        raise reader.refuse(negatable.line, repr(negatable.text), "true or false", name.text)
    return name.line, SafetyRule(
        id=name.text,
        category=reader.choice(keys["category"][1], SafetyCategory, name.text),
        urgency=reader.choice(keys["urgency"][1], Urgency, name.text),
        negatable=negatable.text == "true",
        source=reader.scalar(keys["source"][1], name.text).text,
        patterns=_lines(reader, compiler, keys["match"][1], name.text),
    )


def _refuse_twins(reader: Reader, rules: Sequence[tuple[int, SafetyRule]]) -> None:
    seen: set[str] = set()
    for line, rule in rules:
        if rule.id in seen:
            raise reader.refuse(line, f"the rule {rule.id!r} again", "each id once", "rules")
        seen.add(rule.id)
