"""A shop's webhooks: an event as a signed letter, sent once; after more than five failures in a row, disabled."""

import base64
import hashlib
import hmac
import html

import orjson

from sandbox.clock import Clock
from sandbox.deliveries import Letter
from sandbox.state import Json, State
from sandbox.woocommerce import shapes
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.shops import SHOPS, VENDOR, home

_MOST_FAILURES = 5
_DELIVERED = 1


def signature(secret: str, body: bytes) -> str:
    """Return the X-WC-Webhook-Signature of a body; the secret is entity-decoded first."""
    digest = hmac.new(html.unescape(secret).encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as the shop posts it, with the object as it is now; None for a second try."""
    event = state.get(VENDOR, account, "event", event_id)
    if event is None or _is_tried(state, event_id) or _disabled_by_failures(state, account):
        return None
    shop = SHOPS[account]
    books = Books(state, shop, Clock(state).timestamp())
    resource, _, verb = event["topic"].partition(".")
    body = orjson.dumps(_payload(books, resource, verb, event["object_id"]))
    headers = {
        "content-type": "application/json",
        "user-agent": "WooCommerce/11.0.1 Hookshot (WordPress/6.7)",
        "x-wc-webhook-source": f"{home(state, shop)}/",
        "x-wc-webhook-topic": event["topic"],
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": verb,
        "x-wc-webhook-signature": signature(shop.webhook_secret, body),
        "x-wc-webhook-id": str(event["webhook_id"]),
        "x-wc-webhook-delivery-id": event_id,
    }
    return headers, body


def _payload(books: Books, resource: str, verb: str, id: int) -> Json:
    found = books.get(resource, id)
    return {"id": id} if verb == "deleted" or found is None else shapes.shown(books, resource, found)


def _is_tried(state: State, event_id: str) -> bool:
    """WooCommerce never sends a letter again by itself."""
    rows = state.execute(
        "select min(attempts) n from deliveries where event_id = ? and done = 0", (event_id,)
    )
    return bool(rows[0]["n"])


def _disabled_by_failures(state: State, account: str) -> bool:
    sql = "select done from deliveries where account = ? and attempts > 0 order by n desc limit ?"
    rows = state.execute(sql, (account, _MOST_FAILURES + 1))
    if len(rows) <= _MOST_FAILURES or any(row["done"] == _DELIVERED for row in rows):
        return False
    for webhook in state.list(VENDOR, account, "webhook"):
        state.put(VENDOR, account, "webhook", {**webhook, "status": "disabled"})
    return True
