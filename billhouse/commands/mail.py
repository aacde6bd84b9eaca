"""Commands about mail: what a customer wants to be mailed, and an address that takes mail again."""

from typing import Annotated

import typer

from actions import mailing
from billhouse.commands.options import As, Json
from billhouse.house import open_house
from billhouse.output import console, print_json
from billing.store import mail_preferences, transaction
from billing.store.audit import Actor
from billing.store.mail_preferences import Topic
from billing.vocabulary import Channel


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    group = typer.Typer(no_args_is_help=True, help="What customers are mailed.")
    group.command("preferences")(preferences)
    group.command("forgive")(forgive)
    app.add_typer(group, name="mail")


Switch = Annotated[bool | None, typer.Option(help="Whether they want these by mail.")]


def preferences(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The customer's e-mail address.")],
    receipts: Switch = None,
    refunds: Switch = None,
    reminders: Switch = None,
    notices: Switch = None,
    reason: Annotated[str | None, typer.Option(help="Why; it goes on the record.")] = None,
    actor: Annotated[
        str | None, typer.Option("--as", help="Your e-mail address, as [[people]] has it; needed to change.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what an address is mailed, or change it on the record. Documents can be fetched anyway."""
    said = {"receipts": receipts, "refunds": refunds, "reminders": reminders, "notices": notices}
    wanted = {Topic(name): is_wanted for name, is_wanted in said.items() if is_wanted is not None}
    if wanted and not (reason and actor):
        raise typer.BadParameter(
            "To change what somebody is mailed, say why with --reason and who you are with --as."
        )
    with open_house(context.obj) as house:
        if wanted and reason and actor:
            by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
            mailing.prefer(house.engine, house.settings, email, wanted, reason, by)
        with transaction(house.engine) as connection:
            standing = mail_preferences.of(connection, email)
    if json:
        print_json({"email": email, **standing})
        return
    console.print(email, markup=False)
    for topic, is_wanted in standing.items():
        console.print(f"  {topic:10} {'mailed' if is_wanted else 'not mailed'}")


def forgive(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address whose mail came back.")],
    reason: Annotated[str, typer.Option(help="Why; it goes on the record.")],
    actor: As,
    json: Json = False,
) -> None:
    """Mail an address again that was said to take no mail any more, on the record."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        dropped = mailing.forgive(house.engine, house.settings, email, reason, by)
    if json:
        print_json({"email": email, "reports_dropped": dropped})
    elif dropped:
        console.print(f"{email} is mailed again.", markup=False)
    else:
        console.print(f"No mail to {email} came back, so nothing is changed.", markup=False)
