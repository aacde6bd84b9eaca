"""Stripe's kinds of objects: which raw table each fills, where it is listed and read, what hangs together.

The only place that knows Stripe's paths for reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gateways.http import Params
from gateways.stripe.api import StripeApi
from pipelines.raw import Row


@dataclass(frozen=True, slots=True)
class Child:
    """A list inside an object, of which Stripe inlines only the first few entries."""

    name: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object. `related` names the fields that point to objects which change along with it."""

    kind: str
    table: str
    list_params: Params = field(default_factory=dict)
    read_params: Params = field(default_factory=dict)
    child: Child | None = None

    @property
    def path(self) -> str:
        """The list's path; an object's is this and its id."""
        return f"/v1/{self.table}"


TAX_ID = Resource("tax_id", "tax_ids")
EVENT = Resource("event", "events")

# Everything that is listed whole by the first load. Tax ids come inside customers.
LISTED = (
    Resource(
        "customer",
        "customers",
        list_params={"expand[]": ["data.tax_ids"]},
        read_params={"expand[]": ["tax_ids"]},
        child=Child("tax_ids", "/v1/customers/{id}/tax_ids"),
    ),
    Resource("product", "products"),
    Resource("price", "prices"),
    Resource("coupon", "coupons"),
    Resource("tax_rate", "tax_rates"),
    Resource(
        "subscription",
        "subscriptions",
        list_params={"status": "all"},  # without it Stripe leaves out the canceled ones
        child=Child("items", "/v1/subscription_items", {"subscription": "{id}"}),
    ),
    Resource(
        "invoice",
        "invoices",
        list_params={"expand[]": ["data.discounts"]},  # unexpanded, no list tells which coupon a discount was
        read_params={"expand[]": ["discounts"]},
        child=Child("lines", "/v1/invoices/{id}/lines"),
    ),
    Resource("invoice_payment", "invoice_payments"),
    Resource("payment_intent", "payment_intents"),
    Resource("charge", "charges"),
    Resource("refund", "refunds"),
    Resource("credit_note", "credit_notes", child=Child("lines", "/v1/credit_notes/{id}/lines")),
    Resource("dispute", "disputes"),
    Resource("balance_transaction", "balance_transactions"),
    Resource("payout", "payouts"),
)
BY_KIND = {resource.kind: resource for resource in (*LISTED, TAX_ID)}
BY_TABLE = {resource.table: resource for resource in BY_KIND.values()}
TABLES = (*(resource.table for resource in LISTED), "tax_ids", "events", "accounts")

# Balance transactions have no events, invoice payments hardly any: they are followed by time of creation.
FOLLOWED = tuple(BY_KIND[kind] for kind in ("balance_transaction", "invoice_payment", "payout"))

# An event tells of one object; these change with it, and not all of them send an event of their own.
RELATED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "charge": (("payment_intent", "payment_intent"),),
    "refund": (("charge", "charge"), ("payment_intent", "payment_intent")),
    "dispute": (("charge", "charge"), ("payment_intent", "payment_intent")),
    "payment_intent": (("latest_charge", "charge"),),
    "credit_note": (("invoice", "invoice"),),
    "invoice_payment": (("invoice", "invoice"),),
    "invoiceitem": (("invoice", "invoice"),),
    "tax_id": (("customer", "customer"),),
    "discount": (("customer", "customer"), ("subscription", "subscription"), ("invoice", "invoice")),
}


def object_path(resource: Resource, object_id: str) -> str:
    """Return the path of one object; coupons' ids are chosen by people and may hold anything."""
    return f"{resource.path}/{quote(object_id, safe='')}"


def related(thing: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (kind, id) of the objects that change along with this one."""
    pairs = RELATED.get(thing.get("object", ""), ())
    return [(kind, thing[name]) for name, kind in pairs if isinstance(thing.get(name), str)]


def to_rows(api: StripeApi, resource: Resource, things: list[dict[str, Any]]) -> list[tuple[str, list[Row]]]:
    """Turn objects into rows, reading the rest of their inner lists first.

    Raises:
        BillhouseError: the rest of a list could not be read.
    """
    if resource.child is not None:
        for thing in things:
            _complete(api, resource.child, thing)
    found = [(resource.table, [Row.of(thing) for thing in things])]
    if resource.kind == "customer":
        tax_ids = [tax_id for thing in things for tax_id in (thing.get("tax_ids") or {}).get("data", ())]
        found.append((TAX_ID.table, [Row.of(tax_id) for tax_id in tax_ids]))
    return found


def _complete(api: StripeApi, child: Child, thing: dict[str, Any]) -> None:
    inner = thing.get(child.name)
    if not inner or not inner.get("has_more"):
        return
    params = {name: value.format(id=thing["id"]) for name, value in child.params.items()}
    last = inner["data"][-1]["id"] if inner["data"] else None
    for page in api.pages(child.path.format(id=thing["id"]), params, after=last):
        inner["data"].extend(page)
    inner["has_more"] = False
