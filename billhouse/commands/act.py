"""Commands that act on the record: refund at a gateway, say who is who."""

import dataclasses
from typing import Annotated

import typer

from actions import linking
from actions.commands import RefundCharge
from actions.service import perform
from actions.wiring import adapters
from billhouse.commands.options import As, Json
from billhouse.house import open_house
from billhouse.output import console, print_json
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.store.audit import Actor
from billing.store.people import Kind, Statement
from billing.vocabulary import REFUND_REASONS, ActionStatus, Channel
from billing.warehouse import customers
from billing.warehouse.reader import snapshot


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("refund")(refund)
    app.command("link")(link)
    app.command("unlink")(unlink)


def refund(
    context: typer.Context,
    charge: Annotated[str, typer.Argument(help="The charge's id, or gateway:account:id.")],
    reason: Annotated[str, typer.Option(help=f"One of: {', '.join(REFUND_REASONS)}.")],
    actor: As,
    amount: Annotated[
        str | None, typer.Option(help="How much, in the charge's currency; all that is left without it.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="More about why, in your words.")] = None,
    ticket: Annotated[str | None, typer.Option(help="The ticket that asked for it.")] = None,
    action_id: Annotated[
        str | None, typer.Option(help="Give the id of an earlier try to make sure that it happens once.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Refund a charge in full or in part, once, on the record."""
    with open_house(context.obj) as house:
        row = customers.charge_by_id(house.reader, charge)
        currency = row["currency"]
        money = Money.parse(amount, currency) if amount is not None else None
        shown = money or Money(row["refundable_minor"], currency)
        if not yes and not json:
            card = f"{row['method_brand'] or row['method_type']} {row['method_last4'] or ''}".strip()
            console.print(f"{shown} of {row['explanation']} goes back to {card} through {row['account']}.")
            typer.confirm(f"Refund {shown}?", abort=True)
        result = perform(
            house.engine,
            house.settings,
            adapters(house.settings),
            RefundCharge(
                action_id=action_id or new_action_id(),
                charge=GatewayRef.parse(row["charge_ref"]),
                amount=money,
                reason=reason,
                note=note,
                ticket=ticket,
                # Without an amount, what was confirmed is all that the screen showed.
                seen_refundable=shown if money is None else None,
                snapshot=snapshot(house.reader)[0],
            ),
            Actor(actor, house.settings.role_of(actor), Channel.CLI),
        )
    if json:
        print_json(result)
    else:
        console.print(result.message)
    if result.status not in (ActionStatus.SUCCEEDED, ActionStatus.PENDING):
        raise typer.Exit(1)


Customer = Annotated[str, typer.Argument(help="A customer, gateway:account:id.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on the record.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take back what was last said about the two.")]


def link(
    context: typer.Context,
    a: Customer,
    b: Customer,
    reason: Reason,
    actor: As,
    undo: Undo = False,
    json: Json = False,
) -> None:
    """Say that two customers are one person, on the record."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        if undo:
            said = linking.undo(house.engine, house.settings, a, b, reason, by)
        else:
            said = linking.link(house.engine, house.settings, house.reader, a, b, reason, by)
    _tell(said, undo, json)


def unlink(
    context: typer.Context,
    a: Customer,
    b: Customer,
    reason: Reason,
    actor: As,
    undo: Undo = False,
    json: Json = False,
) -> None:
    """Say that customer B is somebody else than A, whatever address they share, on the record."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        if undo:
            said = linking.undo(house.engine, house.settings, a, b, reason, by)
        else:
            said = linking.unlink(house.engine, house.settings, house.reader, a, b, reason, by)
    _tell(said, undo, json)


def _tell(said: Statement, undone: bool, json: bool) -> None:
    if json:
        print_json(dataclasses.asdict(said))
    elif undone:
        console.print(f"Taken back: the {said.kind} of {said.a} and {said.b}. The next cycle shows it.")
    elif said.kind is Kind.LINK:
        console.print(f"{said.a} and {said.b} are one person. The next cycle shows it.")
    else:
        console.print(f"{said.b} is somebody else than {said.a}. The next cycle shows it.")
