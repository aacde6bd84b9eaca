"""Verifies the posts of Freshdesk's automation rules, which are signed by nobody: a secret comes with each.

The rule's "Trigger Webhook" sends, with a header X-Billhouse-Secret or as the password of its authentication,
    {"event": "ticket_created", "ticket_id": "{{ticket.id}}", "modified_on": "{{ticket.modified_on}}"}
and "customer_replied" from a second rule, for replies that the requester sends. The secret says who speaks, not
that the body is unchanged, so nothing of it is believed but which ticket to read again. Nothing dates it either: a
repeat is known by the ticket and its time of change. Source: Freshdesk's "Using webhooks in automation rules".
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime

import orjson

from billing.errors import Forged
from billing.settings_helpdesks import FreshdeskAccount
from helpdesk_sync.ports import TicketEvent

SIGNATURE_HEADER = "x-billhouse-secret"
EVENTS = frozenset({"ticket_created", "customer_replied"})


def is_configured(account: FreshdeskAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(
    raw: bytes, headers: Mapping[str, str], account: FreshdeskAccount, now: datetime
) -> TicketEvent | None:
    """Check the secret of a rule's post and say which ticket a customer opened or wrote to; None for other events.

    `raw` is the body exactly as received, `headers` have lower-case names; `now` decides nothing here.

    Raises:
        Forged: the secret is missing or mismatched, or the body is not what the rule should send.
    """
    del now  # nothing in a rule's post is dated by a signature
    given = headers.get(SIGNATURE_HEADER) or _password(headers)
    if not given:
        raise Forged(f"The webhook's signature is missing: it needs {SIGNATURE_HEADER} with the secret.")
    if account.webhook_secret is None:
        raise Forged("The webhook's signature cannot be checked: no webhook_secret is configured.")
    if not hmac.compare_digest(account.webhook_secret.get_secret_value().encode(), given.encode()):
        raise Forged("The webhook's signature is mismatched: the rule in Freshdesk has another secret.")
    return _event(raw)


def _password(headers: Mapping[str, str]) -> str | None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _event(raw: bytes) -> TicketEvent | None:
    try:
        body = orjson.loads(raw)
        event, ticket_id, changed = (str(body[name]) for name in ("event", "ticket_id", "modified_on"))
    except (ValueError, KeyError, TypeError):
        # Without its time, a second reply would be taken for the first one again: better an admin hears of it.
        raise Forged(
            "The webhook's body is mismatched: the rule in Freshdesk must send event, ticket_id and modified_on."
        ) from None
    if event not in EVENTS:
        return None
    if not (ticket_id.isascii() and ticket_id.isdigit() and changed.strip()):
        raise Forged("The webhook's body is mismatched: ticket_id is not a number, or modified_on is empty.")
    return TicketEvent(f"{ticket_id}:{event}:{changed.strip()}", event, ticket_id)
