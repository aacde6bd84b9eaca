"""Commands that run something: demo, sandbox, worker, serve."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from billhouse import demo as demos
from billhouse import demo_config, serve, worker
from billhouse.commands.options import Json
from billhouse.house import House, open_house
from billhouse.output import console, errors, print_json, print_table, progress
from billing.money import Money
from billing.settings_helpdesks import Helpdesks
from pipelines.run import accounts


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("demo")(demo)
    app.command("sandbox", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
        sandbox
    )
    app.command("worker")(run_worker)
    app.command("serve")(run_serve)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the main job instead of serving.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed makes another company.")] = 7,
    customers: Annotated[int, typer.Option(help="How many customers the company has.", min=5)] = 200,
    folder: Annotated[Path, typer.Option(help="Where the demo lives; emptied first.")] = Path("var/demo"),
    json: Json = False,
) -> None:
    """Run the whole road on a made-up company, check it against the company's ledger, then serve the screens."""
    target = demos.empty_folder(folder.resolve())
    ports = demos.FREE_PORTS if once else demos.FIXED_PORTS
    if not json:
        errors.print(f"Making a company of {customers} customers (seed {seed}) in {folder} ...")
    with (
        demos.running_sandbox(target, seed=seed, customers=customers, ports=ports) as vendors,
        demos.demo_house(target, vendors) as house,
    ):
        with progress(quiet=json) as show:
            result = demos.main_job(house, vendors, show)
        if json:
            print_json(result)
        else:
            _show_result(result)
        if not demos.is_right(result):
            raise typer.Exit(1)
        if not once:
            _serve_demo(house, vendors)


def _show_result(result: dict[str, Any]) -> None:
    rows = [
        {
            **row,
            "ours": Money(row["ours_minor"], row["currency"]),
            "ledger": Money(row["ledger_minor"], row["currency"]),
            "equal": "yes" if row["ours_minor"] == row["ledger_minor"] else "[red]NO[/red]",
        }
        for row in result["control_totals"]
    ]
    keys = ("account", "currency", "measure", "ours", "ledger", "equal")
    print_table("Our totals beside the company's ledger", rows, {key: key for key in keys})
    for name, part in {"days": result["control_totals_by_day"], **result["finance"]}.items():
        equal = "[red]NO[/red]" if part["different"] else "yes"
        console.print(
            f"{name}: {part['compared']:,} figures compared with the company's books, equal: {equal}"
        )
        for row in part["different"]:
            console.print(f"[red]{', '.join(str(value) for value in row.values())}[/red]")
    _show_helpdesks(result["helpdesks"])
    _show_documents(result["documents"])
    _show_facts("Counts", result["counts"])
    _show_facts("The second cycle, when nothing had changed", result["second_cycle"])
    _show_facts("Seconds", result["seconds"])
    console.print(f"{result['checks']['passed']} checks passed, {result['checks']['failed']} failed.")
    for problem in result["problems"]:
        console.print(f"[red]{problem}[/red]")


def _show_helpdesks(helpdesks: Mapping[str, Any]) -> None:
    for name, part in helpdesks.items():
        equal = "[red]NO[/red]" if part["different"] else "yes"
        console.print(
            f"{name}: {part['fields_compared']:,} fields of {part['contacts_compared']:,} contacts compared with "
            f"the marts, equal: {equal}; written again by the second cycle: {part['second_cycle_writes']}"
        )
        for row in part["different"]:
            console.print(f"[red]{name}, {', '.join(str(value) for value in row.values())}[/red]")


def _show_documents(documents: Mapping[str, Any]) -> None:
    kinds = ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in documents["kinds"].items())
    gaps = f"[red]{'; '.join(documents['gaps'])}[/red]" if documents["gaps"] else "no number is missing"
    taxes = documents["taxes"]
    equal = "[red]NO[/red]" if taxes["different"] else "yes"
    console.print(
        f"documents: {kinds}; {gaps}; {taxes['compared']:,} sums of tax compared with the marts, equal: {equal}"
    )
    for row in taxes["different"]:
        console.print(f"[red]{', '.join(str(value) for value in row.values())}[/red]")


def _show_facts(title: str, facts: Mapping[str, Any]) -> None:
    rows = [{"what": name.replace("_", " "), "value": value} for name, value in facts.items()]
    print_table(f"\n{title}", rows, {"what": "", "value": ""})


def _serve_demo(house: House, vendors: demos.Vendors) -> None:
    portal = house.settings.serve
    for gateway, account in accounts(house.settings):
        target = f"http://{portal.host}:{portal.portal_port}/webhooks/{gateway}/{account.account}"
        vendors.tell("control/webhooks/target", {"account": account.account, "url": target})
    for helpdesk in Helpdesks.model_fields:
        for entry in getattr(house.settings.helpdesks, helpdesk):
            target = f"http://{portal.host}:{portal.portal_port}/helpdesks/{helpdesk}/{entry.account}"
            vendors.tell("control/webhooks/target", {"account": entry.account, "url": target})

    def announce(addresses: Mapping[str, str]) -> None:
        _announce(addresses)
        console.print(f"  {'vendors':10} {vendors.url} (the sandbox; mails at /mail/messages)")
        console.print(f"\nSign in with the password [bold]{demo_config.PASSWORD}[/bold] as")
        for email, role in demo_config.SIGN_INS.items():
            console.print(f"  {email:22} {role}")
        console.print("Look up maria@example.com, or the last four digits 4242.")

    serve.serve_all(house, announce)


def _announce(addresses: Mapping[str, str]) -> None:
    console.print("\nServing; stop with Ctrl-C. The screens need some seconds to start.")
    for name, address in addresses.items():
        console.print(f"  {name:10} {address}")


def sandbox(context: typer.Context) -> None:
    """Play the vendors: up, ledger, clock, fault. Their options: billhouse sandbox up --help."""
    command = [sys.executable, "-m", "sandbox", *(context.args or ["--help"])]
    process = subprocess.Popen(command)
    try:
        raise typer.Exit(process.wait())
    except KeyboardInterrupt:
        raise typer.Exit(process.wait()) from None
    finally:
        process.terminate()


def run_worker(context: typer.Context, json: Json = False) -> None:
    """Take in webhooks and actions within seconds, until stopped."""

    def on_run(hints: int, rows_changed: int) -> None:
        if json:
            print_json({"hints": hints, "rows_changed": rows_changed})
        else:
            console.print(f"{hints} hints taken in, {rows_changed} rows changed.")

    stop = worker.stop_on_signals()
    with open_house(context.obj) as house:
        worker.run_worker(house, stop, on_run)


def run_serve(
    context: typer.Context,
    only: Annotated[
        str | None, typer.Option(help="Run one part in this process: portal.", hidden=True)
    ] = None,
    json: Json = False,
) -> None:
    """Serve the screens, the portal, the worker and Dagster until stopped."""
    with open_house(context.obj) as house:
        if only == "portal":
            serve.serve_portal(house)
        else:
            serve.serve_all(house, print_json if json else _announce)
