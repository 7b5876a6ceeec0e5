from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import ContentError
from domain.intents import INTENTS
from nlu.assembly import PACKAGED_DATA
from nlu.factory import packaged_languages
from nlu.training_data.examples import EntityMark, Example, TrainingSet
from nlu.training_data.lint import Problem, Severity, validate
from nlu.training_data.loader import load_file, load_folder

WriteData = Callable[[str], Path]


def test_examples_and_their_annotations_are_read_with_offsets_into_plain_text(data_file: WriteData) -> None:
    path = data_file(
        'version: "3.1"\nnlu:\n- intent: book_appointment\n  examples: |\n'
        '    - see [dr lee](provider) on [monday]{"entity": "date", "value": "mon"}\n    - book it\n'
    )

    first, second = load_file(path, language="en").examples

    assert first.text == "see dr lee on monday"
    assert first.marks == (
        EntityMark(entity="provider", start=4, end=10),
        EntityMark(entity="date", start=14, end=20, value="mon"),
    )
    assert (first.line, second.line) == (5, 6)


def test_synonyms_lookups_regexes_and_the_long_form_are_read_as_rasa_does(data_file: WriteData) -> None:
    path = data_file(
        "nlu:\n- synonym: metformin\n  examples: |\n    - glucophage\n- lookup: site\n  examples: |\n    - harbor\n"
        "- regex: code\n  examples: |\n    - \\d{6}\n- intent: greet\n  examples:\n  - text: |\n      - hi there\n"
    )

    data = load_file(path, language="en")

    assert data.value_of("Glucophage") == "metformin"
    assert data.lookups[0].items == ("harbor",)
    assert data.patterns[0].items == (r"\d{6}",)
    assert [example.text for example in data.examples] == ["hi there"]


@pytest.mark.parametrize(
    ("content", "line", "found"),
    [
        ("nlu:\n- intent: greet\n  examples: |\n    - hi\n    hello\n", 5, "without dash"),
        ("nlu:\n- intent: greet\n  example: |\n    - hi\n", 3, "example"),
        ("nlu:\n- intent: greet\n  examples: |\n    - hi [there](\n", 4, "broken annotation"),
        ("nlu:\n- intent: greet\n  examples: |\n    - see [dr lee] {entity}\n", 4, "broken annotation"),
        ('nlu:\n- intent: greet\n  examples: |\n    - [x]{"entity": }\n', 4, "not JSON"),
        ("nlu:\n- intent: greet\n  examples: |\n    - [ x](provider)\n", 4, "blanks"),
        ("nlu:\n- intent: greet\n  intent: bye\n  examples: |\n    - hi\n", 3, "second time"),
        ('version: "2.0"\nnlu: []\n', 1, "version"),
        ("stories: []\n", 1, "stories"),
        ("nlu: [\n", 2, "expected"),
    ],
)
def test_malformed_data_is_refused_with_its_line(data_file: WriteData, content: str, line: int, found: str) -> None:
    with pytest.raises(ContentError) as refusal:
        load_file(data_file(content), language="en")

    assert refusal.value.line == line
    assert found in str(refusal.value)


def test_the_data_hash_ignores_order_and_place_but_not_words() -> None:
    one = Example(text="hi", intent="greet", line=1)
    other = Example(text="bye", intent="goodbye", line=2)
    moved = Example(text="hi", intent="greet", file="b.yml", line=9)

    assert TrainingSet(language="en", examples=(one, other)).digest() == (
        TrainingSet(language="en", examples=(other, moved)).digest()
    )
    assert (
        TrainingSet(language="en", examples=(one,)).digest() != TrainingSet(language="en", examples=(other,)).digest()
    )


def test_lint_names_unknown_names_copies_contradictions_and_gaps() -> None:
    mark = EntityMark(entity="planet", start=0, end=2)
    examples = (
        Example(text="hi", intent="greet", marks=(mark,), line=1),
        Example(text="Hi!", intent="greet", line=2),
        Example(text="hi", intent="goodbye", line=3),
        Example(text="I would like to book a visit soon", intent="book_appointment", line=4),
        Example(text="I would like to book a visit son", intent="cancel_appointment", line=5),
        Example(text="x", intent="fly_to_mars", line=6),
        Example(text="...", intent="greet", line=7),
    )

    findings = {(finding.problem, finding.line) for finding in validate(TrainingSet(language="en", examples=examples))}

    assert {
        (Problem.UNKNOWN_ENTITY, 1),
        (Problem.DUPLICATE, 2),
        (Problem.CONFLICT, 3),
        (Problem.UNKNOWN_INTENT, 6),
        (Problem.EMPTY, 7),
        (Problem.TOO_FEW, 1),
        (Problem.MISSING_INTENT, 1),
    } <= findings
    assert {(Problem.NEAR_COPY, 4), (Problem.NEAR_COPY, 5)} & findings


@pytest.mark.parametrize("language", packaged_languages())
def test_packaged_data_covers_the_inventory_without_errors(language: str) -> None:
    data = load_folder(PACKAGED_DATA / language, language=language)

    assert set(data.intents) == INTENTS
    assert [str(finding) for finding in validate(data) if finding.severity is Severity.ERROR] == []
