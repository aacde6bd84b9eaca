"""Drafts -> issued documents: number, snapshot and the mail to send, in one transaction.

Numbers run in series of their own per legal entity, kind and year: INV-2026-00001, and US-R-2026-00001 where the
entity has a prefix. Issuing transactions follow one another, so numbers have no gap and no twin however many
processes issue at once and wherever one of them dies. A charge, refund or open invoice
gets one document ever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from billing import clock
from billing.store import audit, outbox, transaction
from billing.store.clocktext import to_text
from billing.store.engine import serialize
from billing.store.tables import document_series, documents
from billing.vocabulary import Channel
from invoices.due import OF_CHARGES, OF_REFUNDS
from invoices.snapshot import Draft, Issued, Kind

TOPIC = "document.mail"
ACTOR = audit.Actor("invoices", None, Channel.SYSTEM)
LETTERS = {
    Kind.INVOICE: "INV",
    Kind.RECEIPT: "R",
    Kind.BRANDED_COPY: "COPY",
    Kind.CREDIT_NOTE: "CN",
    Kind.REFUND_RECEIPT: "RR",
    Kind.PAYMENT_REQUEST: "PR",
}

Make = Callable[[Connection], Iterable[Draft]]


def issue(engine: Engine, prefixes: Mapping[str, str], drafts: Sequence[Draft]) -> list[str]:
    """Issue drafts in their order and return the new labels; what has a document already is passed over.

    Args:
        engine: the operational store.
        prefixes: legal entity -> what its numbers begin with, "" or "US"; two entities never share one.
        drafts: what to issue; all of them share one transaction.
    """
    return issue_made(engine, prefixes, lambda _connection: drafts) if drafts else []


def issue_made(engine: Engine, prefixes: Mapping[str, str], make: Make) -> list[str]:
    """Issue what `make` drafts inside the transaction, where nothing else is issued at the same time."""
    now = clock.now()
    last: dict[str, int] = {}
    labels: list[str] = []
    with transaction(engine) as connection:
        serialize(connection, "documents")
        for draft in make(connection):
            if _has_document(connection, draft):
                continue
            year = now.astimezone(ZoneInfo(draft.time_zone)).year
            series = "-".join(
                filter(None, (prefixes.get(draft.seller.entity), LETTERS[draft.kind], str(year)))
            )
            if series not in last:
                last[series] = _last(connection, series)
            last[series] += 1
            label = f"{series}-{last[series]:05d}"
            _insert(
                connection,
                series,
                last[series],
                Issued(**draft.model_dump(), label=label, issued_at=to_text(now)),
            )
            labels.append(label)
        for series, number in last.items():
            connection.execute(
                document_series.update().where(document_series.c.series == series).values(last_number=number)
            )
    return labels


def _has_document(connection: Connection, draft: Draft) -> bool:
    kinds = next((some for some in (OF_CHARGES, OF_REFUNDS) if draft.kind in some), (draft.kind,))
    query = select(documents.c.id).where(
        documents.c.object_ref == draft.object_ref, documents.c.kind.in_(kinds)
    )
    return connection.execute(query).first() is not None


def _last(connection: Connection, series: str) -> int:
    """Return the last number of a series, which is created where it is new."""
    query = select(document_series.c.last_number).where(document_series.c.series == series).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        connection.execute(document_series.insert().values(series=series, last_number=0))
    return found or 0


def _insert(connection: Connection, series: str, number: int, issued: Issued) -> None:
    """Write one document and its letter, and record both."""
    statement = documents.insert().values(
        kind=issued.kind,
        series=series,
        number=number,
        label=issued.label,
        object_ref=issued.object_ref,
        email=issued.buyer.email,
        total_minor=issued.sum_minor,
        currency=issued.currency,
        snapshot=issued.model_dump_json(),
        issued_at=issued.issued_at,
        corrects_label=issued.corrects_label,
    )
    added: int = connection.execute(statement.returning(documents.c.id)).scalar_one()
    outbox.put(connection, TOPIC, str(added), {"document_id": added, "label": issued.label})
    data = {"label": issued.label, "kind": issued.kind.value, "why": issued.why}
    audit.record(
        connection,
        audit.Entry(type="document.issued", actor=ACTOR, object_ref=issued.object_ref, data=data),
    )
