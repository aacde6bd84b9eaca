"""Recurly's kinds of objects: which raw table each fills, where it is read, what hangs together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gateways.recurly import exact
from gateways.recurly.api import RecurlyApi
from pipelines.raw import Row

# kind -> raw table and list, all of which can be followed by `updated_at`
TABLE_OF: Mapping[str, str] = {
    "account": "accounts",
    "plan": "plans",
    "coupon": "coupons",
    "subscription": "subscriptions",
    "invoice": "invoices",
    "transaction": "transactions",
    "credit_payment": "credit_payments",
}
SITES = "sites"
TABLES = (*TABLE_OF.values(), SITES)

Target = tuple[str, str]
"""(kind, id) of an object to be read."""


@dataclass(frozen=True, slots=True)
class _Reference:
    field: str
    kind: str


# What changes along with an object: one field holds an object, a list of objects, or a list of ids.
_RELATED: Mapping[str, tuple[_Reference, ...]] = {
    "invoice": (
        _Reference("transactions", "transaction"),
        _Reference("credit_payments", "credit_payment"),
        _Reference("subscription_ids", "subscription"),
        _Reference("previous_invoice_id", "invoice"),
    ),
    "transaction": (
        _Reference("invoice", "invoice"),
        _Reference("voided_by_invoice", "invoice"),
        _Reference("original_transaction_id", "transaction"),
    ),
    "credit_payment": (
        _Reference("original_invoice", "invoice"),
        _Reference("applied_to_invoice", "invoice"),
        _Reference("refund_transaction", "transaction"),
    ),
    "subscription": (_Reference("account", "account"),),
}


def object_path(kind: str, object_id: str) -> str:
    """Return the path of one object."""
    return f"/{TABLE_OF[kind]}/{quote(object_id, safe='')}"


def related(kind: str, thing: Mapping[str, Any]) -> set[Target]:
    """Return the objects that change along with this one."""
    found: set[Target] = set()
    for reference in _RELATED.get(kind, ()):
        value = thing.get(reference.field) or ()
        for one in value if isinstance(value, list) else [value] if value else ():
            key = one if isinstance(one, str) else one.get("id")
            if key:
                found.add((reference.kind, key))
    return found


def complete(api: RecurlyApi, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
    """Read the rest of an invoice's lines, of which only the first are inside.

    Raises:
        BillhouseError: they could not be read.
    """
    if kind == "invoice" and thing.get("has_more_line_items"):
        query = {"sort": "created_at", "order": "asc"}
        inside = {line["id"] for line in thing["line_items"]}
        for page in api.pages(f"/invoices/{thing['id']}/line_items", query):
            thing["line_items"] += [line for line in page if line["id"] not in inside]
        thing["has_more_line_items"] = False
    return thing


def to_row(thing: Mapping[str, Any], *, is_deleted: bool = False) -> Row:
    """Make a row of an object, its numbers with the digits that Recurly gave them."""
    created = thing.get("created_at")
    at = int(datetime.fromisoformat(created).timestamp()) if created else None
    return Row(str(thing["id"]), at, exact.dumps(thing), is_deleted)
