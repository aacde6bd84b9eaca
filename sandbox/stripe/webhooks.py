"""Stripe's webhooks: an event as a signed letter."""

import hashlib
import hmac
import time

import orjson

from sandbox.deliveries import Letter
from sandbox.state import State
from sandbox.stripe.accounts import ACCOUNTS, VENDOR


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the Stripe-Signature header for a body sent at a moment (real Unix seconds)."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as Stripe posts it, signed now; None when the account has no such event."""
    if state.key(VENDOR, account, "event", event_id) is None:
        return None
    body = orjson.dumps(state.get(VENDOR, account, "event", event_id))
    headers = {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": signature(ACCOUNTS[account].webhook_secret, body, int(time.time())),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return headers, body
