"""How objects look: what is kept becomes what the API shows, with links made of the shop's address."""

import hashlib
from collections.abc import Iterable
from typing import Any

from sandbox.state import Json
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.shops import home

COLLECTIONS = {
    "order": "orders", "customer": "customers", "product": "products", "coupon": "coupons", "tax": "taxes",
    "subscription": "subscriptions", "webhook": "webhooks",
}  # fmt: skip
_BILLING = (
    "first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country",
    "email", "phone",
)  # fmt: skip
_MAIL_ONLY = ("email",)


def address(given: Json, *, is_billing: bool) -> Json:
    """Return an address block with every field, empty where nothing was given."""
    names = _BILLING if is_billing else [name for name in _BILLING if name not in _MAIL_ONLY]
    return {name: given.get(name) or "" for name in names}


def shown(books: Books, kind: str, obj: Json) -> Json:
    """Return an object as its endpoint answers it; names that begin with "~" are the sandbox's own."""
    site = home(books.state, books.shop)
    found = {name: value for name, value in obj.items() if not name.startswith("~")}
    if kind == "refund":
        return {**found, "_links": _refund_links(site, obj)}
    if kind in ("order", "subscription"):
        found["payment_url"] = (
            f"{site}/checkout/order-pay/{obj['id']}/?pay_for_order=true&key={obj['order_key']}"
        )
    if kind == "order":
        found["refunds"] = [_refund_line(refund) for refund in refunds_of(books, obj["id"])]
    if kind == "product":
        found["permalink"] = f"{site}/product/{obj['slug']}/"
    if kind == "customer":
        digest = hashlib.md5(obj["email"].lower().encode(), usedforsecurity=False).hexdigest()
        found["avatar_url"] = f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"
        # Meta whose name begins with an underscore is kept, but not shown with customers.
        found["meta_data"] = [meta for meta in obj["meta_data"] if not meta["key"].startswith("_")]
    return {**found, "_links": _links(site, kind, obj)}


def refunds_of(books: Books, order: Any) -> list[Json]:
    """Return an order's refunds, newest first."""
    return sorted(books.every("refund", order), key=lambda refund: -refund["id"])


def nested(refund: Json) -> Json:
    """Return a refund as its order's own list shows it: without parent_id."""
    return {name: value for name, value in refund.items() if name != "parent_id"}


def only(obj: Json, fields: Iterable[str]) -> Json:
    """Return the top-level fields asked for with `_fields`."""
    wanted = set(fields)
    return {name: value for name, value in obj.items() if name in wanted}


def _refund_line(refund: Json) -> Json:
    tax = refund["~tax"]
    return {
        "id": refund["id"],
        "reason": refund["reason"],
        "total": f"-{refund['amount']}",
        "total_tax": tax if tax == "0.00" else f"-{tax}",
    }


def _links(site: str, kind: str, obj: Json) -> Json:
    collection = f"{site}/wp-json/wc/v3/{COLLECTIONS[kind]}"
    found: Json = {"self": [{"href": f"{collection}/{obj['id']}"}], "collection": [{"href": collection}]}
    if kind in ("order", "subscription"):
        templates = f"{collection}/{obj['id']}/actions/email_templates"
        found["email_templates"] = [{"embeddable": True, "href": templates}]
        if obj["customer_id"]:
            found["customer"] = [{"href": f"{site}/wp-json/wc/v3/customers/{obj['customer_id']}"}]
    return found


def _refund_links(site: str, refund: Json) -> Json:
    order = f"{site}/wp-json/wc/v3/orders/{refund['parent_id']}"
    return {
        "self": [{"href": f"{order}/refunds/{refund['id']}"}],
        "collection": [{"href": f"{order}/refunds"}],
        "up": [{"href": order}],
    }
