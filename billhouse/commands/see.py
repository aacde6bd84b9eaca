"""Commands that look: check, lookup, sql, audit, capabilities."""

import dataclasses
from collections.abc import Iterator
from enum import StrEnum
from json import dumps, loads
from pathlib import Path
from typing import IO, Annotated, Any

import click
import typer

from billhouse import capabilities as matrix
from billhouse import check as checks
from billhouse.commands.options import Json
from billhouse.house import House, open_house
from billhouse.output import console, print_json, print_table
from billing import spreadsheet
from billing.errors import Terminal
from billing.money import Money
from billing.store import audit, document_labels, transaction
from billing.warehouse import customers, lookup, people
from billing.warehouse.reader import snapshot


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("check")(check)
    app.command("lookup")(look_up)
    app.command("sql")(sql)
    app.command("capabilities")(capabilities)
    group = typer.Typer(no_args_is_help=True, help="The record of who did what and why.")
    group.command("list")(audit_list)
    group.command("verify")(audit_verify)
    group.command("export")(audit_export)
    app.add_typer(group, name="audit")


def check(context: typer.Context, json: Json = False) -> None:
    """Try every credential and say what is missing and how to mend it."""
    with open_house(context.obj) as house:
        findings = []
        for finding in checks.check(house):
            findings.append(finding)
            if not json:
                mark = "[green]ok  [/green]" if finding.is_ok else "[red]no  [/red]"
                console.print(f"{mark} {finding.part}: {finding.words}")
    if json:
        print_json([dataclasses.asdict(finding) for finding in findings])
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def look_up(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="E-mail, name, charge id, invoice number or last four digits.")],
    json: Json = False,
) -> None:
    """Find a customer and show their billing."""
    with open_house(context.obj) as house:
        matches = lookup.find(house.reader, text, documents=document_labels.reader(house.engine))
        pages = [customers.page(house.reader, m.customer_ref) for m in matches[:5] if m.customer_ref]
        as_of, published_at = snapshot(house.reader)
        guests = [
            customers.charge(house.reader, m.charge_ref)
            for m in matches
            if not m.customer_ref and m.charge_ref
        ]
    if json:
        found = [dataclasses.asdict(match) for match in matches]
        body = [dataclasses.asdict(page) for page in pages]
        print_json({"matches": found, "customers": body, "guest_charges": guests, "as_of": as_of})
        return
    if not matches:
        console.print(
            f"Nobody is found by {text!r}. Try an e-mail address, a charge id or an invoice number."
        )
        raise typer.Exit(1)
    for page in pages:
        _show(page)
    if guests:
        print_table(
            "Charges without a customer", _money_rows(guests, ("amount_minor", "refunded_minor")), _CHARGE
        )
    if len(matches) > 5:
        console.print(f"... and {len(matches) - 5} more. Be more exact.")
    console.print(f"[dim]As of {published_at:%Y-%m-%d %H:%M} UTC ({as_of})[/dim]")


_CHARGE = {
    "created_at": "when",
    "sentence": "what",
    "amount_minor": "amount",
    "refunded_minor": "refunded",
    "status": "status",
    "charge_id": "charge",
}


def _show(page: customers.CustomerPage) -> None:
    who = page.customer
    console.print(f"\n[bold]{who['name'] or who['email']}[/bold]  {who['email']}  {who['customer_ref']}")
    for other in page.others:
        console.print(
            f"Also: {other['customer_ref']}  {other['email'] or ''}  [dim]{people.how(other)}[/dim]"
        )
    print_table(
        "Totals",
        _money_rows(page.totals, ("lifetime_minor", "past_due_minor", "open_minor")),
        {"lifetime_minor": "lifetime", "past_due_minor": "past due", "open_minor": "open"},
    )
    print_table(
        "Subscriptions",
        _money_rows(page.subscriptions, ("amount_minor",)),
        {"plan_name": "plan", "amount_minor": "amount", "status": "status", "current_period_end_at": "until"},
    )
    print_table("Charges", _money_rows(page.charges, ("amount_minor", "refunded_minor")), _CHARGE)


def _money_rows(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return rows with their minor units as Money of the row's currency."""
    return [
        {**row, **{key: Money(row[key], row["currency"]) for key in keys if row[key] is not None}}
        for row in rows
    ]


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="A query over the marts, such as: select * from charges")],
    json: Json = False,
) -> None:
    """Query the published copy; it is read-only."""
    with open_house(context.obj) as house:
        rows = _query(house, query)
    if json:
        print_json(rows)
    else:
        print_table(f"{len(rows):,} rows", rows)


def _query(house: House, query: str) -> list[dict[str, Any]]:
    import duckdb
    import psycopg

    try:
        return house.reader.rows(query)
    except (duckdb.Error, psycopg.Error) as cause:
        raise Terminal(f"The query does not run: {cause}") from cause


def audit_list(
    context: typer.Context,
    object_ref: Annotated[str | None, typer.Option("--object", help="gateway:account:id")] = None,
    actor: Annotated[str | None, typer.Option(help="E-mail address of who did it.")] = None,
    limit: Annotated[int, typer.Option(help="How many entries, newest first.")] = 50,
    json: Json = False,
) -> None:
    """List who did what, when and why."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        entries = audit.entries(connection, object_ref=object_ref, actor=actor, limit=limit)
    if json:
        print_json(entries)
    else:
        keys = ("seq", "occurred_at", "actor", "role", "channel", "type", "object_ref", "reason")
        print_table("Audit log", entries, {key: key.replace("_", " ") for key in keys})


def audit_verify(context: typer.Context, json: Json = False) -> None:
    """Prove that no entry was altered, removed or reordered."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        faults = audit.verify(connection)
    if json:
        print_json({"intact": not faults, "faults": faults})
    else:
        for fault in faults or ["The audit log is intact."]:
            console.print(fault)
    if faults:
        raise typer.Exit(1)


class ExportFormat(StrEnum):
    """How the audit log leaves: a table for a spreadsheet, or one JSON object a line."""

    CSV = "csv"
    JSONL = "jsonl"


def audit_export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write it; - for standard output.")],
    kind: Annotated[ExportFormat, typer.Option("--format", help="csv or jsonl.")] = ExportFormat.JSONL,
    since: Annotated[str | None, typer.Option(help="From this UTC day or moment on, ISO 8601.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this UTC day or moment.")] = None,
    json: Json = False,
) -> None:
    """Write the audit log to a file, oldest first, with the hashes that prove it whole."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        entries = audit.walk(connection, since=since, until=until)
        with click.open_file(str(file), "w") as out:
            count = _write_csv(out, entries) if kind is ExportFormat.CSV else _write_lines(out, entries)
    if json:
        print_json({"entries": count, "file": str(file)})
    elif str(file) != "-":
        console.print(f"{count:,} entries written to {file}.")


def _write_csv(out: IO[str], entries: Iterator[dict[str, Any]]) -> int:
    count = 0
    for count, entry in enumerate(entries, 1):
        if count == 1:
            out.write(spreadsheet.line(list(entry)))
        out.write(spreadsheet.line(list(entry.values())))
    return count


def _write_lines(out: IO[str], entries: Iterator[dict[str, Any]]) -> int:
    count = 0
    for entry in entries:
        out.write(dumps({**entry, "data": loads(entry["data"])}, ensure_ascii=False) + "\n")
        count += 1
    return count


def capabilities(
    json: Json = False,
    markdown: Annotated[bool, typer.Option(help="As the page docs/capabilities.md.")] = False,
) -> None:
    """Show which gateway can do what, and why not."""
    if json:
        print_json(matrix.as_rows())
    elif markdown:
        typer.echo(matrix.as_markdown(), nl=False)
    else:
        print_table("What each gateway can do", matrix.as_rows())
        for note in matrix.notes():
            console.print(f"[dim]{note}[/dim]")
