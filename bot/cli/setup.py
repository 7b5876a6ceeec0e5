"""`wellspoken init | import`: a clinic of one's own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from bot.clocks import SystemClock
from bot.content.release import load_release
from bot.identifiers import fresh_id
from bot.importing import ImportReport, import_appointments, import_patients
from bot.settings import read_settings
from bot.starter import starter_clinic
from domain.errors import RefusedToStartError, WellspokenError
from storage.store import Store


@click.command()
def init() -> None:
    """Write a commented clinic.yml into the home, to be filled in."""
    target = read_settings().home / "content" / "clinic.yml"
    if target.exists():
        click.echo(f"wellspoken: {target} is there already; nothing was changed", err=True)
        sys.exit(1)
    for folder in (target.parent.parent, target.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.write_text(starter_clinic(), encoding="utf-8")
    click.echo(f"wrote {target}: fill it in, then run: wellspoken doctor")


@click.command("import")
@click.argument("kind", type=click.Choice(["patients", "appointments"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen, line by line.")
def import_records(kind: str, file: Path, *, dry_run: bool) -> None:
    """Bring in patients or appointments from a CSV FILE; all lines or none."""
    report = asyncio.run(_import(kind, file, dry_run=dry_run))
    for problem in report.problems:
        click.echo(f"{file.name}:{problem.line}: {problem.said}")
    verb = "would bring in" if dry_run else "brought in"
    good = report.good if dry_run or not report.problems else 0
    click.echo(f"{verb} {good} {kind}; {len(report.problems)} lines with problems, {report.known} known already")
    sys.exit(1 if report.problems else 0)


async def _import(kind: str, file: Path, *, dry_run: bool) -> ImportReport:
    settings = read_settings()
    try:
        text = file.read_text(encoding="utf-8-sig")  # noqa: ASYNC240  # a command of its own, nothing else is served
    except UnicodeDecodeError as error:
        raise WellspokenError(f"{file.name} is not UTF-8 text (byte {error.start}); save it as CSV UTF-8") from error
    clinic_file = settings.home / "content" / "clinic.yml"
    if not clinic_file.exists():
        raise RefusedToStartError(f"{clinic_file} is missing; run: wellspoken init")
    clinic = load_release(clinic_file).clinic
    clock = SystemClock()
    async with await Store.open(
        settings.home, clock=clock, ids=fresh_id, root_key=settings.root_key, witness=settings.witness
    ) as store:
        if kind == "patients":
            return await import_patients(text, store, clinic, now=clock.now(), new_id=fresh_id, dry_run=dry_run)
        return await import_appointments(text, store, clinic, now=clock.now(), new_id=fresh_id, dry_run=dry_run)
