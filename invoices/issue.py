"""Drafts -> issued documents: number, snapshot and the mail to send, in one transaction.

The row of the series is locked for the length of the transaction, so numbers have no gap and no twin however
many processes issue at once and wherever one of them dies. A charge gets one receipt, ever.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from billing import clock
from billing.store import audit, outbox, transaction
from billing.store.clocktext import to_text
from billing.store.tables import document_series, documents
from billing.vocabulary import Channel
from invoices.snapshot import Draft, Receipt

TOPIC = "document.mail"
ACTOR = audit.Actor("invoices", None, Channel.SYSTEM)


def issue(engine: Engine, series: str, drafts: Sequence[Draft]) -> list[str]:
    """Issue drafts in their order and return the new labels; charges that have a receipt are passed over.

    Args:
        engine: the operational store.
        series: the prefix of the numbers; they start again each year, as R-2026-00001.
        drafts: what to issue; all of them share one transaction.
    """
    if not drafts:
        return []
    now = clock.now()
    year = now.astimezone(ZoneInfo(drafts[0].time_zone)).year
    name = f"{series}-{year}"
    labels: list[str] = []
    with transaction(engine) as connection:
        last = _lock(connection, name)
        for draft in drafts:
            number = last + 1
            receipt = Receipt(**draft.model_dump(), label=f"{name}-{number:05d}", issued_at=to_text(now))
            if _insert(connection, name, number, receipt):
                last = number
                labels.append(receipt.label)
        connection.execute(
            document_series.update().where(document_series.c.series == name).values(last_number=last)
        )
    return labels


def _lock(connection: Connection, name: str) -> int:
    """Lock a series, creating it where needed, and return its last number."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(document_series).values(series=name, last_number=0).on_conflict_do_nothing())
    query = select(document_series.c.last_number).where(document_series.c.series == name).with_for_update()
    return connection.execute(query).scalar_one()


def _insert(connection: Connection, series: str, number: int, receipt: Receipt) -> bool:
    """Write one document and its mail; return False when the charge has a receipt already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(documents).values(
        kind=receipt.kind,
        series=series,
        number=number,
        label=receipt.label,
        object_ref=receipt.charge_ref,
        email=receipt.buyer.email,
        total_minor=receipt.paid_minor,
        currency=receipt.currency,
        snapshot=receipt.model_dump_json(),
        issued_at=receipt.issued_at,
    )
    added = connection.execute(
        statement.on_conflict_do_nothing(index_elements=["kind", "object_ref"]).returning(documents.c.id)
    ).scalar()
    if added is None:
        return False
    outbox.put(connection, TOPIC, str(added), {"document_id": added, "label": receipt.label})
    audit.record(
        connection,
        audit.Entry(
            type="document.issued", actor=ACTOR, object_ref=receipt.charge_ref, data={"label": receipt.label}
        ),
    )
    return True
