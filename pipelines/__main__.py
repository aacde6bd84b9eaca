"""`python -m pipelines run stripe --config billhouse.toml`: load one gateway's accounts, without building marts."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from billing.errors import BillhouseError
from billing.settings import load as load_settings
from billing.warehouse import writer_lock
from pipelines.run import accounts, load

app = typer.Typer(help="Load gateways into raw tables.", no_args_is_help=True)


@app.callback()
def _pipelines() -> None:
    """Load gateways into raw tables."""


@app.command()
def run(
    gateway: Annotated[str, typer.Argument(help="A gateway's name, such as stripe.")],
    config: Annotated[Path, typer.Option(help="The configuration file.")] = Path("billhouse.toml"),
) -> None:
    """Load every account of a gateway: everything the first time, then what changed."""
    try:
        settings = load_settings(config)
        with writer_lock(settings.warehouse):
            for name, account in accounts(settings, gateway):
                report = load(settings, name, account)
                typer.echo(
                    f"{name} {account.account}: {report.mode}, {report.rows_fetched} rows read, "
                    f"{report.rows_changed} changed, {report.seconds:.1f} s"
                )
    except BillhouseError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    app()
