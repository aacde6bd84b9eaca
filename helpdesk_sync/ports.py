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
class Contact:
    """A person in the helpdesk who may be a customer; never a member of the support team."""

    id: str
    email: str


@dataclass(frozen=True, slots=True)
class ContactUpdate:
    """New values for our fields of one contact; the contact's other fields stay as they are."""

    contact_id: str
    values: Mapping[str, Value]


class Helpdesk(Protocol):
    """One account of one helpdesk. Nothing here moves money or writes to a customer.

    Every method tries again on passing faults, for a bounded time, and raises `Transient` when they last,
    `BadCredential` when our key is not accepted and `Refused` when the helpdesk says no.
    """

    @property
    def name(self) -> str:
        """The account's name in the store: kind and account, as "zendesk:zendesk"."""

    @property
    def batch(self) -> int:
        """How many contacts one `write` should be given."""

    def check(self) -> str:
        """Say in words whom the helpdesk takes us for, which proves the credentials."""

    def ensure_fields(self, fields: Sequence[Field]) -> None:
        """Create the fields that are absent; those that are there stay as an admin has left them."""

    def contacts(self) -> Iterator[Contact]:
        """Walk all contacts that have an e-mail address; each is seen once, in no set order."""

    def write(self, updates: Sequence[ContactUpdate]) -> dict[str, str | None]:
        """Write field values and wait for the helpdesk's word on each.

        Returns:
            contact id -> None where it was confirmed, else why it was not. A contact that is left out was
            not confirmed either. Writing the same values again is harmless.
        """

    def note(self, ticket_id: str, marker: str, text: str) -> None:
        """Add an internal note to a ticket, once: one that holds `marker` already is left as it is.

        It is sent once; a lost answer raises `Transient`, and the next call looks before it sends again.
        """

    def close(self) -> None:
        """Close the connections."""
