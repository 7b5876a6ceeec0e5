"""The documents say what the program does: names they use exist, lists they give are whole, examples load."""

import ast
import re
from pathlib import Path

import click
import pytest

from bot.actions.registry import FACTS, all_actions
from bot.cli.main import cli
from bot.content.flow_loader import FlowSource, load_flows
from bot.content.release import load_release
from bot.settings import read_settings
from domain.dialogue.flow import END, FlowKind
from domain.dialogue.parking import ENGINE_ACTIONS
from domain.dialogue.slot import SlotType
from tests.architecture.house import ROOT, documents, in_backticks, modules

FLOWS = (ROOT / "docs" / "flows.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
PLACES = ("bot/", "domain/", "nlu/", "storage/", "tests/", "docs/", "requirements/", "benchmarks/")


def named_paths(text: str) -> list[str]:
    """Paths in backticks that must exist; those with a placeholder or a star stand for several."""
    return [item for item in in_backticks(text) if item.startswith(PLACES) and not re.search(r"[*<>{} …]", item)]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_document_names_is_there(document: Path) -> None:
    missing = [path for path in named_paths(document.read_text(encoding="utf-8")) if not (ROOT / path).exists()]

    assert missing == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_a_document_shows_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    shown = re.findall(r"(?<![\w/-])wellspoken ([a-z]+)(?: ([a-z]+))?", "\n".join(_code(text)))

    assert [command for command in shown if not _is_command(*command)] == []


def _code(text: str) -> list[str]:
    blocks = re.findall(r"^(?: {4}|\t)(.*)$|^```\w*\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [*(indented or fenced for indented, fenced in blocks), *in_backticks(text)]


def _is_command(name: str, below: str) -> bool:
    command = cli.get_command(click.Context(cli), name)
    if command is None or not isinstance(command, click.Group):
        return command is not None
    return not below or below in command.commands


def test_the_worked_example_of_flows_loads_as_it_is_described() -> None:
    example = re.search(r"^```yaml\n(.*?)^```", FLOWS, flags=re.MULTILINE | re.DOTALL)
    assert example is not None

    flows = load_flows((FlowSource(file="docs/flows.md", text=example[1]),), actions=all_actions(), facts=FACTS)

    flow = flows.triggered_by("request_callback")
    assert flow is not None
    assert [step.slot for step in flow.collects()] == ["detail", "confirm"]
    assert flows.dependents("detail") == {"confirm"}
    assert flow.step("sure").next[-1].target == "stop"
    assert flow.step("stop").next[0].target == END


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("slot types", set(SlotType)),
        ("kinds of flow", set(FlowKind)),
        ("facts", FACTS),
        ("actions of the engine", set(ENGINE_ACTIONS)),
        ("steps", {"collect", "action", "set_slots", "call", "link", "noop"}),
        ("keys of a slot", {"type", "entities", "optional", "depends_on", "values"}),
        ("keys of a flow", {"description", "steps", "nlu_trigger", "kind", "urgent", "hears"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_flows_are_described_whole(what: str, names: set[str]) -> None:
    told = {re.match(r"[a-z_]*", item)[0] for item in in_backticks(FLOWS)}

    assert {str(name) for name in names} - told == set(), f"docs/flows.md leaves out {what}"


def test_the_repair_patterns_described_are_the_ones_there_are() -> None:
    flows = load_release().flows.flows
    told = {item for item in in_backticks(FLOWS) if re.fullmatch(r"pattern_[a-z_]+", item)}

    assert {name for name, flow in flows.items() if flow.file.endswith("system.yml")} - told == set()
    assert told - set(flows) == set()


def test_the_glossary_names_things_that_exist() -> None:
    defined = {
        node.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    } | {
        target.id
        for module in modules()
        for node in module.tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    named = {item.partition("(")[0].partition(".")[0] for item in in_backticks(GLOSSARY)}
    nouns = {item for item in named if re.fullmatch(r"[A-Z][A-Za-z]+", item)}

    assert len(nouns) > 30
    assert nouns - defined == set()


def test_every_public_noun_of_a_conversation_is_in_the_glossary() -> None:
    """Classes of the rooms everyone talks about; a new one enters the glossary in the same change."""
    rooms = {"domain.handoff", "domain.identity", "domain.outbox", "domain.promise", "domain.appointment"}
    nouns = {
        node.name
        for module in modules("domain")
        if module.name in rooms
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not node.name.endswith("Error")
    }

    assert nouns - set(in_backticks(GLOSSARY)) == set()


def test_every_decision_is_numbered_listed_and_decided() -> None:
    folder = ROOT / "docs" / "adr"
    records = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    listed = re.findall(r"\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))

    assert [path.name for path in records] == listed
    for number, path in enumerate(records, start=1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number:04d}. ")
        assert re.search(r"^Status: (accepted|superseded by \[\d{4}\])", text, flags=re.MULTILINE)
        assert "\n## Decision\n" in text
        assert "\n## Consequences\n" in text


def test_every_setting_a_document_names_is_known() -> None:
    named = {
        name for path in documents() for name in re.findall(r"WELLSPOKEN_[A-Z_]+", path.read_text(encoding="utf-8"))
    }

    assert len(named) > 5
    read_settings(dict.fromkeys(named, "1"))
