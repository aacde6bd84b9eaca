"""Help Scout's conversations and their threads: what customers write, and the notes that only the team sees.

Source: developer.helpscout.com/mailbox-api/endpoints/conversations. A closed conversation still takes notes; one
with 99 threads is locked, and one that was merged into another has moved there.
"""

import html
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.helpscout import customers, users, webhooks
from sandbox.helpscout.answers import (
    CONVERSATIONS,
    THREADS,
    Desk,
    hal,
    invalid,
    not_found,
    numbered,
    refused,
)
from sandbox.state import Json

LOCKED_AT = 99
STATUSES = ("active", "all", "closed", "open", "pending", "spam")
MAILBOX = 85
_CREATED, _REPLIED, _NOTED = "convo.created", "convo.customer.reply.created", "convo.note.created"


def show(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/conversations/{id}, with `embed=threads` if asked; 301 to the one it was merged into."""
    conversation = desk.get(CONVERSATIONS, request.path_params["id"])
    if into := conversation.get("mergedInto"):
        return Response(status_code=301, headers={"location": desk.link(f"v2/conversations/{into}")["href"]})
    return hal(shown(desk, conversation, with_threads=request.query_params.get("embed") == "threads"))


def threads(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/conversations/{id}/threads: newest first, by page."""
    conversation = _open(desk, request.path_params["id"])
    frame, found = numbered(desk, request, desk.all(THREADS, parent=str(conversation["id"])))
    return hal(frame | ({"_embedded": {THREADS: found}} if found else {}))


def create_note(desk: Desk, request: Request, body: object) -> Response:
    """POST /v2/conversations/{id}/notes: HTML that only the team sees; the id comes in a header.

    Raises:
        Refused: 400, no text, or a user or status that does not exist; 404, also where it was merged; 412, locked.
    """
    wanted = body if isinstance(body, dict) else {}
    conversation = _open(desk, request.path_params["id"])
    text, status = str(wanted.get("text") or ""), wanted.get("status")
    if not text.strip():
        raise invalid("text", "may not be empty", "NotEmpty")
    if status is not None and status not in STATUSES:
        choices = ", ".join(f"'{one}'" for one in STATUSES)
        raise invalid("status", f"Expected one of these: {choices}", "EnumValue", status)
    author = desk.get(users.KIND, wanted["user"]) if wanted.get("user") else users.owner(desk)
    thread = add_note(desk, conversation, text, author, status)
    return Response(status_code=201, headers={"resource-id": str(thread["id"])})


def add_note(desk: Desk, conversation: Json, text: str, author: Json, status: str | None = None) -> Json:
    """Add an internal note (HTML) and return its thread.

    Raises:
        Refused: 412, the conversation is locked.
    """
    conversation |= {"status": status or conversation["status"], "userUpdatedAt": desk.stamp()}
    who = users.as_person(author)
    return _add(
        desk, conversation, _NOTED, type="note", body=text, createdBy=who, source=_source("api", "user")
    )


def ask(desk: Desk, customer: Json, address: str, subject: str, text: str) -> Json:
    """Open a conversation by a customer's mail from one of the customer's addresses, and return it."""
    id, now = desk.new_id(CONVERSATIONS), desk.stamp()
    who = customers.as_person(customer) | {"email": address}
    conversation: Json = {
        "id": id,
        "number": desk.state.next_number("helpscout.numbers"),
        "threads": 0,
        "type": "email",
        "folderId": 493,
        "status": "active",
        "state": "published",
        "subject": subject,
        "preview": "",
        "mailboxId": MAILBOX,
        "createdBy": who,
        "createdAt": now,
        "userUpdatedAt": now,
        "source": _source("email", "customer"),
        "tags": [],
        "cc": [],
        "bcc": [],
        "primaryCustomer": who,
        "customFields": [],
    }
    reply(desk, conversation, text, _CREATED)
    return conversation


def reply(desk: Desk, conversation: Json, text: str, event: str = _REPLIED) -> Json:
    """Add what the customer writes (plain text), which makes a closed conversation active again.

    Raises:
        Refused: 412, the conversation is locked.
    """
    waiting = {"time": desk.stamp(), "friendly": "just now", "latestReplyFrom": "customer"}
    conversation |= {"status": "active", "customerWaitingSince": waiting}
    body = html.escape(text).replace("\n", "<br>")
    who = conversation["primaryCustomer"]
    return _add(
        desk,
        conversation,
        event,
        type="customer",
        body=body,
        createdBy=who,
        source=_source("email", "customer"),
    )


def close(desk: Desk, conversation: Json) -> None:
    """Close a conversation; whoever writes to it opens it again."""
    now, by = desk.stamp(), users.owner(desk)["id"]
    desk.put(
        CONVERSATIONS,
        conversation | {"status": "closed", "closedAt": now, "closedBy": by, "userUpdatedAt": now},
    )


def merge(desk: Desk, id: object, into_id: object) -> None:
    """Move a conversation's threads to another; the old id only tells where they went.

    Raises:
        Refused: 404, one of them does not exist.
    """
    gone, kept = _open(desk, id), _open(desk, into_id)
    with desk.state.transaction():
        for thread in desk.all(THREADS, parent=str(gone["id"])):
            desk.put(THREADS, thread, parent=str(kept["id"]))
        desk.put(
            CONVERSATIONS,
            kept | {"threads": kept["threads"] + gone["threads"], "userUpdatedAt": desk.stamp()},
        )
        desk.put(CONVERSATIONS, gone | {"mergedInto": kept["id"], "threads": 0})


def shown(desk: Desk, conversation: Json, *, with_threads: bool) -> Json:
    """Return a conversation as the API and the webhooks show it."""
    path, customer = f"v2/conversations/{conversation['id']}", conversation["primaryCustomer"]["id"]
    links = {"self": desk.link(path), "threads": desk.link(f"{path}/threads")}
    links["primaryCustomer"] = links["createdByCustomer"] = desk.link(f"v2/customers/{customer}")
    body = conversation | {"_links": links}
    if with_threads:
        body["_embedded"] = {THREADS: desk.all(THREADS, parent=str(conversation["id"]))}
    return body


def _open(desk: Desk, id: object) -> Json:
    """Return a conversation under its own id.

    Raises:
        Refused: 404, there is none, or it was merged into another.
    """
    conversation = desk.get(CONVERSATIONS, id)
    if conversation.get("mergedInto"):
        raise not_found()
    return conversation


def _add(desk: Desk, conversation: Json, event: str, **what: Any) -> Json:
    """Add a thread to a conversation, save both and tell the listener."""
    if conversation["threads"] >= LOCKED_AT:
        raise refused(412, "The conversation is locked: it has reached the maximum number of threads")
    thread = {
        "id": desk.new_id(THREADS),
        "status": conversation["status"],
        "state": "published",
        "action": {"type": "default", "associatedEntities": {}},
        "customer": {k: v for k, v in conversation["primaryCustomer"].items() if k != "type"},
        "to": [],
        "cc": [],
        "bcc": [],
        "createdAt": desk.stamp(),
        **what,
    }
    conversation |= {"threads": conversation["threads"] + 1, "preview": str(what["body"])[:185]}
    with desk.state.transaction():
        desk.put(CONVERSATIONS, conversation, parent=str(conversation["primaryCustomer"]["id"]))
        desk.put(THREADS, thread, parent=str(conversation["id"]))
        webhooks.announce(desk, event, shown(desk, conversation, with_threads=True))
    return thread


def _source(kind: str, via: str) -> Json:
    return {"type": kind, "via": via}
