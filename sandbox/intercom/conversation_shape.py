"""A kept conversation -> the whole one of Intercom's answers (`conversation` in its OpenAPI description 2.16)."""

from collections.abc import Sequence

from sandbox.intercom import markup
from sandbox.state import Json


def render(conversation: Json, parts: Sequence[Json], *, is_plain: bool = False) -> Json:
    """Return a conversation with the given parts, oldest first; as HTML, or as plain text."""
    shown = [render_part(part, conversation["state"], is_plain=is_plain) for part in parts]
    contact = {
        "type": "contact",
        "id": conversation["contact_id"],
        "external_id": conversation["external_id"],
    }
    return {
        "type": "conversation",
        "id": conversation["id"],
        "title": None,
        "created_at": conversation["created_at"],
        "updated_at": conversation["updated_at"],
        "waiting_since": conversation["waiting_since"],
        "snoozed_until": None,
        "source": _source(conversation, is_plain=is_plain),
        "contacts": {"type": "contact.list", "contacts": [contact]},
        "first_contact_reply": {
            "created_at": conversation["created_at"],
            "type": conversation["channel"],
            "url": None,
        },
        "admin_assignee_id": 0,
        "team_assignee_id": 0,
        "open": conversation["state"] == "open",
        "state": conversation["state"],
        "read": False,
        "tags": {"type": "tag.list", "tags": []},
        "priority": "none",
        "sla_applied": None,
        "statistics": None,
        "conversation_rating": None,
        "teammates": None,
        "custom_attributes": {},
        "topics": {},
        "ticket": None,
        "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
        "ai_agent": None,
        "ai_agent_participated": False,
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": shown,
            "total_count": len(shown),
        },
    }


def render_part(part: Json, state: str, *, is_plain: bool) -> Json:
    """Return a part: a comment, a note, or a change such as "close", which has no body."""
    body = part["body"]
    return {
        "type": "conversation_part",
        "id": part["id"],
        "part_type": part["kind"],
        "body": markup.plain(body) if is_plain and body else body,
        "created_at": part["created_at"],
        "updated_at": part["created_at"],
        "notified_at": part["created_at"],
        "assigned_to": None,
        "author": part["author"],
        "attachments": [],
        "external_id": None,
        "redacted": False,
        "email_message_metadata": None,
        "state": state,
        "tags": [],
        "event_details": None,
        "app_package_code": None,
    }


def _source(conversation: Json, *, is_plain: bool) -> Json:
    subject, body = conversation["subject"], conversation["body"]
    return {
        "type": conversation["channel"],
        "id": conversation["source_id"],
        "delivered_as": "customer_initiated",
        "subject": markup.plain(subject) if is_plain else subject,
        "body": markup.plain(body) if is_plain else body,
        "author": conversation["author"],
        "attachments": [],
        "url": None,
        "redacted": False,
    }
