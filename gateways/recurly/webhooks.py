"""Verifies Recurly's JSON webhooks: HMAC-SHA256 over "<milliseconds>.<raw body>", at most 5 minutes old.

For a day after its secret was changed Recurly signs with both: a header may hold several signatures.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_model import RecurlyAccount
from gateways.webhook_event import WebhookEvent

__all__ = ["SIGNATURE_HEADER", "TOLERANCE_SECONDS", "WebhookEvent", "verify"]

SIGNATURE_HEADER = "recurly-signature"
TOLERANCE_SECONDS = 300
_ID_HEADER = "recurly-notification-id"
# Recurly's word for what a notification is about -> the kind of object that the API reads.
_KINDS = {
    "charge_invoice": "invoice",
    "credit_invoice": "invoice",
    "payment": "transaction",
    "billing_info": "account",
}


def is_configured(account: RecurlyAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(raw: bytes, headers: Mapping[str, str], account: RecurlyAccount, now: datetime) -> WebhookEvent:
    """Check a webhook's signature and say which object it is about.

    `raw` is the body exactly as received, `headers` have lower-case names, `now` is an aware UTC time.

    Raises:
        Forged: the signature is missing, is mismatched, or is too old or too new; the text says which.
    """
    header = headers.get(SIGNATURE_HEADER)
    if not header:
        raise Forged("The webhook's signature is missing: there is no recurly-signature header.")
    if account.webhook_secret is None:
        raise Forged("The webhook's signature cannot be checked: no webhook_secret is configured.")
    signed_at, *signatures = (part.strip() for part in header.split(","))
    secret = account.webhook_secret.get_secret_value().encode()
    expected = hmac.new(secret, signed_at.encode() + b"." + raw, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures):
        raise Forged("The webhook's signature is mismatched: another secret signed it, or it was changed.")
    if not signed_at.isascii() or not signed_at.isdigit():
        raise Forged("The webhook's signature is mismatched: its time is not a number.")
    age = now.timestamp() - int(signed_at) / 1000
    if abs(age) > TOLERANCE_SECONDS:
        word = "old" if age > 0 else "new"
        raise Forged(
            f"The webhook's signature is too {word}: {abs(age):.0f} seconds, where {TOLERANCE_SECONDS} are allowed."
        )
    return _event(raw, headers)


def _event(raw: bytes, headers: Mapping[str, str]) -> WebhookEvent:
    try:
        body = orjson.loads(raw)
        kind, verb = body["object_type"], body["event_type"]
        object_id = body.get("id") or (f"uuid-{body['uuid']}" if body.get("uuid") else "")
        return WebhookEvent(
            # A repetition has the id of the first attempt. Without the header, equal bodies are one event.
            event_id=headers.get(_ID_HEADER) or hashlib.sha256(raw).hexdigest(),
            type=verb if "." in verb else f"{kind}.{verb}",
            object_kind=_KINDS.get(kind, kind),
            object_id=object_id,
            account=body.get("site_id"),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Forged(
            "The webhook's body is mismatched: it is not a JSON notification of Recurly's."
        ) from None
