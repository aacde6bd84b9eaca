"""Conversations, messages and comments as Front shows them, in its API and in its webhooks alike."""

import html
from typing import Any

from sandbox.front import contacts, teammates
from sandbox.front.answers import HOST, Desk
from sandbox.state import Json

SUPPORT = "support@lampa.example"


def conversation_shown(desk: Desk, conversation: Json) -> Json:
    """Return a conversation; its recipient leads to the contact who has the handle now, if one has."""
    link = f"{HOST}/conversations/{conversation['id']}"
    parts = ("events", "followers", "messages", "comments", "inboxes")
    return {
        "_links": {"self": link, "related": {part: f"{link}/{part}" for part in parts}},
        "id": conversation["id"],
        "type": "conversation",
        "subject": conversation["subject"],
        "status": conversation["status"],
        "ticket_ids": [],
        "assignee": None,
        "recipient": _recipient(desk, conversation["handle"], "from"),
        "tags": [],
        "links": [],
        "custom_fields": {},
        "created_at": conversation["created_at"],
        "updated_at": conversation["updated_at"],
        "is_private": False,
        "scheduled_reminders": [],
        "metadata": {},
    }


def message_shown(desk: Desk, message: Json) -> Json:
    """Return a message; `text` is its plain text, `body` HTML."""
    link = f"{HOST}/messages/{message['id']}"
    conversation = f"{HOST}/conversations/{message['conversation']}"
    is_inbound = message["author"] is None
    their_role, our_role = ("from", "to") if is_inbound else ("to", "from")
    us = {"_links": {"related": {"contact": None}}, "name": None, "handle": SUPPORT, "role": our_role}
    return {
        "_links": {
            "self": link,
            "related": {"conversation": conversation, "message_seen": f"{link}/seen"},
        },
        "id": message["id"],
        "type": "email",
        "is_inbound": is_inbound,
        "draft_mode": None,
        "error_type": None,
        "version": None,
        "created_at": message["created_at"],
        "subject": message["subject"],
        "blurb": message["text"][:200],
        "author": None if is_inbound else teammates.by_username(desk, message["author"]),
        "recipients": [_recipient(desk, message["handle"], their_role), us],
        "body": f"<p>{html.escape(message['text'])}</p>",
        "text": message["text"],
        "attachments": [],
        "signature": None,
        "metadata": {},
    }


def comment_shown(desk: Desk, comment: Json) -> Json:
    """Return a comment; its body is the Markdown that was written."""
    link = f"{HOST}/comments/{comment['id']}"
    related: dict[str, Any] = {
        "conversation": f"{HOST}/conversations/{comment['conversation']}",
        "mentions": f"{link}/mentions",
        "comment_replied_to": None,
    }
    return {
        "_links": {"self": link, "related": related},
        "id": comment["id"],
        "author": teammates.by_username(desk, comment["author"]),
        "body": comment["body"],
        "posted_at": comment["posted_at"],
        "attachments": [],
        "is_pinned": False,
    }


def _recipient(desk: Desk, handle: str, role: str) -> Json:
    contact = contacts.by_email(desk, handle)
    link = f"{HOST}/contacts/{contact['id']}" if contact else None
    return {
        "_links": {"related": {"contact": link}},
        "name": contact["name"] if contact else None,
        "handle": handle,
        "role": role,
    }
