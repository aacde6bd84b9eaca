"""Intercom's conversations: begun by a contact, answered by comments and notes, read with their newest 500 parts.

A closed conversation takes comments and notes like an open one; a contact's reply opens it again.
Source: the paths /conversations of Intercom's OpenAPI description 2.16.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.intercom import contacts, markup, team, webhooks
from sandbox.intercom.answers import ACCOUNT, VENDOR, Desk, Refused, invalid, not_found
from sandbox.intercom.conversation_shape import render, render_part
from sandbox.state import Json

KIND = contacts.CONVERSATIONS
PARTS = "conversation_parts"
MOST_PARTS = 500
_FIRST_ID = 215_470_000_000


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /conversations/{id}: HTML, or plain text with `display_as=plaintext`."""
    is_plain = request.query_params.get("display_as") == "plaintext"
    conversation = get(desk, request.path_params["id"])
    rows = desk.state.list(VENDOR, ACCOUNT, PARTS, parent=conversation["id"], limit=MOST_PARTS)
    return JSONResponse(render(conversation, rows[::-1], is_plain=is_plain))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /conversations: a contact's message in the app."""
    sender = body.get("from")
    if not isinstance(sender, dict) or not body.get("body"):
        raise invalid("from and body are required")
    contact = contacts.get(desk, str(sender.get("id")))
    conversation = begin(desk, contact, str(body.get("subject") or ""), str(body["body"]), "conversation")
    message = {
        "type": "user_message",
        "id": conversation["source_id"],
        "created_at": conversation["created_at"],
        "body": str(body["body"]),
        "message_type": "inapp",
        "conversation_id": conversation["id"],
    }
    return JSONResponse(message)


def reply(desk: Desk, request: Request, body: Json) -> Response:
    """POST /conversations/{id}/reply: a teammate's comment or note, or the contact's own comment."""
    conversation = get(desk, request.path_params["id"])
    kind, text = body.get("message_type"), str(body.get("body") or "")
    if kind not in ("comment", "note"):
        raise invalid("message_type must be comment or note")
    if not text.strip():
        raise invalid("Body must be present")
    if body.get("type") == "admin":
        author = team.author(str(body.get("admin_id")))
        if author is None:
            raise not_found("Admin")
        part = say(desk, conversation, str(kind), markup.kept(text), author)
    elif body.get("type") == "user" and kind == "comment":
        contact = contacts.get(desk, str(body.get("intercom_user_id")))
        part = say(desk, conversation, "comment", markup.kept(text), author_of(contact))
    else:
        raise Refused(400, "parameter_invalid", "type must be admin, or user with a comment")
    return JSONResponse(render(conversation, [part]))


def get(desk: Desk, id: str) -> Json:
    """Return a conversation.

    Raises:
        Refused: 404, there is none.
    """
    if conversation := desk.find(KIND, id):
        return conversation
    raise not_found()


def author_of(contact: Json) -> Json:
    """Return a contact as the author of a part."""
    return {"type": contact["role"], "id": contact["id"], "name": contact["name"], "email": contact["email"]}


def begin(desk: Desk, contact: Json, subject: str, text: str, channel: str) -> Json:
    """Open a conversation with a contact's plain text, by channel "email" or "conversation" (the Messenger)."""
    now = desk.now()
    conversation: Json = {
        "id": str(_FIRST_ID + desk.number(KIND)),
        "contact_id": contact["id"],
        "external_id": contact["external_id"],
        "created_at": now,
        "updated_at": now,
        "waiting_since": now,
        "state": "open",
        "channel": channel,
        "source_id": str(400_000_000 + desk.number("messages")),
        "subject": markup.from_plain(subject) if subject else "",
        "body": markup.from_plain(text),
        "author": author_of(contact),
    }
    with desk.state.transaction():
        desk.put(KIND, conversation, parent=contact["id"])
        webhooks.record(desk, "conversation.user.created", render(conversation, [], is_plain=True))
    return conversation


def say(desk: Desk, conversation: Json, kind: str, body: str, author: Json) -> Json:
    """Add a part (`kind` is comment or note, `body` is HTML), tell whoever listens, and return it."""
    now, is_contact = desk.now(), author["type"] != "admin"
    part: Json = {
        "id": str(800_000_000 + desk.number(PARTS)),
        # The API shows a contact's reply to a closed conversation as the part that opened it.
        "kind": "open" if is_contact and conversation["state"] == "closed" else kind,
        "body": body,
        "created_at": now,
        "author": author,
    }
    conversation["updated_at"] = now
    if is_contact:
        conversation |= {"state": "open", "waiting_since": now}
    elif kind == "comment":
        conversation["waiting_since"] = None
    verb = "user.replied" if is_contact else {"comment": "admin.replied", "note": "admin.noted"}[kind]
    _keep(desk, conversation, part, f"conversation.{verb}")
    return part


def close(desk: Desk, conversation: Json, admin_id: str) -> None:
    """Close a conversation as a teammate does."""
    now = desk.now()
    conversation |= {"state": "closed", "updated_at": now, "waiting_since": None}
    part: Json = {
        "id": str(800_000_000 + desk.number(PARTS)),
        "kind": "close",
        "body": None,
        "created_at": now,
        "author": team.author(admin_id),
    }
    _keep(desk, conversation, part, "conversation.admin.closed")


def said_by_team(desk: Desk, conversation: Json) -> list[Json]:
    """Return the comments and notes of teammates and apps, in plain text, oldest first."""
    parts = desk.all(PARTS, parent=conversation["id"])
    return [
        render_part(part, conversation["state"], is_plain=True)
        for part in parts
        if part["body"] and part["author"]["type"] == "admin"
    ]


def _keep(desk: Desk, conversation: Json, part: Json, topic: str) -> None:
    with desk.state.transaction():
        desk.put(KIND, conversation)
        desk.put(PARTS, part, parent=conversation["id"])
        webhooks.record(desk, topic, render(conversation, [part], is_plain=True))
