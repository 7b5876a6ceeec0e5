"""The packaged content as one release: clinic facts, flows, responses and safety rules, each read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.actions.registry import FACTS, all_actions
from bot.content.clinic_facts import load_clinic
from bot.content.flow_loader import FlowSource, load_flows
from bot.content.safety_rules import load_safety_rules
from bot.rendering.catalogue import Catalogue, load_catalogue
from domain.clinic import Clinic
from domain.dialogue.flow import FlowSet
from domain.safety import SafetyRules

PACKAGED = Path(__file__).parent
LOCALES = PACKAGED.parent / "rendering" / "locales"
CLINIC_FILE = "clinic.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of content; a turn uses one from beginning to end."""

    clinic: Clinic
    flows: FlowSet
    catalogue: Catalogue
    rules: SafetyRules


def load_release(clinic_file: Path | None = None) -> Release:
    """Read the packaged content with the given clinic's facts (the demo clinic's by default). Raises ContentError."""
    clinic = load_clinic(clinic_file or PACKAGED / CLINIC_FILE)
    sources = tuple(
        FlowSource(file=f"content/flows/{path.name}", text=path.read_text(encoding="utf-8"))
        for path in sorted((PACKAGED / "flows").glob("*.yml"))
    )
    responses = PACKAGED / "responses.yml"
    return Release(
        clinic=clinic,
        flows=load_flows(sources, actions=all_actions().keys(), facts=FACTS),
        catalogue=load_catalogue(
            responses.read_text(encoding="utf-8"),
            file="content/responses.yml",
            translations=_translations(clinic.languages),
        ),
        rules=load_safety_rules(PACKAGED / "safety", clinic.languages),
    )


def _translations(languages: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in languages:
        path = LOCALES / language / "LC_MESSAGES" / "wellspoken.po"
        if path.exists():
            found[language] = path.read_text(encoding="utf-8")
    return found
