"""The `wellspoken` command. Exit codes: 0 done, 1 the check failed, 2 wrong use. A traceback is a bug."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

import click

from bot.log import configure_logging
from domain.errors import WellspokenError

_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "serve": "serve:serve",
        "chat": "chat:chat",
        "clock": "clock:clock",
        "init": "setup:init",
        "import": "setup:import_records",
        "leave": "leave:leave",
        "nlu": "nlu:nlu",
        "safety": "safety:safety",
        "when": "when:when",
        "conversations": "conversations:conversations",
        "audit": "records:audit",
        "transcript": "records:transcript",
        "staff": "records:staff",
        "db": "records:db",
        "doctor": "records:doctor",
    }
)
"""Where each command is: module in this package, and name in it."""


class Commands(click.Group):
    """Imports a command when it is asked for: some take seconds to import, and a training process needs none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        del ctx
        return sorted(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        del ctx
        if cmd_name not in _PLACES:
            return None
        module, _, name = _PLACES[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"bot.cli.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wellspoken")
@click.option("--verbose", is_flag=True, help="Log what happens, by event and id.")
def cli(*, verbose: bool) -> None:
    """The conversation a clinic has with its patients, run by the clinic itself."""
    configure_logging(verbose=verbose)


def main() -> None:
    """Run the command line; what went wrong is said in one line."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(f"wellspoken: {error.format_message()}", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except WellspokenError as error:
        click.echo(f"wellspoken: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
