"""`billhouse`: every job of the house as a command. Errors end in one sentence and exit code 1."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from billhouse.commands import act, data, documents, mail, queues, run_parts, see
from billhouse.output import errors
from billing import logs
from billing.errors import BillhouseError, ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Billing support that lives in your data warehouse.",
)


@app.callback()
def choose_config(
    context: typer.Context,
    config: Annotated[Path, typer.Option(help="The configuration file.")] = Path("billhouse.toml"),
) -> None:
    """Billing support that lives in your data warehouse."""
    context.obj = config


for group in (run_parts, data, documents, mail, see, queues, act):
    group.register(app)


def run() -> None:
    """Run the command line; the exit code is 0, 1 for a failure, 2 for a wrong configuration or usage."""
    logs.set_up()
    try:
        app()
    except ConfigError as error:
        errors.print(str(error))
        sys.exit(2)
    except BillhouseError as error:
        errors.print(str(error))
        sys.exit(1)
