"""`wellspoken nlu`: train, validate, test, promote, roll back, and parse over JSON lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.jsonl import Line, answer_lines, optional_text, text_of_line
from bot.composition import encoder_folder, engine_for_settings, models_folder
from bot.content.release import load_release
from bot.settings import read_settings
from domain.safety import screen
from domain.understanding import ParseContext
from nlu.assembly import PACKAGED_DATA
from nlu.evaluation.evaluate import Labelled, evaluate
from nlu.factory import packaged_job, packaged_languages, train
from nlu.rasa.response_shape import response_of
from nlu.registry import ModelRegistry
from nlu.training_data.lint import Severity
from nlu.training_data.lint import validate as validate_data
from nlu.training_data.loader import load_file, load_folder

_LANGUAGE = click.option("--language", default="en", show_default=True)


@click.group()
def nlu() -> None:
    """Understanding: the embedded engine's models and data."""


@nlu.command("train")
@_LANGUAGE
def train_command(language: str) -> None:
    """Train on the packaged data in a process of its own, and make the model live."""
    settings = read_settings()
    job = packaged_job(language, models_folder(settings.models), cache_folder=encoder_folder(settings.models))
    with ProcessPoolExecutor(max_workers=1) as pool:
        outcome = pool.submit(train, job).result()
    ModelRegistry(folder=models_folder(settings.models)).promote(language, outcome.version)
    click.echo(
        f"{language}: {outcome.examples} examples, {outcome.intents} intents, {outcome.seconds} s, "
        f"live {outcome.version}"
    )
    for name, value in sorted(outcome.metrics.items()):
        click.echo(f"  {name}: {value}")


@nlu.command()
@_LANGUAGE
def rollback(language: str) -> None:
    """Make the model before the live one live again."""
    click.echo(f"{language}: live {ModelRegistry(folder=models_folder(read_settings().models)).rollback(language)}")


@nlu.command()
@click.argument("version")
@_LANGUAGE
def promote(version: str, language: str) -> None:
    """Make a stored model live, after reading it whole."""
    ModelRegistry(folder=models_folder(read_settings().models)).promote(language, version)
    click.echo(f"{language}: live {version}")


@nlu.command()
def validate() -> None:
    """Look for mistakes in the packaged training data of every language."""
    errors = 0
    for language in packaged_languages():
        data = load_folder(PACKAGED_DATA / language, language=language)
        findings = validate_data(data)
        errors += sum(finding.severity is Severity.ERROR for finding in findings)
        click.echo(f"{language}: {len(data.examples)} examples, {len(findings)} findings")
        for finding in findings:
            click.echo(
                f"  {finding.severity.value} {finding.file}:{finding.line}: {finding.problem.value}: "
                f"found {finding.found}; expected {finding.expected}"
            )
    sys.exit(1 if errors else 0)


@nlu.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_LANGUAGE
def test(file: Path, language: str) -> None:
    """Measure the live model on labelled examples in Rasa's YAML; the report is JSON."""
    release = load_release()
    engine = engine_for_settings(release, read_settings())
    data = load_file(file, language=language)
    examples = [Labelled(text=example.text, intent=example.intent) for example in data.examples]
    report = evaluate(engine, examples, context=ParseContext(language=language), now=datetime.now(UTC))
    click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))


@nlu.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read and write JSON lines.")
def parse(*, jsonl: bool) -> None:
    """Parse texts: {"id","text","language"?} in; Rasa's parse response and our fields out."""
    del jsonl
    release = load_release()
    engine = engine_for_settings(release, read_settings())

    def answer(line: Line) -> Mapping[str, Any]:
        text = text_of_line(line)
        language = optional_text(line, "language") or release.clinic.default_language
        understanding = engine.parse(text, context=ParseContext(language=language), now=datetime.now(UTC))
        verdict = screen(text, release.rules)
        safety = None
        if verdict is not None:
            safety = {
                "category": verdict.category.value,
                "urgency": verdict.urgency.value,
                "rule": verdict.rule,
            }
        return {"id": line.get("id"), **response_of(understanding), "safety": safety}

    sys.exit(answer_lines(answer))
