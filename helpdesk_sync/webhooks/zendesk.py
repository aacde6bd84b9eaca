"""Verifies Zendesk's event webhooks: HMAC-SHA256 over timestamp and raw body, at most 5 minutes old.

An event webhook tells everything, so that our own notes and agents' words come here too and are passed over.
Source: Zendesk's "Verifying webhook authenticity" and "Ticket events".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_helpdesks import ZendeskAccount
from helpdesk_sync.ports import TicketEvent

SIGNATURE_HEADER = "x-zendesk-webhook-signature"
TIMESTAMP_HEADER = "x-zendesk-webhook-signature-timestamp"
TOLERANCE_SECONDS = 300
_CREATED = "zen:event-type:ticket.created"
_COMMENTED = "zen:event-type:ticket.comment_added"


def is_configured(account: ZendeskAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(
    raw: bytes, headers: Mapping[str, str], account: ZendeskAccount, now: datetime
) -> TicketEvent | None:
    """Check a webhook's signature and say which ticket a customer opened or wrote to; None where none did.

    `raw` is the body exactly as received, `headers` have lower-case names, `now` is an aware UTC time.

    Raises:
        Forged: the signature is missing, is mismatched, or is too old or too new; the text says which.
    """
    given, signed_at = headers.get(SIGNATURE_HEADER), headers.get(TIMESTAMP_HEADER)
    if not given or not signed_at:
        raise Forged(f"The webhook's signature is missing: it needs {SIGNATURE_HEADER} and its timestamp.")
    if account.webhook_secret is None:
        raise Forged("The webhook's signature cannot be checked: no webhook_secret is configured.")
    secret = account.webhook_secret.get_secret_value().encode()
    expected = base64.b64encode(hmac.new(secret, signed_at.encode() + raw, hashlib.sha256).digest())
    if not hmac.compare_digest(expected, given.encode()):
        raise Forged("The webhook's signature is mismatched: another secret signed it, or it was changed.")
    _check_age(signed_at, now)
    return _event(raw)


def _check_age(signed_at: str, now: datetime) -> None:
    try:
        age = (now - datetime.fromisoformat(signed_at)).total_seconds()
    except (ValueError, TypeError):
        raise Forged("The webhook's signature is mismatched: its time is not one.") from None
    if abs(age) > TOLERANCE_SECONDS:
        word = "old" if age > 0 else "new"
        raise Forged(
            f"The webhook's signature is too {word}: {abs(age):.0f} seconds, where {TOLERANCE_SECONDS} are allowed."
        )


def _event(raw: bytes) -> TicketEvent | None:
    try:
        body = orjson.loads(raw)
        event = TicketEvent(str(body["id"]), str(body["type"]), str(body["detail"]["id"]))
        if event.type == _CREATED:
            return event
        if event.type == _COMMENTED:
            comment = body["event"]["comment"]
            is_theirs = comment["is_public"] and not comment["author"]["is_staff"]
            return event if is_theirs else None
    except (ValueError, KeyError, TypeError):
        return None  # a trigger's own format, or a test from the Admin Center: genuine, and nothing for us
    return None
