"""Commands that act on the record: every verb at a gateway, approvals, and who is who."""

import dataclasses
from typing import Annotated, Any

import typer

from actions import acts, approvals, linking, noting
from actions.acts import Act
from actions.commands import Command
from actions.outcomes import ActionResult
from actions.service import perform
from actions.wiring import desk
from billhouse.commands.options import As, Json
from billhouse.house import House, open_house
from billhouse.output import console, print_json, print_table
from billing.errors import Terminal
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.store.audit import Actor
from billing.store.people import Kind, Statement
from billing.verbs import FACTS, REASONS, Verb
from billing.vocabulary import ActionStatus, Channel
from billing.warehouse import customers
from billing.warehouse.reader import snapshot

DONE = (ActionStatus.SUCCEEDED, ActionStatus.PENDING, ActionStatus.AWAITING_APPROVAL)


def register(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("refund")(refund)
    app.command("act")(act)
    group = typer.Typer(no_args_is_help=True, help="What waits for a second person.")
    group.command("list")(approvals_list)
    group.command("approve")(approve)
    group.command("decline")(decline)
    app.add_typer(group, name="approvals")
    app.command("note")(note)
    app.command("link")(link)
    app.command("unlink")(unlink)


Note = Annotated[str | None, typer.Option(help="More about why, in your words.")]
Ticket = Annotated[str | None, typer.Option(help="The ticket that asked for it, helpdesk:account:id.")]
ActionId = Annotated[
    str | None, typer.Option(help="Give the id of an earlier try to make sure that it happens once.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Reason = Annotated[str, typer.Option(help=f"One of: {', '.join(REASONS)}.")]


def refund(
    context: typer.Context,
    charge: Annotated[str, typer.Argument(help="The charge's id, or gateway:account:id.")],
    reason: Reason,
    actor: As,
    amount: Annotated[
        str | None, typer.Option(help="How much, in the charge's currency; all that is left without it.")
    ] = None,
    note: Note = None,
    ticket: Ticket = None,
    action_id: ActionId = None,
    yes: Yes = False,
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
        command = Command(
            action_id=action_id or new_action_id(),
            target=GatewayRef.parse(row["charge_ref"]),
            act=acts.Refund(amount=money),
            reason=reason,
            note=note,
            ticket=ticket,
            # Without an amount, what was confirmed is all that the screen showed.
            seen=shown if money is None else None,
            snapshot=snapshot(house.reader)[0],
        )
        result = _carry_out(house, command, actor)
    _show(result, json)


def act(
    context: typer.Context,
    verb: Annotated[Verb, typer.Argument(help="What to do; `billhouse capabilities` explains each.")],
    target: Annotated[str, typer.Argument(help="The object, gateway:account:id.")],
    reason: Reason,
    actor: As,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help='What the verb needs, as key=value: amount="20.00 EUR", at_period_end=true.'
        ),
    ] = None,
    note: Note = None,
    ticket: Ticket = None,
    action_id: ActionId = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Do one thing at a gateway, once, on the record."""
    asked = _act(verb, values or [])
    ref = GatewayRef.parse(target)
    if not yes and not json:
        typer.confirm(f"{FACTS[verb].title}: {target}?", abort=True)
    with open_house(context.obj) as house:
        command = Command(
            action_id or new_action_id(), ref, asked, reason, note, ticket, None, snapshot(house.reader)[0]
        )
        result = _carry_out(house, command, actor)
    _show(result, json)


def _act(verb: Verb, values: list[str]) -> Act:
    """Read key=value pairs into the verb's act; "address.city=Berlin" reaches into a part of it.

    Raises:
        Terminal: a pair is not of that form, or not what the verb takes; says what it takes.
    """
    wanted: dict[str, Any] = {"verb": verb.value}
    for pair in values:
        key, is_pair, value = pair.partition("=")
        if not is_pair:
            raise Terminal(f"{pair!r} is not key=value.")
        *path, last = key.split(".")
        place = wanted
        for part in path:
            place = place.setdefault(part, {})
        place[last] = _money(value) if last == "amount" else value
    return acts.parse(wanted)


def _money(text: str) -> Money:
    figure, _, currency = text.strip().rpartition(" ")
    if not figure:
        raise Terminal(f'{text!r} has no currency. Write amount="20.00 EUR".')
    return Money.parse(figure, currency)


def _carry_out(house: House, command: Command, actor: str) -> ActionResult:
    by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
    return perform(desk(house.settings, house.engine), command, by)


def _show(result: ActionResult, json: bool) -> None:
    if json:
        print_json(dataclasses.asdict(result))
    else:
        console.print(result.message)
        if result.url:
            console.print(result.url)
        if result.status is ActionStatus.AWAITING_APPROVAL:
            console.print(
                f"Another person may release it: billhouse approvals approve {result.action_id} --as ..."
            )
    if result.status not in DONE:
        raise typer.Exit(1)


def approvals_list(context: typer.Context, json: Json = False) -> None:
    """List what waits for approval, oldest first."""
    with open_house(context.obj) as house:
        rows = [
            {
                "action_id": one.action_id,
                "asked_at": one.requested_at,
                "by": one.actor.name,
                "what": FACTS[one.verb].title,
                "object": str(one.target),
                "amount": one.amount,
                "reason": one.reason,
                "expires_at": one.expires_at,
            }
            for one in approvals.waiting(house.engine)
        ]
    if json:
        print_json(rows)
    else:
        print_table("Waiting for approval", rows)


def approve(context: typer.Context, action_id: str, actor: As, json: Json = False) -> None:
    """Release what somebody else asked for; it is carried out at once."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        result = approvals.approve(desk(house.settings, house.engine), action_id, by)
    _show(result, json)


def decline(
    context: typer.Context,
    action_id: str,
    why: Annotated[str, typer.Option(help="What whoever asked should know.")],
    actor: As,
    json: Json = False,
) -> None:
    """Say no to what waits, or withdraw what you asked for."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        result = approvals.decline(desk(house.settings, house.engine), action_id, by, why)
    if json:
        print_json(dataclasses.asdict(result))
    else:
        console.print(result.message)


def note(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(help="The customer, gateway:account:id.")],
    text: Annotated[str, typer.Argument(help="What colleagues should know.")],
    actor: As,
    ticket: Ticket = None,
    json: Json = False,
) -> None:
    """Put a note about a customer on the record, for colleagues."""
    with open_house(context.obj) as house:
        by = Actor(actor, house.settings.role_of(actor), Channel.CLI)
        noting.note(house.engine, house.settings, customer, text, by, ticket)
    if json:
        print_json({"customer": customer, "note": text})
    else:
        console.print("The note is on record.")


Customer = Annotated[str, typer.Argument(help="A customer, gateway:account:id.")]
Why = Annotated[str, typer.Option(help="Why; it goes on the record.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take back what was last said about the two.")]


def link(
    context: typer.Context,
    a: Customer,
    b: Customer,
    reason: Why,
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
    reason: Why,
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
