"""What billing context each ticket was last given, so that a reply is answered with a note only when it changed."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, select

from billing.store.clocktext import now_text
from billing.store.tables import ticket_contexts


@dataclass(frozen=True, slots=True)
class Given:
    """The last context of a ticket: the hash of what it said, and the chain of all that were given before it."""

    content_hash: str = ""
    chain: str = ""

    def then(self, content_hash: str) -> "Given":
        """Return what follows when a context is given next.

        The chain tells a context that came back from its first time, and is the same however often it is computed.
        """
        chain = hashlib.sha256(f"{self.chain} {content_hash}".encode()).hexdigest()
        return Given(content_hash, chain)


def last(connection: Connection, helpdesk: str, ticket_id: str) -> Given:
    """Return a ticket's last context; an empty one when it was given none."""
    row = connection.execute(
        select(ticket_contexts.c.content_hash, ticket_contexts.c.chain).where(
            ticket_contexts.c.helpdesk == helpdesk, ticket_contexts.c.ticket_id == ticket_id
        )
    ).first()
    return Given(row.content_hash, row.chain) if row else Given()


def remember(connection: Connection, helpdesk: str, ticket_id: str, given: Given) -> None:
    """Keep a context whose note the helpdesk confirmed."""
    values = {"content_hash": given.content_hash, "chain": given.chain, "noted_at": now_text()}
    known = connection.execute(
        ticket_contexts.update()
        .where(ticket_contexts.c.helpdesk == helpdesk, ticket_contexts.c.ticket_id == ticket_id)
        .values(values)
    )
    if known.rowcount == 0:
        connection.execute(ticket_contexts.insert().values(helpdesk=helpdesk, ticket_id=ticket_id, **values))
