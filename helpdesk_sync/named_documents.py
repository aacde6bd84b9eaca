"""A ticket's words -> the documents of ours that they name: what a customer answers to is told by its number.

Few helpdesks tell by which headers a mail answers another, each in its own way (Help Scout gives the mail's source,
Intercom its own Message-ID). The subject and the words all of them tell, and our subjects hold the number.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from billing.errors import NotFound
from billing.store import document_labels, transaction
from billing.store.document_labels import NamedDocument
from billing.warehouse import customers, lookup, matching
from billing.warehouse.customers import Row
from billing.warehouse.lookup import Match
from billing.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Named:
    """A document, whom it is about by the published copy, and its charge unless it asks for a payment."""

    document: NamedDocument
    match: Match
    charge: Row | None


def find(reader: Reader, engine: Engine, text: str) -> list[Named]:
    """Return the documents that a text names, strangers' too: whoever tells of them must see whose they are."""
    with transaction(engine) as connection:
        documents = document_labels.named(connection, matching.numbers(text))
    return [named for one in documents for named in _of(reader, one)]


def _of(reader: Reader, document: NamedDocument) -> Iterator[Named]:
    for match in lookup.by_document(reader, [document.reference])[:1]:
        yield Named(document, match, _charge(reader, match.charge_ref))


def _charge(reader: Reader, charge_ref: str | None) -> Row | None:
    try:
        return customers.charge(reader, charge_ref) if charge_ref else None
    except NotFound:  # a newer copy was published meanwhile
        return None
