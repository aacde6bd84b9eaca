"""Who is in the Front company on the first day: the support team, the customers, a few conversations.

No custom field: those are for the administrator to make.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from sandbox.clock import Clock
from sandbox.front import contacts, conversations, teammates
from sandbox.front.answers import ACCOUNT, VENDOR, Desk, numbered
from sandbox.state import Row, State

TICKETS = (
    (
        "maria@example.com",
        "Charged for a month I did not use",
        "Hello, could you look at my last renewal, please?",
    ),
    ("kenji@example.com", "Receipt for my accountant", "Please send me the receipt of my last payment."),
    ("fatima@example.com", "Wrong amount?", "My bank shows another amount than your page."),
)


def people(state: State, clock: Clock, wanted: Iterable[Mapping[str, Any]]) -> None:
    """Put the team, a contact for each person's e-mail address, and the first conversations into the company."""
    desk = Desk(state, clock)
    with state.transaction():
        teammates.hire(desk)
        rows = list(_rows(desk, wanted))
        state.put_many(VENDOR, ACCOUNT, rows)
        state.execute("insert into counters values (?, ?)", (f"front.{contacts.KIND}", len(rows)))
        for email, subject, text in TICKETS:
            if contacts.by_email(desk, email):
                conversations.receive(desk, email, subject, text)
    contacts.forget_writes(state)


def _rows(desk: Desk, wanted: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Return the contacts to store; a handle is on one contact at most."""
    now, seen = desk.now(), set()
    for person in wanted:
        email = person.get("email") or ""
        key = email.strip().lower()
        if not key or key in seen:
            continue
        seen.add(key)
        contact = contacts.blank(numbered("crd", len(seen)), email, person.get("name") or email, now)
        yield Row(contacts.KIND, contact["id"], 0, orjson.dumps(contact), links={"email": key})
