"""Zendesk's event webhook: what happens to tickets, told in signed letters.

Written from Zendesk's "Ticket events" and "Anatomy of a webhook request". An event webhook cannot be narrowed:
internal notes and agents' replies are told like a customer's words. That a new ticket's first comment is an event
of its own is not said there; it is told here, so that a receiver must cope with two events of one deed.
"""

import base64
import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson

from sandbox import deliveries
from sandbox.deliveries import Letter
from sandbox.state import Json, State
from sandbox.zendesk.answers import ACCOUNT, VENDOR, Desk

KIND = "events"
SECRET = "zendesk_sandbox_hook"
CREATED = "ticket.created"
COMMENT_ADDED = "ticket.comment_added"
_ACCOUNT_ID = 22129848
_WEBHOOK_ID = "01JH1DSZ6BG29CNWFR60NK5FNY"


def created(desk: Desk, ticket: Json, actor_id: int) -> None:
    """Tell of a new ticket; call it inside the deed's transaction."""
    _tell(desk, CREATED, ticket, actor_id, {})


def comment_added(desk: Desk, ticket: Json, comment: Json, author: Json) -> None:
    """Tell of a comment, internal ones too; call it inside the deed's transaction."""
    said = {
        "id": str(comment["id"]),
        "body": comment["body"],
        "is_public": comment["public"],
        "author": {
            "id": str(author["id"]),
            "is_staff": author["role"] != "end-user",
            "name": author["name"],
        },
    }
    _tell(desk, COMMENT_ADDED, ticket, author["id"], {"comment": said})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the X-Zendesk-Webhook-Signature: base64 of HMAC-SHA256 over timestamp and body, nothing between."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def letter(state: State, account: str, event_id: str) -> Letter | None:
    """Return an event as Zendesk posts it now; None when there is no such event."""
    event = state.get(VENDOR, account, KIND, event_id)
    if event is None:
        return None
    body = orjson.dumps(event)
    # Signed at the machine's time, not the sandbox's: the receiver's clock is not moved.
    timestamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Zendesk Webhook",
        "x-zendesk-account-id": str(_ACCOUNT_ID),
        "x-zendesk-webhook-id": _WEBHOOK_ID,
        "x-zendesk-webhook-invocation-id": event_id,
        "x-zendesk-webhook-signature": signature(SECRET, timestamp, body),
        "x-zendesk-webhook-signature-timestamp": timestamp,
    }
    return headers, body


def _tell(desk: Desk, topic: str, ticket: Json, actor_id: int, event: dict[str, Any]) -> None:
    told: Json = {
        "account_id": _ACCOUNT_ID,
        "detail": _detail(ticket, actor_id),
        "event": {"meta": {"sequence": {"id": uuid.uuid4().hex.upper(), "position": 1}}, **event},
        "id": str(uuid.uuid4()),
        "subject": f"zen:ticket:{ticket['id']}",
        "time": desk.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
        "type": f"zen:event-type:{topic}",
        "zendesk_event_version": "2022-11-06",
    }
    desk.put(KIND, told)
    deliveries.enqueue(desk.state, ACCOUNT, told["id"])


def _detail(ticket: Json, actor_id: int) -> Json:
    """Return a ticket as events show it: ids as text, choices in capitals."""

    def text(name: str) -> str | None:
        return None if ticket.get(name) is None else str(ticket[name])

    def choice(name: str) -> str | None:
        return None if ticket.get(name) is None else str(ticket[name]).upper()

    ids = ("assignee_id", "brand_id", "external_id", "group_id", "organization_id")
    return {
        **{name: text(name) for name in ids},
        "actor_id": str(actor_id),
        "created_at": ticket["created_at"],
        "custom_status": None,
        "description": ticket["description"],
        "form_id": None,
        "id": str(ticket["id"]),
        "is_public": ticket["is_public"],
        "priority": choice("priority"),
        "requester_id": str(ticket["requester_id"]),
        "status": choice("status"),
        "subject": ticket["subject"],
        "submitter_id": str(ticket["submitter_id"]),
        "tags": ticket["tags"],
        "type": choice("type"),
        "updated_at": ticket["updated_at"],
        "via": {"channel": ticket["via"]["channel"]},
    }
