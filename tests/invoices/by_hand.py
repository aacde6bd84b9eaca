"""Issued documents made by hand and put into a store, for tests of what is shown of them."""

from typing import Any

from sqlalchemy import Engine, insert

from billing.store import outbox, transaction
from billing.store.tables import documents
from invoices.issue import TOPIC
from invoices.snapshot import Buyer, Category, Issued, Kind, Line, Seller, Tax


def issued(label: str, kind: Kind, **changed: Any) -> Issued:
    """A small document of the one legal entity."""
    seller = Seller(
        entity="company", name="Lampa", address=("Road 1",), country="PL", tax_id="PL5260001246",
        email="a@lampa.example", website=None,
    )  # fmt: skip
    buyer = Buyer(name="Maria", email="maria@example.com", address=(), country="PL", tax_id=None)
    line = Line(description="Pro", net_minor=100, category=Category.ZERO)
    tax = Tax(name="VAT", rate_percent="0", taxable_minor=100, tax_minor=0, category=Category.ZERO)
    said: dict[str, Any] = {
        "label": label, "kind": kind, "seller": seller, "buyer": buyer, "object_ref": f"o:{label}",
        "charge_ref": f"c:{label}", "charge_id": label, "reply_to": "s@lampa.example", "invoice_number": None,
        "is_tax_invoice": False, "paid_at": "2026-11-01T00:00:00.000000+00:00", "method": None, "currency": "EUR",
        "time_zone": "Europe/Warsaw", "lines": (line,), "taxes": (tax,),
        "net_minor": 100, "tax_minor": 0, "total_minor": 100, "paid_minor": 90, "refunded_minor": 0,
        "issued_at": "2026-11-02T10:00:00.000000+00:00", "why": "The gateway issued none.",
    }  # fmt: skip
    return Issued(**said | changed)


def keep(
    engine: Engine,
    label: str,
    kind: Kind,
    letter: str | None = "pending",
    error: str = "",
    problem: str | None = None,
    **changed: Any,
) -> int:
    """Put a document into the store with a letter that has come to some state; return its id.

    `error` is why the mail failed, `problem` why the document itself is held back.
    """
    one = issued(label, kind, **changed)
    series, _, number = label.rpartition("-")
    row = {"kind": kind, "series": series, "number": int(number), "label": label, "email": one.buyer.email}
    row |= {"object_ref": one.object_ref, "total_minor": one.paid_minor, "currency": one.currency}
    row |= {"snapshot": one.model_dump_json(), "issued_at": one.issued_at, "problem": problem}
    with transaction(engine) as connection:
        id = int(connection.execute(insert(documents).values(row).returning(documents.c.id)).scalar_one())
        if letter:
            outbox.put(connection, TOPIC, str(id), {"document_id": id})
        for parcel in outbox.pending(connection, TOPIC):
            if parcel.key == str(id) and letter == "done":
                outbox.done(connection, parcel)
            elif parcel.key == str(id) and error:
                outbox.failed(connection, parcel, error, final=letter == "failed")
    return id
