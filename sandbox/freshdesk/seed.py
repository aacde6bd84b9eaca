"""Who is in the Freshdesk account on the first day: the support team, the customers, a few tickets."""

import html
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.freshdesk import agents, contacts, fields, tickets
from sandbox.freshdesk.answers import ACCOUNT, VENDOR, Desk
from sandbox.freshdesk.app import API_USER
from sandbox.state import Row, State

TEAM = (
    ("Lampa API", API_USER),
    ("Ana Horvat", "ana@lampa.example"),
    ("Boris Novak", "boris@lampa.example"),
    ("Chen Li", "chen@lampa.example"),
    ("Dora Weiss", "dora@lampa.example"),
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


def people(state: State, clock: Clock, people: Iterable[Mapping[str, Any]]) -> None:
    """Put the team, a contact for each person's e-mail address, and the first tickets into the account."""
    desk = Desk(state, clock, "")
    with state.transaction():
        fields.install(desk)
        for name, email in TEAM:
            agents.add(desk, name, email)
        known = {str(person["email"]).strip().lower(): person for person in people if person.get("email")}
        state.put_many(VENDOR, ACCOUNT, _rows(desk, known))
        for email, subject, text in TICKETS:
            if email in known:
                tickets.add(desk, {"email": email, "subject": subject, "description": html.escape(text)})
    contacts.forget_writes(state)


def _rows(desk: Desk, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    first = desk.new_id("users", len(known))
    for id, (email, person) in enumerate(known.items(), first):
        contact = {"id": id, **contacts.blank(desk, str(person.get("name") or email), email)}
        contact["unique_external_id"] = person.get("external_id")
        yield Row(
            contacts.KIND,
            str(id),
            contacts.place(contact["name"]),
            orjson.dumps(contact),
            parent=contacts.PRESENT,
            email=email,
            links={"email": email},
        )
