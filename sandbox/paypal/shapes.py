"""Stored objects -> what the API answers: the body with its links, whole or minimal."""

from sandbox.paypal.books import Thing
from sandbox.paypal.call import link
from sandbox.state import Json

PATHS = {
    "order": "/v2/checkout/orders",
    "authorization": "/v2/payments/authorizations",
    "capture": "/v2/payments/captures",
    "refund": "/v2/payments/refunds",
    "subscription": "/v1/billing/subscriptions",
    "plan": "/v1/billing/plans",
    "product": "/v1/catalogs/products",
    "invoice": "/v2/invoicing/invoices",
    "dispute": "/v1/customer/disputes",
    "event": "/v1/notifications/webhooks-events",
}
_UP = {"capture": ("authorization", "order"), "refund": ("capture",)}


def shown(thing: Thing, url: str) -> Json:
    """Return an object as a GET by its id answers."""
    links = [link(url, f"{PATHS[thing.kind]}/{thing.id}", "self")]
    above = next((kind for kind in _UP.get(thing.kind, ()) if thing.inner.get(kind)), None)
    if above is not None:
        links.append(link(url, f"{PATHS[above]}/{thing.inner[above]}", "up"))
    if thing.kind == "capture":
        links.insert(1, link(url, f"{PATHS['capture']}/{thing.id}/refund", "refund", "POST"))
    if thing.kind in ("order", "subscription") and thing.body["status"] in ("CREATED", "APPROVAL_PENDING"):
        links.append(link(url, f"/checkoutnow?token={thing.id}", "approve"))
    hidden = ("dispute_state",) if thing.kind == "dispute" else ()  # lists alone show it
    return {**{name: value for name, value in thing.body.items() if name not in hidden}, "links": links}


def minimal(thing: Thing, url: str) -> Json:
    """Return an object as a write answers by default."""
    return {"id": thing.id, "status": thing.body["status"], "links": shown(thing, url)["links"]}


def summary(thing: Thing, url: str) -> Json:
    """Return a dispute as its list shows it."""
    names = (
        "dispute_id", "create_time", "update_time", "reason", "status", "dispute_state", "dispute_amount",
        "dispute_life_cycle_stage", "dispute_channel", "seller_response_due_date",
    )  # fmt: skip
    return {name: thing.body[name] for name in names if name in thing.body} | {
        "links": [link(url, f"{PATHS['dispute']}/{thing.id}", "self")]
    }
