"""Once more, because a person asked for it: each retry stands in the audit log with who asked. Moves no money."""

from sqlalchemy import Engine

from billing.errors import BillhouseError, NotFound
from billing.settings import Settings
from billing.store import audit, inbox, outbox, transaction
from billing.store.audit import Actor, Entry
from billing.warehouse.reader import Reader
from helpdesk_sync import engine as sync

TAKEN = "taken"


def event(engine: Engine, actor: Actor, hint_id: int, object_ref: str) -> None:
    """Let a ticket's event be attended to at once; `object_ref` is the ticket's, helpdesk:account:id.

    Raises:
        NotFound: it was attended to meanwhile.
    """
    with transaction(engine) as connection:
        if not inbox.retry(connection, hint_id):
            raise NotFound("The event was attended to meanwhile.")
        data = {"inbox_id": hint_id}
        audit.record(connection, Entry("helpdesk.event.retried", actor, object_ref=object_ref, data=data))


def note(engine: Engine, actor: Actor, parcel_id: int, action_id: str, ticket: str) -> None:
    """Let the note on an action be delivered at once to its ticket.

    Raises:
        NotFound: it was delivered meanwhile.
    """
    with transaction(engine) as connection:
        if not outbox.retry(connection, parcel_id):
            raise NotFound("The note was delivered meanwhile.")
        data = {"outbox_id": parcel_id}
        entry = Entry("helpdesk.note.retried", actor, action_id=action_id, ticket=ticket, data=data)
        audit.record(connection, entry)


def contact(
    settings: Settings, engine: Engine, reader: Reader, actor: Actor, name: str, contact_id: str
) -> str | None:
    """Write a contact of the account `name` again, now; return why the helpdesk did not take it, if so.

    Raises:
        NotFound, Terminal, Transient, Refused: as `engine.again` does; that is on record as well.
    """
    try:
        trouble = sync.again(settings, engine, reader, name, contact_id)
    except BillhouseError as cause:
        _contact_was_tried(engine, actor, name, contact_id, str(cause))
        raise
    _contact_was_tried(engine, actor, name, contact_id, trouble or TAKEN)
    return trouble


def _contact_was_tried(engine: Engine, actor: Actor, name: str, contact_id: str, outcome: str) -> None:
    object_ref = f"{name}:{contact_id}"
    with transaction(engine) as connection:
        entry = Entry("helpdesk.contact.retried", actor, object_ref=object_ref, data={"outcome": outcome})
        audit.record(connection, entry)
