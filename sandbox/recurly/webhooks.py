"""Recurly's JSON webhooks: a few ids, signed with a time in milliseconds."""

import hashlib
import hmac
import time

import orjson

from sandbox.deliveries import Letter
from sandbox.recurly.site import VENDOR, WEBHOOK_SECRET
from sandbox.state import State


def signature(secret: str, body: bytes, at_ms: int) -> str:
    """Return the recurly-signature header for a body sent at a moment (real Unix milliseconds)."""
    signed = hmac.new(secret.encode(), f"{at_ms}.".encode() + body, hashlib.sha256).hexdigest()
    return f"{at_ms},{signed}"


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return a notification as Recurly posts it, signed now; None when the account has no such event."""
    event = state.get(VENDOR, account, "event", event_id)
    if event is None:
        return None
    body = orjson.dumps(event["body"])
    headers = {
        "content-type": "application/json; charset=utf-8",
        "recurly-notification-id": event_id,
        "recurly-signature": signature(WEBHOOK_SECRET, body, time.time_ns() // 1_000_000),
        "user-agent": "Recurly Webhooks/2.0",
    }
    return headers, body
