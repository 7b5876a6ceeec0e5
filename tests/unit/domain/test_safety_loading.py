"""The loader of safety rules refuses whatever it does not understand, and says where."""

from pathlib import Path

import pytest

from bot.content.safety_rules import load_safety_rules
from domain.errors import ContentError

GOOD = """\
evidence: [the, and]
spellings: {chest: [chset]}
guessed: [chest]
kept: [chess]
fillers: [my]
not_readings: [days]
negations: ["no"]
carried: [any]
alternatives: [or]
groups:
  pain: [pain, hurt*]
masks:
  - chest xray
present: [chest now]
framings:
  past: {match: [chest ago], unless: [chest again]}
rules:
  - id: chest
    category: emergency
    urgency: now
    negatable: true
    source: guidance
    match: [chest & <pain>]
"""


def load(tmp_path: Path, text: str) -> None:
    (tmp_path / "en.yml").write_text(text, encoding="utf-8")
    load_safety_rules(tmp_path, ["en"])


def test_the_example_is_good(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("emergency", "urgent", 19, "'urgent'"),
        ("urgency: now", "urgency: soon", 20, "'soon'"),
        ("negatable: true", "negatable: maybe", 21, "'maybe'"),
        ("chest & <pain>", "chest & <pian>", 23, "<pian>"),
        ("chest & <pain>", "chest &", 23, "'chest &'"),
        ("chest & <pain>", "chest & <pain> ~3", 23, "~3"),
        ("chest & <pain>", "chest| & <pain>", 23, "''"),
        ("chest & <pain>", '"chest [9..2] <pain>"', 23, "[9..2]"),
        ("chest & <pain>", "chest & <pain> don-t", 23, "don-t"),
        ("chest & <pain>", "chest & <pain> ab*", 23, "ab*"),
        ("match: [chest & <pain>]", "match: []", 23, "empty"),
        ("    negatable: true\n", "", 18, "negatable"),
        ("    negatable: true", "    negatable: true\n    extra: 1", 22, "'extra'"),
        ("fillers: [my]\n", "", 1, "fillers"),
        ("groups:", "groups:\n  lost: [lost]", 11, "'lost'"),
        ("pain: [pain, hurt*]", "pain: [pain, <pain>]", 11, "<pain>"),
        ("kept: [chess]", "kept: [chess, chess]", 4, "again"),
        ("guessed: [chest]", "guessed: [elbow]", 3, "elbow"),
        ("spellings: {chest: [chset]}", "spellings: {chest: [chest]}", 2, "'chest'"),
        ("spellings: {chest: [chset]}", "spellings: {chest: [chset], chset: [cst]}", 2, "'chset'"),
        ("groups:", "groups: [", 12, "expected"),
        ("    source: guidance\n", "", 18, "source"),
        ("evidence: [the, and]\n", "", 1, "evidence"),
        ("unless: [chest again]", "without: [chest again]", 16, "'without'"),
        ("chest now", "chest <now>", 14, "<now>"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, found: str) -> None:
    assert old in GOOD

    with pytest.raises(ContentError) as error:
        load(tmp_path, GOOD.replace(old, new, 1))

    assert (error.value.file, error.value.line) == ("en.yml", line)
    assert found in error.value.found + error.value.expected


def test_a_rule_given_twice_is_refused(tmp_path: Path) -> None:
    again = GOOD + GOOD[GOOD.index("  - id: chest") :]

    with pytest.raises(ContentError, match="the rule 'chest' again"):
        load(tmp_path, again)


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="each key once"):
        load(tmp_path, GOOD + "kept: [x]\n")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such file"):
        load_safety_rules(tmp_path, ["fr"])


@pytest.mark.parametrize("text", ["", "- a list\n"])
def test_a_file_without_a_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ContentError, match=r"en\.yml:1"):
        load(tmp_path, text)


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (tmp_path / "en.yml").write_bytes(b"\xff\xfe\xfa")

    with pytest.raises(ContentError, match="UTF-8"):
        load_safety_rules(tmp_path, ["en"])
