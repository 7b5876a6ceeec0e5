"""`wellspoken conversations test`: golden conversations, played and compared word for word."""

from __future__ import annotations

import asyncio
import difflib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bot.composition import engine_for_settings
from bot.content.release import load_release
from bot.golden import Difference, Replayed, replay, set_stage
from bot.settings import read_settings


@click.group()
def conversations() -> None:
    """Golden conversations."""


@conversations.command("test")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--update", is_flag=True, help="Rewrite the files as they went; read them before you commit.")
def test(paths: Sequence[Path], *, update: bool) -> None:
    """Play the conversations in PATHS (files or folders)."""
    if update and os.environ.get("CI"):
        raise click.UsageError("--update is not for CI: golden files change where someone reads them")
    files = sorted({file for path in paths for file in ([path] if path.is_file() else path.rglob("*.yml"))})
    if not files:
        raise click.UsageError(f"no conversation (*.yml) in {', '.join(map(str, paths))}")
    sys.exit(asyncio.run(_test(files, update=update)))


async def _test(files: Sequence[Path], *, update: bool) -> int:
    release = load_release()
    engine = engine_for_settings(release, read_settings())
    failed = 0
    with tempfile.TemporaryDirectory(prefix="wellspoken-") as folder:
        stage = await set_stage(release, engine, Path(folder))
        for file in files:
            played = await replay(file, stage)
            if update:
                file.write_text(played.as_played, encoding="utf-8")
            elif played.differences:
                failed += 1
            _report(played, update=update)
    click.echo(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _report(played: Replayed, *, update: bool) -> None:
    changed = bool(played.differences)
    mark = ("updated" if changed else "same") if update else ("FAILED" if changed else "ok")
    click.echo(f"{mark:8} {played.file}: {played.title}")
    if not update:
        for difference in played.differences:
            click.echo(as_diff(difference))


def as_diff(difference: Difference) -> str:
    """One difference, line by line."""
    lines = difflib.unified_diff(
        difference.expected.splitlines(), difference.found.splitlines(), "expected", "played", lineterm="", n=1
    )
    return "\n".join((f"  {difference.file}:{difference.line} {difference.said}", *(f"    {line}" for line in lines)))
