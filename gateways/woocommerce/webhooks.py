"""Verifies WooCommerce's webhooks: base64 of an HMAC-SHA256 over the raw bytes, compared in constant time.

Nothing dates a letter, so its age cannot be judged: a replay is caught by its id, and does no harm, since the
object is read again from the shop anyway.
"""

import base64
import hashlib
import hmac
import html
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_model import WoocommerceAccount
from gateways.webhook_event import WebhookEvent

__all__ = ["SIGNATURE_HEADER", "is_configured", "is_ping", "verify"]

SIGNATURE_HEADER = "x-wc-webhook-signature"


def is_configured(account: WoocommerceAccount) -> bool:
    """Say whether this shop's webhooks can be verified at all."""
    return account.webhook_secret is not None


def is_ping(raw: bytes, headers: Mapping[str, str]) -> bool:
    """Say whether this is the unsigned form `webhook_id=12` with which a shop tries an address it was given.

    It tells nothing and is answered 200, or the shop's screen shows an error.
    """
    name, _, number = raw.partition(b"=")
    return SIGNATURE_HEADER not in headers and name == b"webhook_id" and number.isdigit() and len(raw) < 64


def verify(
    raw: bytes, headers: Mapping[str, str], account: WoocommerceAccount, now: datetime
) -> WebhookEvent:
    """Check a webhook's signature and say which object it is about.

    `raw` is the body exactly as received, `headers` have lower-case names; `now` decides nothing here.

    Raises:
        Forged: the signature is missing or mismatched, or the letter names no object; the text says which.
    """
    del now  # nothing in the letter is dated
    given = headers.get(SIGNATURE_HEADER)
    if not given:
        raise Forged("The webhook's signature is missing: there is no X-WC-Webhook-Signature header.")
    secret = account.webhook_secret.get_secret_value() if account.webhook_secret else ""
    # WooCommerce decodes entities in the secret before it signs: what was typed may hold "&amp;".
    expected = [_signature(key, raw) for key in (secret, html.unescape(secret))]
    if not any([hmac.compare_digest(one, given.encode()) for one in expected]) or not secret:  # noqa: C419 - all are compared
        raise Forged("The webhook's signature is mismatched: another secret signed it, or it was changed.")
    resource, topic = headers.get("x-wc-webhook-resource", ""), headers.get("x-wc-webhook-topic", "")
    try:
        object_id = str(int(orjson.loads(raw)["id"]))
    except (ValueError, KeyError, TypeError):
        raise Forged("The webhook's body is mismatched: it is not an object of a shop.") from None
    if not resource:
        raise Forged("The webhook's headers are mismatched: X-WC-Webhook-Resource is missing.")
    # A shop gives two letters of one second the same delivery id, so the id alone would lose the second.
    letter = hashlib.sha256(raw).hexdigest()[:16]
    delivery = headers.get("x-wc-webhook-delivery-id", "")
    return WebhookEvent(
        event_id=f"{delivery}:{topic}:{object_id}:{letter}",
        type=topic,
        object_kind=resource,
        object_id=object_id,
        account=None,
    )


def _signature(secret: str, raw: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret.encode(), raw, hashlib.sha256).digest())
