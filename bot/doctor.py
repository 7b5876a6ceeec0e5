"""What may be wrong with an installation, found without touching any record."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.composition import models_folder
from bot.content.release import load_release
from bot.settings import Settings
from domain.errors import WellspokenError
from nlu.factory import kit_installed
from nlu.registry import ModelRegistry

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is well, and what to do where it is not."""

    what: str
    ok: bool
    said: str


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at content, home and models."""
    return (*_content(settings), *_home(settings.home))


def _content(settings: Settings) -> tuple[Finding, ...]:
    clinic_file = settings.home / "content" / "clinic.yml"
    try:
        release = load_release(clinic_file if clinic_file.exists() else None)
    except WellspokenError as error:
        return (Finding(what="content", ok=False, said=str(error)),)
    clinic = release.clinic
    missing = release.catalogue.missing()
    findings = [
        Finding(what="content", ok=True, said=f"{len(release.flows.flows)} flows, {len(clinic.providers)} providers"),
        Finding(
            what="words",
            ok=not missing,
            said="every text in every language" if not missing else f"{len(missing)} texts missing, first {missing[0]}",
        ),
    ]
    for site in clinic.sites:
        named = bool(site.emergency_number and site.crisis_number)
        said = "named" if named else "name emergency_number and crisis_number in clinic.yml"
        findings.append(Finding(what=f"safety numbers of {site.id}", ok=named, said=said))
    registry = ModelRegistry(folder=models_folder(settings.models))
    for language in clinic.languages:
        live = registry.live(language)
        findings.append(Finding(what=f"model {language}", ok=True, said=live or "trained at first start (seconds)"))
    findings.append(
        Finding(
            what="sentence encoder",
            ok=kit_installed(),
            said="installed" if kit_installed() else "missing, n-grams alone serve: install requirements/bare.txt",
        )
    )
    return tuple(findings)


def _home(home: Path) -> tuple[Finding, ...]:
    if not home.exists():
        return (Finding(what="home", ok=True, said=f"{home} is made at first start"),)
    mode = home.stat().st_mode
    private = not mode & _OTHERS
    writable = os.access(home, os.W_OK)
    return (
        Finding(what="home", ok=writable, said=str(home) if writable else f"{home} cannot be written to"),
        Finding(what="home is private", ok=private, said="0700" if private else f"run: chmod 700 {home}"),
    )
