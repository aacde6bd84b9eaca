"""Verifies Front's application webhooks: HMAC-SHA256 over "<milliseconds>:<raw body>", at most 5 minutes old.

When the address is saved in Front, a signed challenge comes that must be given back. Rule webhooks, which are
signed otherwise and never repeated, are not for us. Source: dev.frontapp.com, "Application webhooks".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_helpdesks import FrontAccount
from helpdesk_sync.ports import TicketEvent

SIGNATURE_HEADER = "x-front-signature"
TIMESTAMP_HEADER = "x-front-request-timestamp"
CHALLENGE_HEADER = "x-front-challenge"
TOLERANCE_SECONDS = 300
_WRITTEN_BY_CUSTOMER = "inbound_received"


def is_configured(account: FrontAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(
    raw: bytes, headers: Mapping[str, str], account: FrontAccount, now: datetime
) -> TicketEvent | None:
    """Check a webhook's signature and say which conversation a customer wrote to; None for all other events.

    `raw` is the body exactly as received, `headers` have lower-case names, `now` is an aware UTC time.

    Raises:
        Forged: the signature is missing, is mismatched, or is too old or too new; the text says which.
    """
    signed_at = _check_signature(raw, headers, account)
    if not (signed_at.isascii() and signed_at.isdigit()):
        raise Forged("The webhook's signature is mismatched: its time is not a number.")
    age = now.timestamp() - int(signed_at) / 1000
    if abs(age) > TOLERANCE_SECONDS:
        word = "old" if age > 0 else "new"
        raise Forged(
            f"The webhook's signature is too {word}: {abs(age):.0f} seconds, where {TOLERANCE_SECONDS} are allowed."
        )
    return _event(raw)


def answer_challenge(raw: bytes, headers: Mapping[str, str], account: FrontAccount) -> dict[str, str] | None:
    """Return what must be answered, as JSON with status 200, when Front tries the address; None where it does not.

    Raises:
        Forged: another key signed the challenge, or none.
    """
    challenge = headers.get(CHALLENGE_HEADER)
    if challenge is None:
        return None
    _check_signature(raw, headers, account)
    return {"challenge": challenge}


def _check_signature(raw: bytes, headers: Mapping[str, str], account: FrontAccount) -> str:
    """Compare the signature and return the time that was signed with the body."""
    given, signed_at = headers.get(SIGNATURE_HEADER), headers.get(TIMESTAMP_HEADER)
    if not given or not signed_at:
        raise Forged(
            f"The webhook's signature is missing: it needs {SIGNATURE_HEADER} and {TIMESTAMP_HEADER}."
        )
    if account.webhook_secret is None:
        raise Forged("The webhook's signature cannot be checked: no webhook_secret is configured.")
    key = account.webhook_secret.get_secret_value().encode()
    expected = base64.b64encode(hmac.new(key, signed_at.encode() + b":" + raw, hashlib.sha256).digest())
    if not hmac.compare_digest(expected, given.encode()):
        raise Forged("The webhook's signature is mismatched: another key signed it, or it was changed.")
    return signed_at


def _event(raw: bytes) -> TicketEvent | None:
    try:
        body = orjson.loads(raw)
        if body["type"] != _WRITTEN_BY_CUSTOMER:
            return None
        event = body["payload"]
        return TicketEvent(str(event["id"]), str(body["type"]), str(event["conversation"]["id"]))
    except (ValueError, KeyError, TypeError):
        raise Forged("The webhook's body is mismatched: it is not an event of Front's.") from None
