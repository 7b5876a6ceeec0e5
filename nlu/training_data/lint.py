"""What `nlu validate` says about training data that loads: contradictions, copies, gaps and unknown names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz, process

from domain.intents import ENTITIES, INTENTS
from nlu.text import message_key
from nlu.training_data.examples import Example, TrainingSet

MIN_EXAMPLES = 20
_NEAR = 94.0
_NEAR_MIN_LENGTH = 16


class Problem(StrEnum):
    """What may be wrong with training data."""

    UNKNOWN_INTENT = "unknown_intent"
    MISSING_INTENT = "missing_intent"
    TOO_FEW = "too_few"
    UNKNOWN_ENTITY = "unknown_entity"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    NEAR_COPY = "near_copy"
    EMPTY = "empty"


class Severity(StrEnum):
    """error: training must not go on; warning: a person should look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem at one place."""

    problem: Problem
    severity: Severity
    file: str
    line: int
    found: str
    expected: str

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{self.file}:{self.line}: {self.severity}: {self.problem}: found {self.found}; expected {self.expected}"


def validate(data: TrainingSet, *, min_examples: int = MIN_EXAMPLES) -> tuple[Finding, ...]:
    """Every finding, errors first, then by place."""
    findings = [*_names(data), *_counts(data, min_examples), *_copies(data), *_near_copies(data)]
    return tuple(sorted(findings, key=lambda finding: (finding.severity, finding.file, finding.line, finding.problem)))


def _at(example: Example, problem: Problem, severity: Severity, *, found: str, expected: str) -> Finding:
    return Finding(
        problem=problem, severity=severity, file=example.file, line=example.line, found=found, expected=expected
    )


def _names(data: TrainingSet) -> Iterator[Finding]:
    reported: set[str] = set()
    for example in data.examples:
        if example.intent not in INTENTS and example.intent not in reported:
            reported.add(example.intent)
            yield _at(
                example,
                Problem.UNKNOWN_INTENT,
                Severity.ERROR,
                found=f"intent {example.intent!r}",
                expected="an intent of the inventory",
            )
        if not message_key(example.text):
            yield _at(example, Problem.EMPTY, Severity.ERROR, found="an example without words", expected="words")
        for mark in example.marks:
            if mark.entity not in ENTITIES:
                yield _at(
                    example,
                    Problem.UNKNOWN_ENTITY,
                    Severity.ERROR,
                    found=f"entity {mark.entity!r}",
                    expected="an entity of the inventory",
                )


def _counts(data: TrainingSet, min_examples: int) -> Iterator[Finding]:
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in data.examples:
        by_intent[example.intent].append(example)
    for intent in sorted(INTENTS - by_intent.keys()):
        yield Finding(
            problem=Problem.MISSING_INTENT,
            severity=Severity.WARNING,
            file=data.examples[0].file if data.examples else data.language,
            line=1,
            found=f"no example of {intent!r}",
            expected=f"{min_examples} examples",
        )
    for intent, examples in by_intent.items():
        if len(examples) < min_examples:
            yield _at(
                examples[0],
                Problem.TOO_FEW,
                Severity.WARNING,
                found=f"{len(examples)} examples of {intent!r}",
                expected=f"{min_examples} examples",
            )


def _copies(data: TrainingSet) -> Iterator[Finding]:
    first: dict[str, Example] = {}
    for example in data.examples:
        original = first.setdefault(message_key(example.text), example)
        if original is example:
            continue
        if original.intent == example.intent:
            yield _at(
                example,
                Problem.DUPLICATE,
                Severity.WARNING,
                found=f"the text of line {original.line} again",
                expected="each text once",
            )
        else:
            yield _at(
                example,
                Problem.CONFLICT,
                Severity.ERROR,
                found=f"the text of {original.file}:{original.line} ({original.intent}) under {example.intent!r}",
                expected="one intent for one text",
            )


def _near_copies(data: TrainingSet) -> Iterator[Finding]:
    keyed = {message_key(example.text): example for example in reversed(data.examples)}
    keys = sorted(key for key in keyed if len(key) >= _NEAR_MIN_LENGTH)
    for index, key in enumerate(keys):
        match = process.extractOne(key, keys[:index], scorer=fuzz.ratio, score_cutoff=_NEAR)
        if match is None:
            continue
        example, twin = keyed[key], keyed[match[0]]
        if twin.intent == example.intent:
            yield _at(
                example,
                Problem.NEAR_COPY,
                Severity.WARNING,
                found=f"almost the text of line {twin.line}",
                expected="another wording",
            )
        else:
            yield _at(
                example,
                Problem.NEAR_COPY,
                Severity.WARNING,
                found=f"almost the text of {twin.file}:{twin.line} ({twin.intent}) under {example.intent!r}",
                expected="wordings that tell the intents apart",
            )
