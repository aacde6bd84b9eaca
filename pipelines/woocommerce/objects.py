"""WooCommerce's kinds of objects: which raw table each fills, where it is listed, how its changes are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from gateways.http import Params
from pipelines.raw import Row


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object. Without `is_dated` its list cannot be asked for changes, and is read whole each time.

    `is_plugin` is served by WooCommerce Subscriptions, which a shop may not have.
    """

    kind: str
    table: str
    is_dated: bool = True
    is_plugin: bool = False
    params: Params = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The list's path below wc/v3; an object's is this and its id."""
        return f"/{self.table}"


ORDER = Resource("order", "orders", params={"status": "any"})
COUPON = Resource("coupon", "coupons")
REFUND = Resource("refund", "refunds")
LISTED = (
    ORDER,
    Resource("subscription", "subscriptions", is_plugin=True, params={"status": "any"}),
    Resource("product", "products", params={"status": "any"}),
    COUPON,
    # Staff buy too: the default role would leave them out.
    Resource("customer", "customers", is_dated=False, params={"role": "all"}),
    Resource("tax", "taxes", is_dated=False),
)
DATED = tuple(resource for resource in LISTED if resource.is_dated)
BY_KIND: Mapping[str, Resource] = {resource.kind: resource for resource in LISTED}
BY_TABLE: Mapping[str, Resource] = {resource.table: resource for resource in LISTED}
SHOPS, REPORTS = "shops", "sales_reports"
TABLES = (*BY_TABLE, REFUND.table, SHOPS, REPORTS)


def to_row(thing: Mapping[str, Any], *, is_deleted: bool = False) -> Row:
    """Turn an object into a row; its dates are GMT without a zone."""
    created = thing.get("date_created_gmt")
    at = int(datetime.fromisoformat(created).replace(tzinfo=UTC).timestamp()) if created else None
    return Row(str(thing["id"]), at, orjson.dumps(thing).decode(), is_deleted)


def is_trashed(thing: Mapping[str, Any]) -> bool:
    """Say whether an object lies in the trash: lists leave it out, its own page still answers."""
    return thing.get("status") == "trash"


def with_order(refund: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Return a refund with the order that its own list does not name, as the list of all refunds does."""
    rest = {name: value for name, value in refund.items() if name not in ("id", "parent_id")}
    return {"id": refund["id"], "parent_id": int(order_id), **rest}
