"""What a helpdesk must be able to do for billing facts to be kept in its contacts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

Value = str | int | None
"""A field's value: text, an ISO date as text, or a whole number. None empties the field."""


class FieldKind(StrEnum):
    """What a field holds; each helpdesk has its own word for it."""

    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"


@dataclass(frozen=True, slots=True)
class Field:
    """A contact field of ours. `key` begins with billhouse_, so that nobody else's field is ever written."""

    key: str
    title: str
    kind: FieldKind
    description: str


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What a helpdesk calls a field of ours, and its word for what the field holds."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in the helpdesk who may be a customer; never a member of the support team."""

    id: str
    email: str


@dataclass(frozen=True, slots=True)
class ContactUpdate:
    """New values for our fields of one contact; the contact's other fields stay as they are."""

    contact_id: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is read of a ticket (a conversation, in some helpdesks' words) again after an event named it.

    `emails` are the requester's addresses, the primary one first; `text` is the subject and the requester's
    newest words; `is_closed` tickets take no more notes.
    """

    id: str
    contact_id: str | None
    emails: tuple[str, ...]
    text: str
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """A verified word that a requester opened a ticket or wrote to it. The body is a hint: the ticket is re-read.

    `event_id` is the same whenever the helpdesk sends this event again.
    """

    event_id: str
    type: str
    ticket_id: str


class Helpdesk(Protocol):
    """One account of one helpdesk. Nothing here moves money or writes to a customer.

    Every method tries again on passing faults, for a bounded time, and raises `Transient` when they last,
    `BadCredential` when our key is not accepted and `Refused` when the helpdesk says no.
    """

    @property
    def name(self) -> str:
        """The account's name in the store: kind and account, as "zendesk:zendesk"."""

    @property
    def title(self) -> str:
        """The helpdesk as its maker writes it, as "Help Scout"."""

    @property
    def batch(self) -> int:
        """How many contacts one `write` should be given."""

    def check(self) -> str:
        """Say in words whom the helpdesk takes us for, which proves the credentials."""

    def counterpart(self, field: Field) -> Counterpart:
        """Say as what an admin finds a field of ours there. Asks nobody."""

    def ensure_fields(self, fields: Sequence[Field]) -> list[str]:
        """Create the fields that are absent; those that are there stay as an admin has left them.

        Returns:
            A sentence for each field that only an admin can make, with what to do: until it is done nothing is
            written. [] where all fields are there now.
        """

    def contacts(self) -> Iterator[Contact]:
        """Walk all contacts that have an e-mail address; each is seen once, in no set order."""

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Write field values and wait for the helpdesk's word on each.

        Returns:
            contact id -> None where it was confirmed, else why it was not. A contact that is left out was
            not confirmed either. Writing the same values again is harmless.
        """

    def ticket(self, ticket_id: str) -> Ticket:
        """Read a ticket and who asked.

        Raises:
            NotFound: there is no such ticket (any more), or this text cannot be the id of one.
        """

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add an internal note to a ticket, once: one that holds `marker` already is left as it is.

        `text` is plain: what the helpdesk would take for HTML, Markdown or a placeholder is escaped here, never
        by the caller. It is sent once; a lost answer raises `Transient`, and the next call looks before it sends.

        Raises:
            NotFound: there is no such ticket.
            Refused: it is closed, or takes no more notes.
        """

    def close(self) -> None:
        """Close the connections."""


class KnowsAgents(Protocol):
    """A helpdesk that proves its agents also tells their addresses."""

    def agent_email(self, agent_id: str) -> str | None:
        """Return an agent's e-mail address; None for somebody who is no agent, or is gone."""
