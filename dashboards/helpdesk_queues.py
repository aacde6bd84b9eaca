"""What a helpdesk did not take or has still to be given: contacts, ticket events, notes; each with one more try."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from billing.errors import BillhouseError
from billing.store import contact_troubles, inbox, outbox, transaction
from billing.store.clocktext import from_text
from billing.store.contact_troubles import Trouble
from billing.store.outbox import TICKET_NOTE, Undelivered
from dashboards import patience
from dashboards.access import Person
from dashboards.helpdesk_accounts import PATIENCE_SECONDS
from dashboards.resources import House
from dashboards.wording import minute, safe
from helpdesk_sync import retries
from helpdesk_sync.tickets import SOURCES

LIMIT = 200
SHOWN = 20
_OUTCOME = "helpdesk_outcome"
T = TypeVar("T")

Titles = Mapping[str, str]
"""An account's name in the store -> what people call it."""


@dataclass(frozen=True, slots=True)
class Queues:
    """All that is not where it should be: at most 200 of each, newest first."""

    contacts: Sequence[Trouble]
    events: Sequence[dict[str, Any]]
    notes: Sequence[Undelivered]

    @property
    def failed(self) -> dict[str, int]:
        """Count what did not come about, by what it is."""
        return {
            "contact": len(self.contacts),
            "ticket event": sum(row["attempts"] > 0 or row["state"] == "failed" for row in self.events),
            "ticket note": sum(one.attempts > 0 or one.state == "failed" for one in self.notes),
        }

    @property
    def fresh(self) -> int:
        """Count what merely waits for its turn: the first try, or the first after somebody asked for it."""
        return len(self.contacts) + len(self.events) + len(self.notes) - sum(self.failed.values())


def read(house: House) -> Queues:
    """Return what waits and what failed."""
    with transaction(house.engine) as connection:
        events = inbox.standing(connection, limit=LIMIT, sources=SOURCES)
        return Queues(
            contact_troubles.standing(connection, LIMIT),
            sorted(
                events, key=lambda row: not row["attempts"]
            ),  # what failed comes before what is merely new
            outbox.undelivered(connection, TICKET_NOTE, LIMIT),
        )


def outcome() -> None:
    """Say once what the last retry led to."""
    is_good, words = st.session_state.pop(_OUTCOME, (True, ""))
    if words:
        (st.success if is_good else st.warning)(safe(words))


def show(house: House, person: Person, queues: Queues, titles: Titles) -> None:
    """Show each list that is not empty."""
    if queues.contacts:
        _list(
            "Contacts that were not taken", queues.contacts, lambda one: _contact(house, person, one, titles)
        )
    if queues.events:
        _list("Ticket events", queues.events, lambda row: _event(house, person, row, titles))
    if queues.notes:
        _list("Notes on tickets", queues.notes, lambda one: _note(house, person, one, titles))


def _list(title: str, rows: Sequence[T], show_row: Callable[[T], None]) -> None:
    st.markdown(f"##### {title}")
    with st.container(border=True, gap="small", key=f"card-{title.lower().replace(' ', '-')}"):
        for number, row in enumerate(rows[:SHOWN]):
            if number:
                st.divider()
            show_row(row)
        if len(rows) > SHOWN:
            more = f"at least {LIMIT - SHOWN}" if len(rows) == LIMIT else str(len(rows) - SHOWN)
            st.caption(f"And {more} more, which move up as these go.")


def _row(key: str, what: str, where: str, why: str | None, facts: str) -> bool:
    """Show one row; return whether its Retry was pressed."""
    words, button = st.columns([6, 1], vertical_alignment="center")
    reason = f"{safe(why)}  \n" if why else ""
    words.markdown(f"**{safe(what)}** {where}  \n{reason}:small[:gray[{safe(facts)}]]")
    return button.button("Retry now", key=key, width="stretch")


def _contact(house: House, person: Person, one: Trouble, titles: Titles) -> None:
    title = titles.get(one.helpdesk, one.helpdesk)
    tries = f"tried {_times(one.attempts)}, last {_at(one.tried_at)}; contact {one.contact_id}"
    if not _row(
        f"retry-contact-{one.helpdesk}-{one.contact_id}",
        one.email_key,
        f"at {safe(title)}",
        one.problem,
        tries,
    ):
        return

    def write() -> str | None:
        return retries.contact(
            house.settings, house.engine, house.reader, person.actor, one.helpdesk, one.contact_id
        )

    def ask() -> tuple[bool, str]:
        with st.spinner(f"Writing to {title}\u2026"):
            problem = patience.within(PATIENCE_SECONDS, title, write)
        if problem:
            return False, f"{title} did not take {one.email_key} this time either: {problem}"
        return True, f"{title} took {one.email_key}."

    _answer(ask)


def _event(house: House, person: Person, row: Mapping[str, Any], titles: Titles) -> None:
    name = f"{row['gateway']}:{row['account']}"
    title = titles.get(name, name)
    facts = f"heard {_at(row['received_at'])}, {_tries(row['attempts'], row['error'])}"
    where = f"at {safe(title)} {_state(row['state'], row['attempts'], row['due_at'])}"
    if _row(f"retry-event-{row['id']}", f"Ticket {row['object_id']}", where, row["error"], facts):

        def ask() -> tuple[bool, str]:
            retries.event(house.engine, person.actor, row["id"], f"{name}:{row['object_id']}")
            return True, f"Ticket {row['object_id']} of {title} is attended to next, within seconds."

        _answer(ask)


def _note(house: House, person: Person, one: Undelivered, titles: Titles) -> None:
    ticket = str(one.payload["ticket"])
    name, _, number = ticket.rpartition(":")
    title = f"Ticket {number} at {titles[name]}" if name in titles else f"Ticket {ticket}"
    facts = f"written {_at(one.created_at)} by {one.payload['actor']}, {_tries(one.attempts, one.error)}"
    where = f"{safe(one.payload['message'])} {_state(one.state, one.attempts, one.due_at)}"
    if _row(f"retry-note-{one.id}", f"{title}:", where, one.error, facts):

        def ask() -> tuple[bool, str]:
            retries.note(house.engine, person.actor, one.id, one.key.partition(":")[0], ticket)
            return True, f"{title}: the note is sent next, within seconds."

        _answer(ask)


def _answer(ask: Callable[[], tuple[bool, str]]) -> None:
    try:
        st.session_state[_OUTCOME] = ask()
    except BillhouseError as cause:
        st.session_state[_OUTCOME] = (False, str(cause))
    st.rerun()


def _state(state: str, attempts: int, due_at: str) -> str:
    if state == "failed":
        return ":red-badge[given up]"
    return f":orange-badge[next try {safe(_at(due_at))}]" if attempts else ":gray-badge[waits for its turn]"


def _tries(attempts: int, error: str | None) -> str:
    if attempts:
        return f"tried {_times(attempts)}"
    return "to be tried anew" if error else "not tried yet"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _at(text: str) -> str:
    return minute(from_text(text))
