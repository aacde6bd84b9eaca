"""Braintree's webhooks: a form with bt_signature and bt_payload, the payload being base64 of XML."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from sandbox.braintree import xml
from sandbox.braintree.merchant import ACCOUNT, PRIVATE_KEY, PUBLIC_KEY, VENDOR
from sandbox.deliveries import Letter
from sandbox.state import State


def signature(payload: bytes, private_key: str = PRIVATE_KEY) -> str:
    """Return bt_signature: the public key and HMAC-SHA1 of the payload, keyed with SHA1 of the private key."""
    key = hashlib.sha1(private_key.encode()).digest()  # noqa: S324 - Braintree's own scheme
    return f"{PUBLIC_KEY}|{hmac.new(key, payload, hashlib.sha1).hexdigest()}"


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as Braintree posts it; None when there is no such event."""
    event = state.get(VENDOR, ACCOUNT, "event", event_id) if account == ACCOUNT else None
    if event is None:
        return None
    told = {
        "timestamp": event["timestamp"],
        "kind": event["kind"],
        "subject": {event["name"]: event["subject"]},
    }
    payload = base64.encodebytes(xml.element("notification", told).encode())
    body = urlencode({"bt_signature": signature(payload), "bt_payload": payload.decode()}).encode()
    return {"content-type": "application/x-www-form-urlencoded", "user-agent": "Braintree-Webhooks"}, body
