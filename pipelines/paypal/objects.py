"""PayPal's kinds of objects: which raw table each fills, where it is read, in which states it may still change.

The only place that knows PayPal's paths for single objects, and what a line of a report is about.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from pipelines.raw import Row

Thing = dict[str, Any]
Target = tuple[str, str]
"""(kind, id) of an object to be read."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object. In `living` states it may change untold; `related` names what changes with it."""

    kind: str
    table: str
    path: str
    living: tuple[str, ...] = ()
    related: Callable[[Thing], Iterable[Target]] = lambda _thing: ()
    key: str = "id"


def _of_capture(thing: Thing) -> Iterator[Target]:
    ids = (thing.get("supplementary_data") or {}).get("related_ids") or {}
    yield from ((kind, ids[f"{kind}_id"]) for kind in ("order", "authorization") if ids.get(f"{kind}_id"))


def _of_refund(thing: Thing) -> Iterator[Target]:
    """A refund names its capture in a link alone."""
    for link in thing.get("links", ()):
        if link.get("rel") == "up" and "/captures/" in link["href"]:
            yield "capture", link["href"].rpartition("/captures/")[2].partition("?")[0]


def _of_order(thing: Thing) -> Iterator[Target]:
    for unit in thing.get("purchase_units", ()):
        payments = unit.get("payments") or {}
        for kind in ("capture", "authorization", "refund"):
            yield from ((kind, one["id"]) for one in payments.get(f"{kind}s", ()))


def _of_dispute(thing: Thing) -> Iterator[Target]:
    for one in thing.get("disputed_transactions", ()):
        if one.get("seller_transaction_id"):
            yield "capture", one["seller_transaction_id"]


def _of_invoice(thing: Thing) -> Iterator[Target]:
    for name, kind, key in (("payments", "capture", "payment_id"), ("refunds", "refund", "refund_id")):
        for one in (thing.get(name) or {}).get("transactions", ()):
            if one.get("type") == "PAYPAL" and one.get(key):
                yield kind, one[key]


RESOURCES = (
    Resource("capture", "captures", "/v2/payments/captures", ("PENDING",), _of_capture),
    Resource("refund", "refunds", "/v2/payments/refunds", ("PENDING",), _of_refund),
    Resource(
        "authorization",
        "authorizations",
        "/v2/payments/authorizations",
        ("CREATED", "PENDING", "PARTIALLY_CAPTURED"),
        _of_capture,
    ),
    Resource(
        "order",
        "orders",
        "/v2/checkout/orders",
        ("CREATED", "SAVED", "APPROVED", "PAYER_ACTION_REQUIRED"),
        _of_order,
    ),
    Resource(
        "subscription",
        "subscriptions",
        "/v1/billing/subscriptions",
        ("APPROVAL_PENDING", "APPROVED", "ACTIVE", "SUSPENDED"),
    ),
    Resource("plan", "plans", "/v1/billing/plans", ("CREATED", "ACTIVE")),
    Resource("product", "products", "/v1/catalogs/products"),
    Resource(
        "invoice",
        "invoices",
        "/v2/invoicing/invoices",
        ("DRAFT", "SCHEDULED", "SENT", "UNPAID", "PARTIALLY_PAID", "PAYMENT_PENDING"),
        _of_invoice,
    ),
    Resource(
        "dispute",
        "disputes",
        "/v1/customer/disputes",
        ("OPEN", "WAITING_FOR_BUYER_RESPONSE", "WAITING_FOR_SELLER_RESPONSE", "UNDER_REVIEW", "OTHER"),
        _of_dispute,
        "dispute_id",
    ),
)
BY_KIND = {resource.kind: resource for resource in RESOURCES}
TRANSACTIONS, EVENTS, BALANCES = "transactions", "events", "balances"
TABLES = (*(resource.table for resource in RESOURCES), TRANSACTIONS, EVENTS, BALANCES)


def seconds(text: str) -> int:
    """Read one of PayPal's moments, whatever its offset, as Unix seconds."""
    return int(datetime.fromisoformat(text).timestamp())


def to_row(resource: Resource, thing: Thing) -> Row:
    """Turn an object into its row."""
    told = thing.get("create_time") or ((thing.get("detail") or {}).get("metadata") or {}).get("create_time")
    return _row(str(thing[resource.key]), told, thing)


def event_row(event: Thing) -> Row:
    """Turn a webhook event into its row."""
    return _row(event["id"], event["create_time"], event)


def balance_row(balance: Thing) -> Row:
    """Turn the balance of one currency into its row: it has no date, so an unchanged balance is an equal row."""
    return _row(balance["currency"], None, balance)


def transaction_row(line: Thing) -> Row:
    """Turn a line of the report into its row.

    A transaction id is not unique (a conversion has two lines), and a line changes its state and date of update. So
    the key is the id with event code, direction, currency and the moment of its beginning, none of which changes.
    """
    told = line["transaction_info"]
    amount = told.get("transaction_amount") or {}
    begun = told["transaction_initiation_date"]
    sign = "debit" if str(amount.get("value", "")).startswith("-") else "credit"
    parts = (told["transaction_id"], told["transaction_event_code"], sign, amount.get("currency_code", ""))
    return _row(":".join((*parts, str(seconds(begun)))), begun, line)


def reported(line: Thing) -> list[Target]:
    """Return the objects that a line of the report is about, by its event code's group and its reference."""
    told = line["transaction_info"]
    code, own, other = told["transaction_event_code"], told["transaction_id"], told.get("paypal_reference_id")
    found: list[Target] = []
    if code.startswith("T00"):
        found.append(("capture", own))
    elif code == "T1107":
        found.append(("refund", own))
    elif code in ("T1300", "T1301"):
        found.append(("authorization", own))
    if other:
        kind = {"SUB": "subscription", "ODR": "order"}.get(told.get("paypal_reference_id_type", ""))
        if kind is None and told.get("paypal_reference_id_type") == "TXN":
            kind = "authorization" if code == "T1302" else "capture"
        if kind is not None:
            found.append((kind, other))
    return found


def is_quarrel(line: Thing) -> bool:
    """Say whether a line tells of a dispute's money: chargebacks, their reversals, holds."""
    code = line["transaction_info"]["transaction_event_code"]
    return bool(code.startswith("T12") or code in ("T1106", "T1110", "T1111"))


def is_pending(line: Thing) -> bool:
    """Say whether a line is still going to change."""
    return bool(line["transaction_info"].get("transaction_status") == "P")


def _row(key: str, created: str | None, thing: Thing) -> Row:
    return Row(key, seconds(created) if created else None, orjson.dumps(thing).decode())
