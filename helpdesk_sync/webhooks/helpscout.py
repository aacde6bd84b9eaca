"""Verifies Help Scout's webhooks: base64 of an HMAC-SHA1 over the raw bytes, compared in constant time.

Nothing dates a letter and nothing numbers it, so its age cannot be judged. Its id is made of what a repetition or a
replay has in common with the first: the conversation and the customer's newest thread in it. The event's name is
left out, since it is a header that nobody signed, and the body as a whole, since "20 hours ago" in it changes.
Source: developer.helpscout.com/webhooks.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from billing.errors import Forged
from billing.settings_helpdesks import HelpscoutAccount
from helpdesk_sync.ports import TicketEvent

SIGNATURE_HEADER = "x-helpscout-signature"
EVENT_HEADER = "x-helpscout-event"
_WRITTEN_BY_CUSTOMER = frozenset({"convo.created", "convo.customer.reply.created"})


def is_configured(account: HelpscoutAccount) -> bool:
    """Say whether this account's webhooks can be verified at all."""
    return account.webhook_secret is not None


def verify(
    raw: bytes, headers: Mapping[str, str], account: HelpscoutAccount, now: datetime
) -> TicketEvent | None:
    """Check a webhook's signature and say which conversation a customer wrote to; None for all other events.

    `raw` is the body exactly as received, `headers` have lower-case names; `now` decides nothing here.

    Raises:
        Forged: the signature is missing or mismatched, or what it signs is no conversation; the text says which.
    """
    del now  # nothing in the letter is dated
    _check_signature(raw, headers, account)
    event = headers.get(EVENT_HEADER, "")
    if event not in _WRITTEN_BY_CUSTOMER:
        return None
    try:
        conversation = orjson.loads(raw)
        id = int(conversation["id"])
        if event == "convo.created" and conversation["createdBy"]["type"] != "customer":
            return None  # the team wrote first
        return TicketEvent(f"{id}:{_newest(conversation)}", event, str(id))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Forged(
            "The webhook's body is mismatched: it is not a conversation. In Help Scout it must send whole "
            "objects, not notifications."
        ) from None


def _check_signature(raw: bytes, headers: Mapping[str, str], account: HelpscoutAccount) -> None:
    given = headers.get(SIGNATURE_HEADER)
    if not given:
        raise Forged("The webhook's signature is missing: there is no X-HelpScout-Signature header.")
    if account.webhook_secret is None:
        raise Forged("The webhook's signature cannot be checked: no webhook_secret is configured.")
    key = account.webhook_secret.get_secret_value().encode()
    expected = base64.b64encode(hmac.new(key, raw, hashlib.sha1).digest())
    if not hmac.compare_digest(expected, given.encode()):
        raise Forged("The webhook's signature is mismatched: another secret signed it, or it was changed.")


def _newest(conversation: Mapping[str, Any]) -> str:
    """Return what names the customer's newest words: their thread's id, or when the customer began to wait."""
    threads = conversation.get("_embedded", {}).get("threads", ())
    ids = [int(thread["id"]) for thread in threads if thread["createdBy"]["type"] == "customer"]
    if ids:
        return str(max(ids))
    return str((conversation.get("customerWaitingSince") or {}).get("time") or conversation["createdAt"])
