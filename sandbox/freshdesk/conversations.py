"""What is said on a Freshdesk ticket, oldest first: replies, and notes, which are private unless told otherwise."""

import html

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk import tickets, webhooks
from sandbox.freshdesk.answers import Desk, known_only, listed, missing, unknown, window, wrong_type
from sandbox.state import Json

KIND = tickets.CONVERSATIONS
_REPLY, _NOTE = 0, 2
_NOTE_FIELDS = frozenset({"body", "private", "incoming", "notify_emails", "user_id"})


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets/{id}/conversations: 30 a page, of deleted tickets too."""
    known_only(request, frozenset({"page", "per_page"}))
    ticket = desk.get(tickets.KIND, request.path_params["id"])
    first, size = window(request)
    return listed(desk, request, desk.part(KIND, str(ticket["id"]), first, size + 1), size)


def note(desk: Desk, request: Request, body: Json) -> Response:
    """POST /tickets/{id}/notes: `body` is HTML.

    Raises:
        Refused: 404; 405 for a deleted ticket or spam; 400 for what is missing or unknown.
    """
    ticket = desk.get(tickets.KIND, request.path_params["id"])
    tickets.refuse_if_gone(ticket, "POST")
    for name in body:
        if name not in _NOTE_FIELDS:
            raise unknown(name)
    if not body.get("body"):
        raise missing("body")
    if not isinstance(body.get("private", True), bool):
        raise wrong_type("private", "Boolean")
    said = add(
        desk,
        ticket,
        str(body["body"]),
        body.get("user_id") or request.state.agent_id,
        {"private": body.get("private", True), "incoming": body.get("incoming", False), "source": _NOTE},
    )
    shown = {name: value for name, value in said.items() if name != "source"}
    return JSONResponse(shown, 201, {"location": f"{desk.url}/api/v2/conversations/{said['id']}"})


def reply(desk: Desk, ticket: Json, text: str) -> Json:
    """Let the requester answer by e-mail, which opens a closed ticket again; the rules for replies run.

    Raises:
        Refused: 405 for a deleted ticket or spam.
    """
    tickets.refuse_if_gone(ticket, "POST")
    body = html.escape(text).replace("\n", "<br>")
    with desk.state.transaction():
        kind = {"private": False, "incoming": True, "source": _REPLY}
        said = add(desk, ticket, body, ticket["requester_id"], kind)
        webhooks.fire(desk, "customer_replied", tickets.change(desk, ticket, {"status": tickets.OPEN}))
    return said


def add(desk: Desk, ticket: Json, body: str, user_id: int, kind: Json) -> Json:
    """Keep something that was said, and return it; `kind` says whether it is private, from outside, a note."""
    now = desk.stamp()
    said = {
        "id": desk.new_id(KIND),
        "body": f"<div>{body}</div>",
        "body_text": tickets.plain(body),
        "user_id": user_id,
        "support_email": None,
        "ticket_id": ticket["id"],
        "to_emails": [],
        "attachments": [],
        "created_at": now,
        "updated_at": now,
        **kind,
    }
    with desk.state.transaction():
        desk.put(KIND, said, parent=str(ticket["id"]))
        tickets.change(desk, ticket, {})
    return said
