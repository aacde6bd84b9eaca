"""A note about a customer, for colleagues: it stands in the audit log and nowhere else, and cannot be changed."""

from typing import Any

from sqlalchemy import Engine

from actions.permission import permitted
from billing.errors import NotAllowed
from billing.ids import GatewayRef
from billing.settings import Settings
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.engine import transaction

ADDED = "customer.note.added"


def note(
    engine: Engine, settings: Settings, customer: str, text: str, actor: Actor, ticket: str | None = None
) -> None:
    """Put a note about a customer (gateway:account:id) on the record. No gateway is written to.

    Raises:
        NotAllowed: the role may not, or the note is empty.
        Terminal: the reference is not one.
    """
    ref = str(GatewayRef.parse(customer.strip()))
    actor = permitted(engine, settings, "note", "customer.note.denied", actor, ref, "note")
    if not text.strip():
        raise NotAllowed("The note is empty. Nothing was recorded.")
    with transaction(engine) as connection:
        audit.record(
            connection, Entry(ADDED, actor, object_ref=ref, ticket=ticket, data={"note": text.strip()})
        )


def notes(engine: Engine, customer: str) -> list[dict[str, Any]]:
    """Return the notes about a customer, newest first: `occurred_at`, `actor`, `data["note"]`."""
    with transaction(engine) as connection:
        return audit.entries(connection, object_ref=customer, kind=ADDED)
