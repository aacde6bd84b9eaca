"""Commands that move data: ingest, build, cycle, sync; and the documentation of the models."""

from typing import Annotated

import typer

import helpdesk_sync.engine
from billhouse import cycle as cycles
from billhouse.commands.options import Json
from billhouse.cycle import CycleReport
from billhouse.house import open_house
from billhouse.output import console, print_json, print_table, progress
from billing.warehouse import publish, writer_lock
from pipelines.build import document


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for command in (ingest, build, cycle, sync, docs):
        app.command()(command)


def ingest(
    context: typer.Context,
    gateway: Annotated[str | None, typer.Argument(help="One gateway's name; all of them without it.")] = None,
    json: Json = False,
) -> None:
    """Load what is new or changed at the gateways into raw tables."""
    report = CycleReport()
    with (
        open_house(context.obj) as house,
        progress(quiet=json) as show,
        writer_lock(house.settings.warehouse),
    ):
        cycles.ingest(house, report, show, gateway)
    _finish(report, json, f"{report.rows_changed:,} rows changed.")


def build(context: typer.Context, json: Json = False) -> None:
    """Build the models, run every check and, if all are green, publish."""
    report = CycleReport()
    with (
        open_house(context.obj) as house,
        progress(quiet=json) as show,
        writer_lock(house.settings.warehouse),
    ):
        if cycles.build_and_check(house, report, show):
            report.snapshot = publish(house.settings.warehouse)
    _finish(report, json, f"{report.checks_passed} checks passed; {report.snapshot} is published.")


def cycle(context: typer.Context, json: Json = False) -> None:
    """Load, build, check, publish, mail receipts and update helpdesks: everything once."""
    with open_house(context.obj) as house, progress(quiet=json) as show:
        report = cycles.run_cycle(house, show)
    words = (
        f"{report.rows_changed:,} rows changed; built {report.built}; {report.checks_passed} checks passed, "
        f"{report.snapshot} is published, {report.mails_sent} mails sent, "
        f"{report.contacts_synced} contacts updated."
    )
    _finish(report, json, words)


def docs(context: typer.Context, json: Json = False) -> None:
    """Write dbt's documentation of the models: every column, test and dependency."""
    with open_house(context.obj) as house, writer_lock(house.settings.warehouse):
        path = document(house.settings)
    if json:
        print_json({"path": str(path)})
    else:
        console.print(f"Open {path} in a browser.")


def sync(context: typer.Context, json: Json = False) -> None:
    """Write what changed about customers into the helpdesks."""
    with open_house(context.obj) as house, progress(quiet=json) as show:
        report = helpdesk_sync.engine.sync(house.settings, house.engine, house.reader, progress=show)
    if json:
        print_json(report)
    else:
        console.print(f"{report.contacts_seen:,} contacts seen, {report.contacts_synced:,} updated.")
    if report.failed:
        raise typer.Exit(1)


def _finish(report: CycleReport, json: bool, words: str) -> None:
    """Print a report; exit with 1 if anything failed."""
    if json:
        print_json(report.as_dict())
    elif report.is_green:
        console.print(words)
    for problem in () if json else (*report.problems, *report.checks_failed):
        console.print(f"[red]{problem}[/red]")
    for account in () if json else report.behind:
        console.print(f"{account['words']}. Its figures stay as they were then; the others are new.")
    if report.checks_failed and not json:
        console.print("The last good copy is still served. Mend the cause, then run `billhouse cycle` again.")
    if not json and report.seconds:
        print_table("Seconds", [report.seconds])
    if not report.is_green:
        raise typer.Exit(1)
