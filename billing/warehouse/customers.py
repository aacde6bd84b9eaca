"""One customer's page: everything the marts know about them, in the order an agent reads it."""

from dataclasses import dataclass, field
from typing import Any

from billing.errors import NotFound
from billing.ids import email_key
from billing.warehouse import people
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
    others: list[Row] = field(default_factory=list)
    """The same person's other customers, as the published copy knows them (`billing.warehouse.people`)."""


def page(reader: Reader, customer_ref: str, limit: int = 200) -> CustomerPage:
    """Read a customer's page; lists hold the newest `limit` rows.

    Raises:
        NotFound: no such customer in the published copy.
    """
    return CustomerPage(
        customer=customer(reader, customer_ref),
        totals=_of(reader, "customer_totals", customer_ref, "currency", limit),
        subscriptions=_of(reader, "subscriptions", customer_ref, "created_at desc", limit),
        charges=reader.rows(
            f"{_CHARGES} where customer_ref = $ref order by created_at desc, charge_ref limit {int(limit)}",
            {"ref": customer_ref},
        ),
        refunds=_of(reader, "refunds", customer_ref, "created_at desc, refund_ref", limit),
        invoices=_of(reader, "invoices", customer_ref, "created_at desc, invoice_ref", limit),
        disputes=_of(reader, "disputes", customer_ref, "created_at desc, dispute_ref", limit),
        timeline=_of(reader, "customer_timeline", customer_ref, "occurred_at desc, timeline_ref", limit),
        others=people.others(reader, customer_ref),
    )


def customer(reader: Reader, customer_ref: str) -> Row:
    """Return one customer.

    Raises:
        NotFound: no such customer in the published copy.
    """
    found = one(reader, "select * from customers where customer_ref = $ref", {"ref": customer_ref})
    if found is None:
        raise NotFound(
            f"No customer {customer_ref} in the published copy. It may be newer than the last load."
        )
    return found


def guest_page(reader: Reader, charge_ref: str, limit: int = 200) -> CustomerPage:
    """Read the page of a guest, who pays without being a customer at the gateway.

    It holds the charge and the others that give the same e-mail address at the same account: a claim, not a proof.

    Raises:
        NotFound: no such charge in the published copy.
    """
    first = charge(reader, charge_ref)
    if first["customer_ref"]:
        return page(reader, first["customer_ref"], limit)
    params = {
        "ref": charge_ref,
        "gateway": first["gateway"],
        "account": first["account"],
        "email": email_key(first["customer_email"] or ""),
    }
    wanted = f"from charges where {_GUEST}"
    inner = f"where charge_ref in (select charge_ref {wanted})"
    tail = f"order by created_at desc limit {int(limit)}"
    keys = ("gateway", "account", "created_at")
    return CustomerPage(
        customer={
            **dict.fromkeys(_CUSTOMER),
            **{key: first[key] for key in keys},
            "email": first["customer_email"],
            "name": first["customer_name"],
        },
        totals=reader.rows(f"{_GUEST_TOTALS} {wanted} group by currency order by currency", params),
        subscriptions=[],
        charges=reader.rows(f"{_CHARGES} where {_GUEST} {tail}", params),
        refunds=reader.rows(f"select * from refunds {inner} {tail}", params),  # noqa: S608 - our own text
        invoices=[],
        disputes=reader.rows(f"select * from disputes {inner} {tail}", params),  # noqa: S608 - our own text
        timeline=[],
    )


_CUSTOMER = (
    "customer_ref", "customer_id", "phone", "address_line1", "address_city", "address_postal_code",
    "address_country", "tax_id", "tax_id_type", "tax_id_status", "dashboard_url",
)  # fmt: skip

# Each charge with the whole answer to "why was I charged?", tax and coupon included.
_CHARGES = """
    select * from (
        select h.*, coalesce(e.sentence, h.explanation) as sentence, e.kind, e.is_explained
        from charges h left join charge_explanations e on e.charge_ref = h.charge_ref
    ) as explained"""

_GUEST = """customer_ref is null and gateway = $gateway and account = $account
    and (charge_ref = $ref or (lower(trim(customer_email)) = $email and $email <> ''))"""

_GUEST_TOTALS = """
    select currency, cast(sum(captured_minor) as bigint) as charged_minor,
        cast(sum(refunded_minor) as bigint) as refunded_minor,
        cast(sum(captured_minor - refunded_minor) as bigint) as lifetime_minor,
        sum(case when captured_minor > 0 then 1 else 0 end) as charge_count,
        0 as past_due_minor, 0 as open_minor,
        min(created_at) as first_charge_at, max(created_at) as last_charge_at"""


def _of(reader: Reader, mart: str, customer_ref: str, order: str, limit: int) -> list[Row]:
    query = f"select * from {mart} where customer_ref = $ref order by {order} limit {int(limit)}"  # noqa: S608 - names are ours
    return reader.rows(query, {"ref": customer_ref})


def charge(reader: Reader, charge_ref: str) -> Row:
    """Return one charge.

    Raises:
        NotFound: no such charge in the published copy.
    """
    found = one(reader, f"{_CHARGES} where charge_ref = $ref", {"ref": charge_ref})
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
    found = reader.rows(f"{_CHARGES} where charge_id = $id", {"id": charge_id})
    if len(found) != 1:
        raise NotFound(
            f"{len(found) or 'No'} charges are called {charge_id} in the published copy. "
            "Give the reference gateway:account:id, or run `billhouse cycle` to read what is new."
        )
    return found[0]
