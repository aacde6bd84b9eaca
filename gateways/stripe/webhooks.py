"""Verifies Stripe's webhooks: HMAC over the raw bytes, compared in constant time, at most 300 s old."""

from collections.abc import Mapping
from datetime import datetime

import orjson
import stripe

from billing.errors import Forged
from billing.settings_model import StripeAccount
from gateways.webhook_event import WebhookEvent

__all__ = ["SIGNATURE_HEADER", "TOLERANCE_SECONDS", "WebhookEvent", "verify"]

SIGNATURE_HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300


def is_configured(account: StripeAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(raw: bytes, headers: Mapping[str, str], account: StripeAccount, now: datetime) -> WebhookEvent:
    """Check a webhook's signature and say which object it is about.

    `raw` is the body exactly as received, `headers` have lower-case names, `now` is an aware UTC time.

    Raises:
        Forged: the signature is missing, is mismatched, or is too old; the text says which of the three.
    """
    header = headers.get(SIGNATURE_HEADER)
    secret = account.webhook_secret.get_secret_value() if account.webhook_secret else ""
    if not header:
        raise Forged("The webhook's signature is missing: there is no Stripe-Signature header.")
    try:
        # The SDK compares with the system's clock; the age is judged below against the caller's.
        stripe.WebhookSignature.verify_header(raw, header, secret, tolerance=None)
        body = orjson.loads(raw)
        subject = body["data"]["object"]
        event = WebhookEvent(
            event_id=body["id"],
            type=body["type"],
            object_kind=subject["object"],
            object_id=subject.get("id") or "",
            account=body.get("account"),
        )
    except stripe.SignatureVerificationError:
        raise Forged(
            "The webhook's signature is mismatched: another secret signed it, or it was changed."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Forged("The webhook's body is mismatched: it is not a Stripe event.") from None
    if (age := now.timestamp() - _signed_at(header)) > TOLERANCE_SECONDS:
        raise Forged(
            f"The webhook's signature is too old: {age:.0f} seconds, where {TOLERANCE_SECONDS} are allowed."
        )
    return event


def _signed_at(header: str) -> int:
    """Return the signed time, in Unix seconds; the SDK has already read this header without complaint."""
    return next(
        int(value) for name, _, value in (part.partition("=") for part in header.split(",")) if name == "t"
    )
