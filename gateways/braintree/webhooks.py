"""Verifies Braintree's webhooks by the SDK: a form with bt_signature and bt_payload, HMAC-SHA1 by the private key.

A notification has neither an id nor a limit of age: Braintree repeats it for hours if it is not answered. What
tells two apart is the payload, so that a repetition (or a replay) has the id of the first and changes nothing.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs
from xml.parsers.expat import ExpatError

import braintree
from braintree.configuration import Configuration
from braintree.exceptions.invalid_challenge_error import InvalidChallengeError
from braintree.exceptions.invalid_signature_error import InvalidSignatureError

from billing.errors import Forged
from billing.settings_model import BraintreeAccount
from gateways.braintree.wire import Place
from gateways.webhook_event import WebhookEvent

__all__ = ["SIGNATURE_HEADER", "answer_challenge", "is_configured", "verify"]

SIGNATURE_HEADER = "bt_signature"
"""Not a header but a field of the form."""
_SUBJECTS = ("transaction", "subscription", "dispute", "disbursement")


def is_configured(account: BraintreeAccount) -> bool:
    """Say whether this account's webhooks can be verified at all: the keys sign them, so always."""
    return bool(account.private_key.get_secret_value())


def verify(raw: bytes, headers: Mapping[str, str], account: BraintreeAccount, now: datetime) -> WebhookEvent:
    """Check a webhook's signature and say which object it is about.

    `raw` is the body exactly as received; `headers` and `now` are not looked at: Braintree signs neither.

    Raises:
        Forged: the signature is missing or mismatched, or what it signs is no notification; the text says which.
    """
    fields = parse_qs(raw.decode("ascii", "replace"), keep_blank_values=True)
    signature = fields.get(SIGNATURE_HEADER, [""])[0]
    payload = fields.get("bt_payload", [""])[0]
    if not signature or not payload:
        raise Forged("The webhook's signature is missing: the form has no bt_signature or no bt_payload.")
    try:
        told = _sdk(account).webhook_notification.parse(signature, payload)
    except (InvalidSignatureError, UnicodeError):
        raise Forged(
            "The webhook's signature is mismatched: another key signed it, or it was changed."
        ) from None
    except (ExpatError, KeyError, TypeError, ValueError, AttributeError):
        raise Forged("The webhook's body is mismatched: it is not a Braintree notification.") from None
    kind = next((name for name in _SUBJECTS if getattr(told, name, None) is not None), "")
    subject = getattr(told, kind, None) if kind else None
    return WebhookEvent(
        event_id=f"{told.kind}:{hashlib.sha256(payload.strip().encode()).hexdigest()[:32]}",
        type=told.kind,
        object_kind=kind or told.kind,
        object_id=str(getattr(subject, "id", None) or ""),
        account=told.source_merchant_id,
    )


def answer_challenge(query: Mapping[str, str], account: BraintreeAccount) -> str:
    """Return what Braintree wants to hear when a webhook's address is entered: GET ...?bt_challenge=<hex>.

    Raises:
        Forged: there is no challenge, or none of Braintree's.
    """
    try:
        return str(_sdk(account).webhook_notification.verify(query["bt_challenge"]))
    except (InvalidChallengeError, KeyError):
        raise Forged("The webhook's bt_challenge is not 20 to 32 hexadecimal digits.") from None


def _sdk(account: BraintreeAccount) -> braintree.BraintreeGateway:
    return braintree.BraintreeGateway(
        Configuration(
            environment=Place(account.base_url),
            merchant_id=account.merchant_id,
            public_key=account.public_key,
            private_key=account.private_key.get_secret_value(),
        )
    )
