"""One customer's page: everything the marts know about them, in the order an agent reads it."""

from dataclasses import dataclass
from typing import Any

from billing.errors import NotFound
from billing.warehouse.reader import Reader, one

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Rows of the marts for one customer; money columns are `*_minor` with `currency` (ISO minor units)."""

    customer: Row
    totals: list[Row]
    subscriptions: list[Row]
    charges: list[Row]
    refunds: list[Row]
    invoices: list[Row]
    disputes: list[Row]
    timeline: list[Row]


def page(reader: Reader, customer_ref: str, limit: int = 200) -> CustomerPage:
    """Read a customer's page; lists hold the newest `limit` rows.

    Raises:
        NotFound: no such customer in the published copy.
    """
    customer = one(reader, "select * from customers where customer_ref = $ref", {"ref": customer_ref})
    if customer is None:
        raise NotFound(
            f"No customer {customer_ref} in the published copy. It may be newer than the last load."
        )
    return CustomerPage(
        customer=customer,
        totals=_of(reader, "customer_totals", customer_ref, "currency", limit),
        subscriptions=_of(reader, "subscriptions", customer_ref, "created_at desc", limit),
        charges=_of(reader, "charges", customer_ref, "created_at desc, charge_ref", limit),
        refunds=_of(reader, "refunds", customer_ref, "created_at desc, refund_ref", limit),
        invoices=_of(reader, "invoices", customer_ref, "created_at desc, invoice_ref", limit),
        disputes=_of(reader, "disputes", customer_ref, "created_at desc, dispute_ref", limit),
        timeline=_of(reader, "customer_timeline", customer_ref, "occurred_at desc, timeline_ref", limit),
    )


def _of(reader: Reader, mart: str, customer_ref: str, order: str, limit: int) -> list[Row]:
    query = f"select * from {mart} where customer_ref = $ref order by {order} limit {int(limit)}"  # noqa: S608 - names are ours
    return reader.rows(query, {"ref": customer_ref})


def charge(reader: Reader, charge_ref: str) -> Row:
    """Return one charge.

    Raises:
        NotFound: no such charge in the published copy.
    """
    found = one(reader, "select * from charges where charge_ref = $ref", {"ref": charge_ref})
    if found is None:
        raise NotFound(f"No charge {charge_ref} in the published copy. It may be newer than the last load.")
    return found


def charge_by_id(reader: Reader, charge_id: str) -> Row:
    """Return one charge by the gateway's id or by its full reference.

    Raises:
        NotFound: no such charge, or several accounts have one with this id.
    """
    if ":" in charge_id:
        return charge(reader, charge_id)
    found = reader.rows("select * from charges where charge_id = $id", {"id": charge_id})
    if len(found) != 1:
        raise NotFound(
            f"{len(found) or 'No'} charges are called {charge_id} in the published copy. "
            "Give the reference gateway:account:id, or run `billhouse cycle` to read what is new."
        )
    return found[0]
