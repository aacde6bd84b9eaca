"""Intercom's webhooks: a notification of a topic as a signed letter; a repetition keeps its id.

Signed with HMAC-SHA1 of the raw body by the app's client secret, in X-Hub-Signature; nothing dates the signature.
From version 2.15 on the texts in notifications are plain. A ping has no id.
Source: Intercom's "Webhooks" pages and its "Webhook notification object".
"""

import hashlib
import hmac
from uuid import uuid4

import orjson

from sandbox import deliveries
from sandbox.deliveries import Letter
from sandbox.intercom.answers import ACCOUNT, VENDOR, WORKSPACE, Desk
from sandbox.state import Json, State

CLIENT_SECRET = "intercom_sandbox_client"
KIND = "notifications"


def signature(secret: str, body: bytes) -> str:
    """Return the X-Hub-Signature header of a body."""
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def record(desk: Desk, topic: str, item: Json) -> None:
    """Keep a notification and have it delivered. Call it inside the deed's transaction."""
    _keep(desk, f"notif_{uuid4()}", topic, item)


def ping(desk: Desk) -> None:
    """Send what Intercom sends to try an address."""
    item = {"type": "ping", "message": "something something interzen"}
    _keep(desk, f"ping_{uuid4()}", "ping", item)


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return a notification as Intercom posts it now; None when there is no such notification."""
    kept = state.get(VENDOR, account, KIND, event_id)
    if kept is None:
        return None
    sql = "select coalesce(max(attempts), 0) + 1 n from deliveries where account = ? and event_id = ?"
    attempts = state.execute(sql, (account, event_id))[0]["n"]
    body = orjson.dumps(kept["body"] | {"delivery_attempts": attempts})
    headers = {"content-type": "application/json", "x-hub-signature": signature(CLIENT_SECRET, body)}
    return headers, body


def _keep(desk: Desk, event_id: str, topic: str, item: Json) -> None:
    now = desk.now()
    body = {
        "type": "notification_event",
        "app_id": WORKSPACE,
        "data": {"type": "notification_event_data", "item": item},
        "links": {},
        "id": None if topic == "ping" else event_id,
        "topic": topic,
        "delivery_status": "pending",
        "delivery_attempts": 1,
        "delivered_at": 0,
        "first_sent_at": now,
        "created_at": now,
        "self": None,
    }
    with desk.state.transaction():
        desk.put(KIND, {"id": event_id, "body": body})
        deliveries.enqueue(desk.state, ACCOUNT, event_id)
