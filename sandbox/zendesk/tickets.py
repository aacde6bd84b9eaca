"""Zendesk's tickets: created with an idempotency key, updated with public replies and internal notes."""

import html
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.state import Json
from sandbox.zendesk import users, webhooks
from sandbox.zendesk.answers import ACCOUNT, VENDOR, Desk, Refused, invalid, listing

KIND = "tickets"
COMMENTS = "comments"
KEYS = "ticket_keys"
KEY_SECONDS = 2 * 3600
LONGEST_COMMENT = 65_536
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_CHOICES = {
    "status": STATUSES,
    "priority": ("urgent", "high", "normal", "low"),
    "type": ("problem", "incident", "question", "task"),
}
_PLAIN = frozenset({"assignee_id", "external_id", "group_id", "organization_id", "recipient", *_CHOICES})
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_BREAK = re.compile(r"<br ?/?>|</p>|</li>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets, and GET /users/{id}/tickets/requested."""
    requester = request.path_params.get("user_id")
    choice = {"parent": str(requester)} if requester else {}
    return JSONResponse(listing(desk, request, KIND, KIND, lambda ticket: _shown(desk, ticket), **choice))


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets/{id}."""
    return JSONResponse({"ticket": _shown(desk, desk.get(KIND, request.path_params["id"]))})


def comments(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets/{id}/comments: public and internal ones, oldest first unless `sort` is "-created_at"."""
    ticket = desk.get(KIND, request.path_params["id"])
    choice: dict[str, Any] = {"parent": str(ticket["id"])}
    if request.query_params.get("sort") == "-created_at":
        choice["oldest_first"] = False
    return JSONResponse(listing(desk, request, COMMENTS, COMMENTS, lambda comment: comment, **choice))


def create(desk: Desk, request: Request, body: Json) -> Response:
    """POST /tickets; the same Idempotency-Key within two hours answers the first ticket again.

    Raises:
        Refused: 400 for a key used with another request, 422 for a ticket without a comment.
    """
    key = request.headers.get("idempotency-key")
    headers: dict[str, str] = {}
    if key:
        kept = desk.state.get(VENDOR, ACCOUNT, KEYS, key)
        if kept and kept["until"] >= desk.clock.timestamp():
            if kept["body"] != body:
                raise Refused(
                    400, "IdempotentRequestError", "The idempotency key was used with other parameters"
                )
            return JSONResponse(kept["answer"], 201, {"x-idempotency-lookup": "hit"})
        headers["x-idempotency-lookup"] = "miss"
    with desk.state.transaction():
        ticket, audit = add(desk, _wanted(body), request.state.user_id)
        answer = {"ticket": _shown(desk, ticket), "audit": audit}
        if key:
            until = desk.clock.timestamp() + KEY_SECONDS
            desk.put(KEYS, {"id": key, "until": until, "body": body, "answer": answer})
    return JSONResponse(answer, 201, {"location": answer["ticket"]["url"], **headers})


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /tickets/{id}: fields, tags, and a comment, which is an internal note with `public: false`.

    Raises:
        Refused: 409 when a safe update lost a race, 422 for a closed ticket or a value that does not exist.
    """
    wanted = _wanted(body)
    ticket = desk.get(KIND, request.path_params["id"])
    if ticket["status"] == "closed":
        raise invalid("status", "closed prevents ticket update", "InvalidValue")
    if wanted.get("safe_update") and wanted.get("updated_stamp") != ticket["updated_at"]:
        raise Refused(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data.")
    with desk.state.transaction():
        audit = revise(desk, ticket, request.state.user_id, wanted)
    return JSONResponse({"ticket": _shown(desk, ticket), "audit": audit})


def revise(desk: Desk, ticket: Json, author_id: int, wanted: Json) -> Json:
    """Change a ticket, keep the comment and tell of it; return the audit. Call it inside a transaction.

    Raises:
        Refused: 422, a value that does not exist.
    """
    events = _change(ticket, wanted)
    ticket["updated_at"] = desk.stamp()
    desk.put(KIND, ticket)
    return _audit(desk, ticket, author_id, events, wanted.get("comment"))


def add(desk: Desk, wanted: Json, author_id: int, channel: str = "api") -> tuple[Json, Json]:
    """Create a ticket with its first comment, tell of both, and return it with its audit.

    Raises:
        Refused: 422, no comment, or a requester who does not exist and cannot be made.
    """
    comment = wanted.get("comment") or {}
    text = comment.get("body") or _TAG.sub("", comment.get("html_body") or "")
    if not text.strip():
        raise invalid("base", "Description: cannot be blank", "BlankValue")
    requester_id = _requester(desk, wanted) or author_id
    now = desk.stamp()
    subject = str(wanted.get("subject") or text[:80])
    ticket: Json = {
        "id": desk.new_id(KIND),
        "subject": subject,
        "raw_subject": subject,
        "description": text,
        "status": "open",
        "tags": [],
        "custom_fields": [],
        "requester_id": requester_id,
        "submitter_id": wanted.get("submitter_id", author_id),
        "collaborator_ids": [],
        "follower_ids": [],
        "has_incidents": False,
        "is_public": comment.get("public", True),
        "via": {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": now,
        "updated_at": now,
    }
    events = _change(ticket, {name: value for name, value in wanted.items() if name != "subject"})
    desk.put(KIND, ticket, parent=str(requester_id))
    webhooks.created(desk, ticket, author_id)
    author = {"author_id": comment.get("author_id", requester_id)}
    audit = _audit(desk, ticket, author_id, events, {**author, **comment})
    return ticket, audit


def _requester(desk: Desk, wanted: Json) -> int | None:
    if wanted.get("requester_id"):
        return int(desk.get(users.KIND, wanted["requester_id"])["id"])
    person = wanted.get("requester") or {}
    if not person.get("email"):
        return None
    found = users.by_email(desk, str(person["email"])) or users.add(desk, person)
    return int(found["id"])


def _change(ticket: Json, wanted: Json) -> list[Json]:
    """Apply the plain changes to a ticket and return them as audit events."""
    for name, allowed in _CHOICES.items():
        if wanted.get(name) is not None and wanted[name] not in allowed:
            raise invalid(name, f"{wanted[name]} is not included in the list")
    changes = {name: value for name, value in wanted.items() if name in _PLAIN and value is not None}
    if wanted.get("subject"):
        changes |= {"subject": str(wanted["subject"]), "raw_subject": str(wanted["subject"])}
    tags = set(wanted["tags"] if "tags" in wanted else ticket["tags"])
    tags = (tags | set(wanted.get("additional_tags", ()))) - set(wanted.get("remove_tags", ()))
    changes["tags"] = sorted(tags)
    values = {field["id"]: field["value"] for field in ticket["custom_fields"]}
    values |= {field["id"]: field["value"] for field in wanted.get("custom_fields", ())}
    changes["custom_fields"] = [{"id": id, "value": value} for id, value in values.items()]
    events = [
        {"type": "Change", "field_name": name, "value": str(value)}
        for name, value in changes.items()
        if ticket.get(name) != value
    ]
    ticket |= changes
    return events


def _audit(desk: Desk, ticket: Json, author_id: int, events: list[Json], comment: Any) -> Json:
    """Keep the comment, if there is one, and return the audit of the update."""
    audit_id = desk.new_id("audits")
    if comment:
        said = _comment(desk, ticket, audit_id, author_id, comment)
        desk.put(COMMENTS, said, parent=str(ticket["id"]))
        webhooks.comment_added(desk, ticket, said, desk.get(users.KIND, said["author_id"]))
        kept = {name: said[name] for name in ("type", "body", "html_body", "public")}
        events = [*events, kept]
    return {
        "id": audit_id,
        "ticket_id": ticket["id"],
        "created_at": desk.stamp(),
        "author_id": author_id,
        "metadata": {"system": {}, "custom": {}},
        "events": [{"id": desk.new_id("events"), **event} for event in events],
        "via": ticket["via"],
    }


def _comment(desk: Desk, ticket: Json, audit_id: int, author_id: int, wanted: Json) -> Json:
    """Return a comment as Zendesk keeps it: placeholders gone, cut at 64 kB without a word."""
    given = _PLACEHOLDER.sub("", str(wanted.get("html_body") or ""))[:LONGEST_COMMENT]
    text = _PLACEHOLDER.sub("", str(wanted.get("body") or ""))[:LONGEST_COMMENT]
    plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", given))).strip("\n") if given else text
    return {
        "id": desk.new_id(COMMENTS),
        "type": "Comment",
        "author_id": int(wanted.get("author_id") or author_id),
        "body": plain,
        "plain_body": plain,
        "html_body": f'<div class="zd-comment" dir="auto">{given or f"<p>{html.escape(text)}</p>"}</div>',
        "public": bool(wanted.get("public", True)),
        "attachments": [],
        "audit_id": audit_id,
        "via": ticket["via"],
        "created_at": desk.stamp(),
        "metadata": {"system": {}, "custom": {}},
    }


def _shown(desk: Desk, ticket: Json) -> Json:
    return {**ticket, "url": desk.address(KIND, ticket["id"])}


def _wanted(body: Json) -> Json:
    wanted = body.get("ticket")
    if not isinstance(wanted, dict):
        raise Refused(400, "InvalidParameter", "Parameter ticket is required")
    return wanted
