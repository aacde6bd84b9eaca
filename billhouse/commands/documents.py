"""Commands about documents for customers: what was issued and why, its files, whether it is valid, and the run."""

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Annotated

import click
import typer

import invoices.run
from actions import mailing
from billhouse.commands.options import As, Json
from billhouse.house import open_house
from billhouse.output import console, print_json, print_table, progress
from billing.errors import Terminal
from billing.ids import new_action_id
from billing.money import Money
from billing.store.audit import Actor
from billing.vocabulary import Channel
from invoices import bounces, copies, einvoice, tax_sums
from invoices import register as registers
from invoices.register import Entry, State, Wanted
from invoices.run import RunReport
from invoices.snapshot import Kind
from invoices.tax_sums import Sum


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True, help="Documents for customers.")
    group.command("run")(documents_run)
    group.command("list")(documents_list)
    group.command("show")(show)
    group.command("check")(check)
    group.command("series")(series)
    group.command("taxes")(taxes)
    group.command("bounce")(bounce)
    group.command("resend")(resend)
    app.add_typer(group, name="documents")


def documents_run(context: typer.Context, json: Json = False) -> None:
    """Issue what is due for payments and refunds from the configured start on, and mail it."""
    with open_house(context.obj) as house, progress(quiet=json) as show:
        report = invoices.run.run(house.settings, house.engine, house.reader, progress=show)
    if json:
        print_json(dataclasses.asdict(report))
    else:
        _tell(report)
    if report.mails_failed:
        raise typer.Exit(1)


def _tell(report: RunReport) -> None:
    console.print(
        f"{report.documents_issued:,} documents issued, {report.mails_sent:,} mails sent, "
        f"{report.mails_failed:,} not, in {report.seconds:.1f} s."
    )
    for reason, number in sorted(report.skipped.items()):
        console.print(f"{number:,} got none: {reason}.", markup=False)
    if report.problem:
        console.print(f"[red]{report.problem}[/red]")


def documents_list(
    context: typer.Context,
    kind: Annotated[Kind | None, typer.Option(help="One kind alone.")] = None,
    entity: Annotated[str | None, typer.Option(help="One legal entity's alone.")] = None,
    state: Annotated[State | None, typer.Option(help="How its mail stands.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Issued on this UTC day or later.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 50,
    json: Json = False,
) -> None:
    """List issued documents, newest first: kind, customer, total, why, and how the mail stands."""
    wanted = Wanted(kind, entity, state, since.date() if since else None)
    with open_house(context.obj) as house:
        found = registers.entries(house.engine, wanted, limit)
        counts = registers.counts(house.engine, wanted)
    if json:
        print_json([one.as_row() for one in found])
        return
    rows = [{**one.as_row(), "total": one.amount} for one in found]
    keys = ("label", "kind", "entity", "issued_at", "customer", "total", "state", "problem", "why")
    print_table("Documents", rows, {key: key.replace("_", " ") for key in keys})
    console.print(", ".join(f"{number:,} {word}" for word, number in counts.items()))


File = Annotated[
    Path | None, typer.Option(dir_okay=False, help="Write it to this file; - for standard output.")
]


def show(
    context: typer.Context,
    label: Annotated[str, typer.Argument(help="The document's number, as INV-2026-00001.")],
    pdf: File = None,
    xml: File = None,
    ubl: File = None,
    json: Json = False,
) -> None:
    """Show a document, and write its PDF, its Factur-X XML or its UBL."""
    with open_house(context.obj) as house:
        one = registers.named(house.engine, label)
        wanted: tuple[tuple[copies.Form, Path | None], ...] = (("pdf", pdf), ("cii", xml), ("ubl", ubl))
        for form, path in wanted:
            if path is not None:
                _write(path, copies.of(house.settings, house.engine, one.id, form))
    if json:
        print_json({**one.as_row(), "snapshot": one.issued.model_dump(mode="json")})
    elif Path("-") not in (pdf, xml, ubl):
        _describe(one)


def _write(path: Path, content: bytes) -> None:
    with click.open_file(str(path), "wb") as out:
        out.write(content)


def _describe(one: Entry) -> None:
    row = one.as_row()
    facts = {
        "Kind": row["kind"].replace("_", " "),
        "Issued": row["issued_at"],
        "By": row["entity"],
        "To": f"{row['customer']}, {row['email']}",
        "Amount": one.amount,
        "For": row["charge_ref"],
        "Corrects": row["corrects_label"],
        "Why": row["why"],
        "Mail": row["state"],
        "Problem": row["problem"],
    }
    console.print(f"[bold]{one.issued.label}[/bold]")
    for name, value in facts.items():
        if value:
            console.print(f"  {name:8} {value}", markup=False)


def check(
    context: typer.Context,
    label: Annotated[
        str | None, typer.Argument(help="One document's number; all of them without it.")
    ] = None,
    json: Json = False,
) -> None:
    """Make each invoice and credit note anew and hold it against EN 16931 (XSD and schematron)."""
    checked, faults = 0, []
    with open_house(context.obj) as house, progress(quiet=json) as tell:
        for one in [registers.named(house.engine, label)] if label else registers.walk(house.engine):
            if not one.issued.kind.is_tax_document:
                continue
            checked += 1
            if found := _problems(one):
                faults.append({"label": one.issued.label, "problems": found})
            tell("documents checked", checked)
    if json:
        print_json({"checked": checked, "invalid": faults})
    else:
        for fault in faults:
            for words in fault["problems"]:
                console.print(f"{fault['label']}: {words}", markup=False)
        console.print(f"{checked:,} invoices and credit notes checked, {len(faults):,} invalid.")
    if faults:
        raise typer.Exit(1)


def _problems(one: Entry) -> list[str]:
    try:
        return einvoice.problems(einvoice.cii(one.issued))
    except Terminal as cause:
        return [str(cause)]


def series(context: typer.Context, json: Json = False) -> None:
    """Prove that every series of numbers is whole: no number is missing."""
    with open_house(context.obj) as house:
        found = registers.series(house.engine)
    if json:
        print_json([dataclasses.asdict(one) for one in found])
    else:
        print_table("Series", [{**dataclasses.asdict(one), "fault": one.fault or "no gap"} for one in found])
    if any(one.fault for one in found):
        raise typer.Exit(1)


def taxes(context: typer.Context, json: Json = False) -> None:
    """Lay the taxes of issued documents beside the marts' tax lines, per month, country, rate and currency."""
    with open_house(context.obj) as house:
        found = tax_sums.sums(house.engine, house.reader)
    if json:
        print_json([one.as_row() for one in found])
    else:
        print_table("Taxes of documents", [_as_shown(one) for one in found])
    if not all(one.is_equal for one in found):
        raise typer.Exit(1)


def _as_shown(one: Sum) -> dict[str, str | Money | None]:
    def money(minor: int) -> Money | None:
        return Money(minor, one.currency) if minor else None

    return {
        "month": one.month,
        "country": one.country,
        "rate": one.rate,
        "told by gateways": money(one.told_minor),
        "in the marts": money(one.marts_minor),
        "split by our rules": money(one.split_minor),
        "": "equal" if one.is_equal else "DIFFERENT",
    }


def bounce(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="The message as the mail server returned it; - for standard input.")
    ],
    json: Json = False,
) -> None:
    """Note a mail that came back: its document is shown as refused. For the mail server to call."""
    with click.open_file(str(file), "rb") as read:
        message = read.read()
    with open_house(context.obj) as house:
        found = bounces.record(house.engine, message)
    if json:
        print_json([dataclasses.asdict(one) for one in found])
    for one in () if json else found:
        console.print(
            f"{one.label or one.message_id} did not reach {one.email_key}: {one.reason}", markup=False
        )
    if not found and not json:
        console.print("It reports no mail that was given up, so nothing is noted.")


def resend(
    context: typer.Context,
    label: Annotated[str, typer.Argument(help="The document's number, as INV-2026-00001.")],
    reason: Annotated[str, typer.Option(help="Why; it goes on the record.")],
    actor: As,
    to: Annotated[str | None, typer.Option(help="Another address than the document's.")] = None,
    json: Json = False,
) -> None:
    """Mail a document once more, on the record, whether or not its customer wants such mail."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        address = mailing.send_again(house.engine, house.settings, label, to, reason, by, new_action_id())
    if json:
        print_json({"label": label, "to": address})
    else:
        console.print(f"{label} goes to {address} with the next run: billhouse documents run", markup=False)
