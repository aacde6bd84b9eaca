"""Who is in the Zendesk account on the first day: the support team, the customers, a few tickets."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.zendesk import tickets, users
from sandbox.zendesk.answers import Desk

TEAM = (
    ("Lampa API", "api@lampa.example", "admin"),
    ("Ana Horvat", "ana@lampa.example", "agent"),
    ("Boris Novak", "boris@lampa.example", "agent"),
    ("Chen Li", "chen@lampa.example", "agent"),
    ("Dora Weiss", "dora@lampa.example", "admin"),
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
    """Put the team, an end user for each contact's e-mail address, and the first tickets into the account."""
    desk = Desk(state, clock, "")
    with state.transaction():
        team = [users.add(desk, {"name": name, "email": email, "role": role}) for name, email, role in TEAM]
        for contact in contacts:
            if contact.get("email") and users.by_email(desk, contact["email"]) is None:
                wanted = {name: contact.get(name) for name in ("name", "email", "external_id")}
                users.add(desk, {**wanted, "name": wanted["name"] or wanted["email"]})
        for email, subject, text in TICKETS:
            if requester := users.by_email(desk, email):
                wanted = {"subject": subject, "comment": {"body": text}, "requester_id": requester["id"]}
                tickets.add(desk, wanted, team[0]["id"])
    users.forget_writes(state)
