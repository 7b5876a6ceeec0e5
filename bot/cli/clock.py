"""`wellspoken clock`: put the demo's clock forward."""

from __future__ import annotations

import sys

import click

from bot.control import call_control
from bot.durations import DurationError, duration
from bot.settings import read_settings


@click.group()
def clock() -> None:
    """The demo's clock."""


@clock.command()
@click.argument("span", metavar="DURATION")
def advance(span: str) -> None:
    """Put the running demo's clock forward by DURATION (PT10M, P1D)."""
    try:
        duration(span)
    except DurationError as error:
        raise click.BadParameter(str(error)) from error
    answer = call_control(read_settings().home, "clock.advance", {"span": span})
    if answer is None:
        click.echo("wellspoken: no demo is running in this home; start one with: wellspoken serve --demo", err=True)
        sys.exit(1)
    click.echo(str(answer["now"]))
