"""Front's conversations: a recipient, messages that went in and out, and comments that only teammates see."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandbox.front import contacts, events, teammates
from sandbox.front.answers import HOST, Desk, bad_request, not_found, page, whole
from sandbox.front.rendering import comment_shown, conversation_shown, message_shown
from sandbox.state import Json

KIND, MESSAGES, COMMENTS = "conversation", "message", "comment"


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /conversations/{conversation_id}."""
    conversation = get(desk, request.path_params["conversation_id"])
    return _moved(request, conversation) or JSONResponse(conversation_shown(desk, conversation))


def messages(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /conversations/{conversation_id}/messages, the newest first."""
    conversation = get(desk, request.path_params["conversation_id"])
    if moved := _moved(request, conversation):
        return moved
    found = page(desk, request, MESSAGES, lambda one: message_shown(desk, one), parent=conversation["id"])
    return JSONResponse(found)


def comments(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /conversations/{conversation_id}/comments, the newest first, in one list."""
    conversation = get(desk, request.path_params["conversation_id"])
    if moved := _moved(request, conversation):
        return moved
    found = reversed(desk.all(COMMENTS, parent=conversation["id"]))
    path = f"/conversations/{conversation['id']}/comments"
    return JSONResponse(whole(path, [comment_shown(desk, one) for one in found]))


def add_comment(desk: Desk, request: Request, body: Json) -> Response:
    """POST /conversations/{conversation_id}/comments: 201; `author_id` is a teammate, the API token by default.

    Raises:
        Refused: 400 for an empty comment or an author who is none, 404.
    """
    conversation = get(desk, request.path_params["conversation_id"])
    if moved := _moved(request, conversation):
        return moved
    text, author = body.get("body"), teammates.API
    if not isinstance(text, str) or not text.strip():
        raise bad_request()
    if "author_id" in body:
        found = [one for one in desk.all(teammates.KIND) if one["id"] == body["author_id"]]
        if not found:
            raise bad_request(f"Unknown teammate {body['author_id']}")
        author = found[0]["username"]
    return JSONResponse(comment_shown(desk, comment(desk, conversation, text, author)), 201)


def comment(desk: Desk, conversation: Json, text: str, author: str) -> Json:
    """Keep a comment, Markdown as it was written, and tell of it."""
    kept: Json = {"id": desk.new_id(COMMENTS, "com"), "body": text, "author": author, "posted_at": desk.now()}
    kept["conversation"] = conversation["id"]
    with desk.state.transaction():
        desk.put(COMMENTS, kept, parent=conversation["id"])
        events.happened(desk, "new_comment_added", conversation, (COMMENTS, kept["id"]), author)
    return kept


def receive(desk: Desk, email: str, subject: str, text: str) -> Json:
    """Take in a message that opens a conversation; Front makes a contact of a sender whom it does not know."""
    with desk.state.transaction():
        contacts.add(desk, email, email)
        now = desk.now()
        conversation = {
            "id": desk.new_id(KIND, "cnv"), "subject": subject, "status": "unassigned", "handle": email,
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        desk.put(KIND, conversation)
        _say(desk, conversation, text, None)
    return conversation


def reply(desk: Desk, id: str, text: str, author: str | None = None) -> None:
    """Add a message to a conversation: the customer's, which opens it again, or a teammate's.

    Raises:
        Refused: 404.
    """
    conversation = get(desk, id)
    with desk.state.transaction():
        status = conversation["status"] if author else "unassigned"
        desk.put(KIND, conversation | {"status": status, "updated_at": desk.now()})
        _say(desk, conversation, text, author)


def set_status(desk: Desk, id: str, status: str) -> None:
    """Archive a conversation, or put it into the trash ("deleted").

    Raises:
        Refused: 404.
    """
    desk.put(KIND, get(desk, id) | {"status": status})


def merge(desk: Desk, id: str, into: str) -> None:
    """Merge a conversation into another: whoever asks for it is redirected from then on.

    Raises:
        Refused: 404.
    """
    target = get(desk, into)
    desk.put(KIND, get(desk, id) | {"merged_into": target["id"]})


def get(desk: Desk, id: str) -> Json:
    """Return a conversation.

    Raises:
        Refused: 404.
    """
    if found := desk.find(KIND, id):
        return found
    raise not_found("conversation", id)


def _moved(request: Request, conversation: Json) -> Response | None:
    """Return the redirect of a conversation that was merged into another."""
    if into := conversation.get("merged_into"):
        rest = request.scope["path"].partition(conversation["id"])[2]
        return RedirectResponse(f"{HOST}/conversations/{into}{rest}", 301)
    return None


def _say(desk: Desk, conversation: Json, text: str, author: str | None) -> None:
    message: dict[str, Any] = {
        "id": desk.new_id(MESSAGES, "msg"), "conversation": conversation["id"], "text": text, "author": author,
        "subject": conversation["subject"], "handle": conversation["handle"], "created_at": desk.now(),
    }  # fmt: skip
    desk.put(MESSAGES, message, parent=conversation["id"])
    type = "outbound_sent" if author else "inbound_received"
    events.happened(desk, type, conversation, (MESSAGES, message["id"]), author)
