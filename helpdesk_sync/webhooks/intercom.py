"""Verifies Intercom's webhooks: "sha1=" and the HMAC-SHA1 of the raw bytes by the app's client secret, in hex.

Nothing dates a notification, so its age cannot be judged: a replay is caught by its id, which a repetition keeps,
and does no harm, since the conversation is read again. Source: Intercom's "Webhooks", "Signed notifications".
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_helpdesks import IntercomAccount
from helpdesk_sync.ports import TicketEvent

SIGNATURE_HEADER = "x-hub-signature"
_TOPICS = frozenset({"conversation.user.created", "conversation.user.replied"})


def is_configured(account: IntercomAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.client_secret is not None


def verify(
    raw: bytes, headers: Mapping[str, str], account: IntercomAccount, now: datetime
) -> TicketEvent | None:
    """Check a webhook's signature and say which conversation a contact began or wrote to; None where none did.

    `raw` is the body exactly as received, `headers` have lower-case names; `now` decides nothing here.

    Raises:
        Forged: the signature is missing or mismatched, or cannot be checked; the text says which.
    """
    del now  # nothing in a notification is dated by the signature
    given = headers.get(SIGNATURE_HEADER)
    if not given:
        raise Forged("The webhook's signature is missing: there is no X-Hub-Signature header.")
    if account.client_secret is None:
        raise Forged("The webhook's signature cannot be checked: no client_secret is configured.")
    secret = account.client_secret.get_secret_value().encode()
    expected = "sha1=" + hmac.new(secret, raw, hashlib.sha1).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Forged("The webhook's signature is mismatched: another secret signed it, or it was changed.")
    return _event(raw)


def _event(raw: bytes) -> TicketEvent | None:
    """Read a genuine notification: notes and teammates' words come under other topics, a ping has no id."""
    try:
        body = orjson.loads(raw)
        if body["topic"] not in _TOPICS:
            return None
        return TicketEvent(_text(body["id"]), body["topic"], _text(body["data"]["item"]["id"]))
    except (ValueError, KeyError, TypeError):
        raise Forged("The webhook's body is mismatched: it is not a notification of Intercom's.") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no id")
    return value
