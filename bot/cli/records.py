"""`wellspoken audit | transcript | staff | db | doctor`: what operators ask of a home."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import click

from bot import operations
from bot.clocks import SystemClock
from bot.control import call_control
from bot.doctor import examine
from bot.identifiers import fresh_id
from bot.settings import Settings, read_settings
from bot.transcripts import export_transcript
from domain.ids import ConversationId
from domain.staff import Role
from storage.store import Store

Work = Callable[[Store], Awaitable[Mapping[str, Any]]]


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
def verify() -> None:
    """Re-hash the stored log and compare it with its signed checkpoints."""
    report = _run("audit.verify", {}, operations.verify_audit)
    click.echo(
        f"{report['entries']} entries, {report['vouched_rows']} rows hashed anew, {report['checkpoints']} checkpoints, "
        f"{report['after_checkpoint']} entries since the last; root {report['root']}"
    )
    _finish(report)


@audit.command()
def checkpoint() -> None:
    """Sign the log as it stands."""
    made = _run("audit.checkpoint", {}, lambda store: operations.make_checkpoint(store, SystemClock()))
    click.echo(f"signed {made['size']} entries; root {made['root']}")


@click.group()
def transcript() -> None:
    """Transcripts of conversations."""


@transcript.command()
@click.argument("conversation_id")
def export(conversation_id: str) -> None:
    """Write one conversation's transcript as JSON; the look is audited."""
    out = _run(
        "transcript.export",
        {"conversation_id": conversation_id},
        lambda store: export_transcript(store, ConversationId(conversation_id), SystemClock()),
    )
    click.echo(json.dumps(out, indent=2, ensure_ascii=False))


@click.group()
def staff() -> None:
    """Staff accounts."""


@staff.command()
@click.argument("username")
@click.option("--name", "display_name", required=True, help="As patients and colleagues read it.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([role.value for role in Role]),
    help="May repeat.",
)
def add(username: str, display_name: str, roles: Sequence[str]) -> None:
    """Make an account; its password is shown once, here."""
    arguments = {"username": username, "display_name": display_name, "roles": list(roles)}
    made = _run("staff.add", arguments, lambda store: operations.add_staff(store, SystemClock(), arguments))
    click.echo(f"{made['username']}: password {made['password']} (shown once)")


@click.group()
def db() -> None:
    """The database."""


@db.command()
def check() -> None:
    """Check the file, the rules about its rows, and that every sealed value opens."""
    report = _run("db.check", {}, operations.check_store)
    click.echo(f"schema {report['schema']}, {report['sealed_values']} sealed values opened")
    _finish(report)


@db.command()
def upgrade() -> None:
    """Bring the schema up (after a backup). Opening a home does it; this says what was found."""
    report = _run("db.check", {}, operations.check_store)
    click.echo(f"schema {report['schema']}: up to date")


@click.command()
def doctor() -> None:
    """Look at settings, content, home and models, and say what is wrong and what to do."""
    findings = examine(read_settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.said}")
    sys.exit(0 if all(finding.ok for finding in findings) else 1)


def _run(name: str, arguments: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """In the serving process where there is one, else on the home itself."""
    settings = read_settings()
    answer = call_control(settings.home, name, arguments)
    return answer if answer is not None else asyncio.run(_alone(settings, work))


async def _alone(settings: Settings, work: Work) -> Mapping[str, Any]:
    async with await Store.open(
        settings.home, clock=SystemClock(), ids=fresh_id, root_key=settings.root_key, witness=settings.witness
    ) as store:
        return await work(store)


def _finish(report: Mapping[str, Any]) -> None:
    for problem in report["problems"]:
        click.echo(f"  {problem}")
    click.echo("verified" if report["ok"] else "FAILED")
    sys.exit(0 if report["ok"] else 1)
