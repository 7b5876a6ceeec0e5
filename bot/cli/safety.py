"""`wellspoken safety`: the safety screen over JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from bot.cli.jsonl import Line, answer_lines, optional_text, text_of_line
from bot.content.release import load_release
from domain.safety import SafetyRules, screen


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read and write JSON lines.")
def safety(*, jsonl: bool) -> None:
    """Screen texts for red flags: {"id","text"} in; {"id","category","urgency","rule"} out."""
    del jsonl
    rules = load_release().rules
    sys.exit(answer_lines(lambda line: _screened(line, rules)))


def _screened(line: Line, rules: SafetyRules) -> Mapping[str, Any]:
    optional_text(line, "language")
    verdict = screen(text_of_line(line), rules)
    if verdict is None:
        return {"id": line.get("id"), "category": None, "urgency": None, "rule": None}
    return {
        "id": line.get("id"),
        "category": verdict.category.value,
        "urgency": verdict.urgency.value,
        "rule": verdict.rule,
    }
