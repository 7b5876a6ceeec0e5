"""`wellspoken leave`: days a provider is away, entered by staff beside what clinic.yml says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import click

from bot import leave_operations
from bot.clocks import SystemClock
from bot.content.clinic_facts import load_clinic
from bot.content.release import CLINIC_FILE
from bot.control import call_control
from bot.identifiers import fresh_id
from bot.settings import Settings, read_settings
from domain.clinic import Clinic
from domain.errors import RefusedToStartError
from storage.store import Store

Work = Callable[[Store, Clinic], Awaitable[Mapping[str, Any]]]


@click.group()
def leave() -> None:
    """Days a provider is away."""


@leave.command()
@click.argument("provider")
@click.option("--from", "first", metavar="DATE", required=True, help="First day away, such as 2026-12-24.")
@click.option("--to", "last", metavar="DATE", required=True, help="Last day away.")
def add(provider: str, first: str, last: str) -> None:
    """Put a PROVIDER (an id of clinic.yml) on leave; visits booked in that time are listed, not moved."""
    arguments = {"provider": provider, "from": first, "to": last}
    kept = _run(
        "leave.add",
        arguments,
        lambda store, clinic: leave_operations.add_leave(store, clinic, SystemClock(), arguments),
    )
    click.echo(f"{kept['provider']} is away from {kept['from']} to {kept['to']}")
    for visit in kept["visits"]:
        click.echo(f"  still booked: {visit['starts_at']} (visit {visit['id']})")
    if kept["visits"]:
        click.echo(f"{len(kept['visits'])} visits stay booked; these patients were not told: move them")


@leave.command()
@click.argument("provider")
@click.option("--from", "first", metavar="DATE", required=True, help="First day, as it was entered.")
@click.option("--to", "last", metavar="DATE", required=True, help="Last day, as it was entered.")
def remove(provider: str, first: str, last: str) -> None:
    """Take back leave of a PROVIDER that was entered with exactly these days."""
    arguments = {"provider": provider, "from": first, "to": last}
    gone = _run(
        "leave.remove",
        arguments,
        lambda store, clinic: leave_operations.remove_leave(store, clinic, SystemClock(), arguments),
    )
    click.echo(f"{gone['provider']} is no longer away from {gone['from']} to {gone['to']}")


@leave.command("list")
def list_() -> None:
    """Who is away from today on."""
    found = _run("leave.list", {}, lambda store, clinic: leave_operations.list_leave(store, clinic, SystemClock()))
    for entry in found["entered"]:
        click.echo(f"{entry['provider']} {entry['from']} to {entry['to']}")
    for entry in found["facts"]:
        click.echo(f"{entry['provider']} {entry['from']} to {entry['to']} (clinic.yml)")
    if not found["entered"] and not found["facts"]:
        click.echo("nobody is away")


def _run(name: str, arguments: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """In the serving process where there is one, else on the home itself."""
    settings = read_settings()
    answer = call_control(settings.home, name, arguments)
    return answer if answer is not None else asyncio.run(_alone(settings, work))


async def _alone(settings: Settings, work: Work) -> Mapping[str, Any]:
    clinic_file = settings.home / "content" / CLINIC_FILE
    if not clinic_file.exists():
        raise RefusedToStartError(f"{clinic_file} is missing; run: wellspoken init")
    clinic = load_clinic(clinic_file)
    async with await Store.open(
        settings.home, clock=SystemClock(), ids=fresh_id, root_key=settings.root_key, witness=settings.witness
    ) as store:
        return await work(store, clinic)
