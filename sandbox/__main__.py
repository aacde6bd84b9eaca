"""The sandbox's command line: `up` serves, `ledger`, `clock` and `fault` talk to a running one."""

import json
import logging
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import httpx
import typer

app = typer.Typer(
    help="Stateful emulators of gateways, helpdesks, mail and sign-in.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Url = Annotated[str, typer.Option(help="Address of a running sandbox.")]
LOCAL = "http://127.0.0.1:12110"


@app.command()
def up(
    *,
    state: Annotated[Path, typer.Option(help="Folder that keeps the sandbox's memory.")],
    port: Annotated[int, typer.Option(help="HTTP port; 0 lets the system choose.")] = 12110,
    smtp_port: Annotated[int, typer.Option(help="SMTP port; 0 lets the system choose.")] = 12125,
    seed: Annotated[int, typer.Option(help="Decides every made-up fact.")] = 7,
    customers: Annotated[int, typer.Option(help="How many customers to make up.")] = 200,
    history: Annotated[Path | None, typer.Option(help="CSV of purchases, instead of the company.")] = None,
    only: Annotated[str | None, typer.Option(help="Make up the company at this one gateway alone.")] = None,
) -> None:
    """Start the sandbox; one JSON line on stdout says when it is ready."""
    # Late imports: the thin clients below need none of the servers.
    from sandbox import company
    from sandbox import history as purchases
    from sandbox.clock import Clock
    from sandbox.server import Sandbox
    from sandbox.state import State
    from sandbox.vendors import VENDORS
    from sandbox.zendesk import seed as zendesk_seed

    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    kept = State(state / "sandbox.sqlite")
    clock = Clock(kept)
    try:
        sandbox = Sandbox(kept, clock, port, smtp_port)
    except OSError as error:
        _say(
            f"port {port} or {smtp_port} cannot be used ({error.strerror}); choose others: --port, --smtp-port"
        )
        raise typer.Exit(1) from error
    if kept.get_setting("seeded") is None:
        if history is None:
            _say(f"making up {customers} customers from seed {seed}")
            for vendor in VENDORS:
                if only in (None, vendor.name):
                    vendor.seed(kept, clock, seed, customers)
        else:
            _say(f"loading purchases from {history} instead of the made-up company")
            purchases.load(kept, clock, history)
        with kept.transaction():
            zendesk_seed.people(kept, clock, company.contacts(kept))
            kept.set_setting("seeded", True)
    sandbox.serve()
    _say("stopped")


@app.command()
def ledger(url: Url = LOCAL) -> None:
    """Print the sandbox's own books: what every account charged, refunded and so on."""
    _print(_ask("GET", url, "ledger"))


@app.command()
def clock(
    url: Url = LOCAL,
    advance_days: Annotated[int, typer.Option(help="Move the clock forward by days.")] = 0,
    advance_seconds: Annotated[int, typer.Option(help="Move the clock forward by seconds.")] = 0,
) -> None:
    """Show the sandbox's clock, or move it forward; what falls due on the way happens."""
    if advance_days or advance_seconds:
        step = {"advance_days": advance_days, "advance_seconds": advance_seconds}
        _print(_ask("POST", url, "clock", step))
    else:
        _print(_ask("GET", url, "clock"))


@app.command()
def fault(
    *,
    url: Url = LOCAL,
    path: Annotated[
        str | None, typer.Option(help="Path to spoil, or smtp; leave out to list what is planned.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option(
            help="401, 429, 429_bare, 500, html, html_502, timeout_before, timeout_after, truncate, cut, delay."
        ),
    ] = "500",
    method: Annotated[str | None, typer.Option(help="Only this HTTP method.")] = None,
    times: Annotated[int, typer.Option(help="How many requests to spoil.")] = 1,
    skip: Annotated[int, typer.Option(help="How many requests to let through first.")] = 0,
    seconds: Annotated[float, typer.Option(help="How long to hold the request.")] = 0.0,
    clear: Annotated[bool, typer.Option("--clear", help="Forget all planned faults.")] = False,
) -> None:
    """Plan a fault, list the planned ones, or forget them."""
    if clear:
        _ask("DELETE", url, "faults").raise_for_status()
    if path is None:
        _print(_ask("GET", url, "faults"))
        return
    plan = {"path": path, "kind": kind, "method": method, "times": times, "skip": skip, "seconds": seconds}
    _print(_ask("POST", url, "faults", plan))


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Leave quietly on a signal, at whatever stage; uvicorn passes it on here after it has stopped."""
    raise SystemExit(0)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _ask(method: str, url: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    try:
        return httpx.request(method, f"{url}/control/{path}", json=body, timeout=600)
    except httpx.TransportError as error:
        _say(f"No sandbox answers at {url} ({error}). Start one: python -m sandbox up --state DIR")
        raise typer.Exit(1) from error


def _print(answer: httpx.Response) -> None:
    body: Any = answer.json()
    print(json.dumps(body, indent=2))
    if answer.is_error:
        raise typer.Exit(1)


if __name__ == "__main__":
    app(prog_name="python -m sandbox")
