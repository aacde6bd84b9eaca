"""Who is in the Intercom workspace on the first day: the customers, as users and leads, and a few conversations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.intercom import contacts, conversations
from sandbox.intercom.answers import ACCOUNT, VENDOR, Desk
from sandbox.state import Json, Row, State

_DAYS_AGO = 90
_TWICE = "kenji@example.com"  # wrote from the Messenger before he signed in: a lead beside the user
_CONVERSATIONS = (
    (
        "maria@example.com",
        "Charged for a month I did not use",
        "Hello, could you look at my last renewal, please?",
    ),
    ("kenji@example.com", "Receipt for my accountant", "Please send me the receipt of my last payment."),
    ("fatima@example.com", "Wrong amount?", "My bank shows another amount than your page."),
)


def people(state: State, clock: Clock, people: Iterable[Mapping[str, Any]]) -> None:
    """Put a contact for each person's address into the workspace, and the first conversations.

    Who has an external id is a user, everybody else in turns a user and a lead. The team is always there.
    """
    desk = Desk(state, clock)
    with state.transaction():
        state.put_many(VENDOR, ACCOUNT, (_row(contact) for contact in _contacts(desk, people)))
        for email, subject, text in _CONVERSATIONS:
            if known := contacts.by_email(desk, email):
                conversations.begin(desk, known[0], subject, text, "email")
    contacts.forget_writes(state)


def _contacts(desk: Desk, people: Iterable[Mapping[str, Any]]) -> Iterator[Json]:
    born = desk.now() - _DAYS_AGO * 86_400
    seen: set[str] = set()
    for n, person in enumerate(people):
        email = str(person.get("email") or "").strip().lower()
        if not email or email in seen:
            continue
        seen.add(email)
        roles = ["user" if person.get("external_id") or n % 2 == 0 else "lead"]
        for role in ["user", "lead"] if email == _TWICE else roles:
            contact = contacts.new(born, desk.number(contacts.KIND), role, email)
            external_id = person.get("external_id") if role == "user" else None
            yield contact | {"name": person.get("name") or email, "external_id": external_id}


def _row(contact: Json) -> Row:
    return Row(contacts.KIND, contact["id"], 0, orjson.dumps(contact), email=contact["email"])
