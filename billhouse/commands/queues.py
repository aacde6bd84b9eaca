"""Commands about what waits: the inbox of events and the outbox of letters."""

from typing import Annotated

import typer

from billhouse.commands.options import Json
from billhouse.house import open_house
from billhouse.output import console, print_json, print_table
from billing.store import inbox, outbox, transaction


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    events = typer.Typer(no_args_is_help=True, help="What gateways and helpdesks said has changed.")
    events.command("list")(inbox_list)
    events.command("retry")(inbox_retry)
    app.add_typer(events, name="inbox")
    letters = typer.Typer(no_args_is_help=True, help="What leaves the house after something happened.")
    letters.command("list")(outbox_list)
    letters.command("retry")(outbox_retry)
    app.add_typer(letters, name="outbox")


def inbox_list(context: typer.Context, json: Json = False) -> None:
    """List the events that nobody has attended to yet, newest first, with the last error."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        rows = inbox.standing(connection)
    if json:
        print_json(rows)
    else:
        print_table("Not attended to", rows)


def inbox_retry(
    context: typer.Context,
    entry: Annotated[int | None, typer.Argument(help="An event's id; all that failed without it.")] = None,
    json: Json = False,
) -> None:
    """Give events that failed for good a new set of tries; the worker or the next cycle takes them."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        count = inbox.retry(connection, entry)
    if json:
        print_json({"retried": count})
    else:
        console.print(f"{count} will be tried again.")


def outbox_list(context: typer.Context, json: Json = False) -> None:
    """List the letters that were not delivered, newest first, with the last error."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        rows = outbox.standing(connection)
    if json:
        print_json(rows)
    else:
        print_table("Not delivered", rows)


def outbox_retry(
    context: typer.Context,
    entry: Annotated[int | None, typer.Argument(help="A letter's id; all that failed without it.")] = None,
    json: Json = False,
) -> None:
    """Give letters that failed for good a new set of tries; the next cycle delivers them."""
    with open_house(context.obj) as house, transaction(house.engine) as connection:
        count = outbox.retry(connection, entry)
    if json:
        print_json({"retried": count})
    else:
        console.print(f"{count} will be tried again.")
