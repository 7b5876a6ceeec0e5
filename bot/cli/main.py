"""The `wellspoken` command. Exit codes: 0 done, 1 the check failed, 2 wrong use. A traceback is a bug."""

from __future__ import annotations

import sys

import click

from bot.cli.chat import chat
from bot.cli.clock import clock
from bot.cli.conversations import conversations
from bot.cli.leave import leave
from bot.cli.nlu import nlu
from bot.cli.records import audit, db, doctor, staff, transcript
from bot.cli.safety import safety
from bot.cli.serve import serve
from bot.cli.setup import import_records, init
from bot.cli.when import when
from bot.log import configure_logging
from domain.errors import WellspokenError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wellspoken")
@click.option("--verbose", is_flag=True, help="Log what happens, by event and id.")
def cli(*, verbose: bool) -> None:
    """The conversation a clinic has with its patients, run by the clinic itself."""
    configure_logging(verbose=verbose)


for command in (
    serve,
    chat,
    clock,
    init,
    import_records,
    leave,
    nlu,
    safety,
    when,
    conversations,
    audit,
    transcript,
    staff,
    db,
    doctor,
):
    cli.add_command(command)


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
