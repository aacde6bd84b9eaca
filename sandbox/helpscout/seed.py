"""Who is in the Help Scout account on the first day: the support team, the customers, a few conversations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.helpscout import conversations, customers, users
from sandbox.helpscout.answers import ACCOUNT, CUSTOMERS, VENDOR, Desk
from sandbox.state import Row, State

TEAM = (
    ("Lampa", "API", "api@lampa.example", "owner"),
    ("Ana", "Horvat", "ana@lampa.example", "user"),
    ("Boris", "Novak", "boris@lampa.example", "user"),
    ("Chen", "Li", "chen@lampa.example", "user"),
    ("Dora", "Weiss", "dora@lampa.example", "admin"),
)
TICKETS = (
    (
        "maria@example.com",
        "Charged for a month I did not use",
        "Hello, could you look at my last renewal, please?",
    ),
    ("kenji@example.com", "Receipt for my accountant", "Please send me the receipt of my last payment."),
    ("fatima@example.com", "Wrong amount?", "My bank shows another amount than your page."),
)


def people(state: State, clock: Clock, contacts: Iterable[Mapping[str, Any]]) -> None:
    """Put the team, a customer for each contact's e-mail address, and the first conversations into the account."""
    desk = Desk(state, clock, "")
    with state.transaction():
        for first, last, email, role in TEAM:
            users.add(desk, first, last, email, role)
        state.put_many(VENDOR, ACCOUNT, _rows(desk, contacts))
        for email, subject, text in TICKETS:
            if customer := customers.by_email(desk, email):
                conversations.ask(desk, customer, email, subject, text)
    customers.forget_writes(state)


def _rows(desk: Desk, contacts: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield a customer for each address, once."""
    born, seen = desk.clock.timestamp(), set()
    for contact in contacts:
        address = str(contact.get("email") or "")
        if not address or address.lower() in seen:
            continue
        seen.add(address.lower())
        first, last = split(str(contact.get("name") or ""))
        one = customers.record(desk, first, last, [address])
        yield Row(CUSTOMERS, str(one["id"]), born, orjson.dumps(one), links={"email": address.lower()})


def split(name: str) -> tuple[str, str]:
    """Return a whole name as first and last name, each cut to what Help Scout takes."""
    first, _, last = name.partition(" ")
    return first[: customers.LONGEST_NAME], last[: customers.LONGEST_NAME]
