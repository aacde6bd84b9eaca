"""Freshdesk's tickets: opened by contacts, updated, deleted and restored; the requester can be embedded."""

import html
import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk import agents, contacts, webhooks
from sandbox.freshdesk.answers import (
    ACCOUNT,
    VENDOR,
    Desk,
    invalid,
    known_only,
    listed,
    missing,
    not_allowed,
    unknown,
    window,
)
from sandbox.state import Json

KIND = "tickets"
CONVERSATIONS = "conversations"
OPEN, CLOSED = 2, 5
_EMBEDS = ("conversations", "requester", "stats")
_CHOICES = {"status": range(2, 8), "priority": range(1, 5), "source": (1, 2, 3, 7, 9, 10)}
_PLAIN = frozenset({"subject", "type", "responder_id", "group_id", "product_id", "tags", *_CHOICES})
_WHO = frozenset({"email", "name", "requester_id"})
_FILTERS = frozenset({"page", "per_page", "requester_id", "email", "updated_since", "filter", "include"})
_TAG = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div)>", re.IGNORECASE)


def plain(body: str) -> str:
    """Return HTML as the plain text that Freshdesk keeps beside it."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", body))).strip()


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets: the newest first; neither deleted ones nor spam, unless `filter` asks for them."""
    asked = request.query_params
    known_only(request, _FILTERS)
    first, size = window(request)
    email = asked.get("email")
    found = [
        ticket
        for ticket in desk.state.list(VENDOR, ACCOUNT, KIND, parent=asked.get("requester_id"))
        if ticket["deleted"] == (asked.get("filter") == "deleted")
        and ticket["spam"] == (asked.get("filter") == "spam")
        and ticket["updated_at"] >= asked.get("updated_since", "")
        and email in (None, _requester(desk, ticket)["email"])
    ]
    embeds = embedded(request)

    def render(ticket: Json) -> Json:
        short = {name: value for name, value in ticket.items() if not name.startswith("description")}
        return short | _embed(desk, ticket, embeds & {"requester"})

    return listed(desk, request, found[first : first + size + 1], size, render)


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /tickets/{id}, deleted ones too, with what `include` names.

    Raises:
        Refused: 404, or 400 for something that cannot be embedded.
    """
    known_only(request, frozenset({"include"}))
    ticket = desk.get(KIND, request.path_params["id"])
    wanted = embedded(request)
    if wanted - set(_EMBEDS):
        raise invalid("include", f"It should be one of these values: '{','.join(_EMBEDS)}'")
    return JSONResponse(ticket | _embed(desk, ticket, wanted))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /tickets: for a contact by id or address; an unknown address makes a new contact.

    Raises:
        Refused: 400 for what is missing, unknown or no choice.
    """
    ticket = add(desk, body)
    return JSONResponse(ticket, 201, {"location": f"{desk.url}/api/v2/tickets/{ticket['id']}"})


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /tickets/{id}.

    Raises:
        Refused: 405 for a deleted ticket or spam, 400 for what is unknown or no choice.
    """
    ticket = desk.get(KIND, request.path_params["id"])
    refuse_if_gone(ticket, "PUT")
    _check(body, _PLAIN)
    return JSONResponse(change(desk, ticket, body))


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /tickets/{id}: into the trash.

    Raises:
        Refused: 405 for a deleted ticket or spam.
    """
    ticket = desk.get(KIND, request.path_params["id"])
    refuse_if_gone(ticket, "DELETE")
    change(desk, ticket, {"deleted": True})
    return Response(status_code=204)


def restore(desk: Desk, request: Request, _body: Json) -> Response:
    """PUT /tickets/{id}/restore: out of the trash."""
    change(desk, desk.get(KIND, request.path_params["id"]), {"deleted": False})
    return Response(status_code=204)


def embedded(request: Request) -> set[str]:
    """Return what `include` asks for; each thing costs further calls."""
    return {one for one in request.query_params.get("include", "").split(",") if one}


def refuse_if_gone(ticket: Json, method: str) -> None:
    """Let nobody write to what is in the trash or marked as spam.

    Raises:
        Refused: 405.
    """
    if ticket["deleted"] or ticket["spam"]:
        raise not_allowed(method, "GET")


def add(desk: Desk, wanted: Json) -> Json:
    """Open a ticket; the rules that run on ticket creation run.

    Raises:
        Refused: as `create` says.
    """
    _check(wanted, _PLAIN | _WHO | {"description"})
    if not wanted.get("description"):
        raise missing("description")
    requester_id = _requester_of(desk, wanted)
    now, description = desk.stamp(), str(wanted["description"])
    ticket = {
        "id": desk.new_id(KIND),
        "cc_emails": [],
        "fwd_emails": [],
        "reply_cc_emails": [],
        "to_emails": None,
        "email_config_id": None,
        "fr_escalated": False,
        "is_escalated": False,
        "spam": False,
        "deleted": False,
        "group_id": None,
        "priority": 1,
        "requester_id": requester_id,
        "responder_id": None,
        "source": 2,
        "company_id": None,
        "product_id": None,
        "status": OPEN,
        "subject": None,
        "type": None,
        "due_by": None,
        "fr_due_by": None,
        "description": f"<div>{description}</div>",
        "description_text": plain(description),
        "custom_fields": {},
        "tags": [],
        "attachments": [],
        "created_at": now,
        "updated_at": now,
        **{name: value for name, value in wanted.items() if name in _PLAIN},
    }
    with desk.state.transaction():
        desk.put(KIND, ticket, parent=str(requester_id))
        webhooks.fire(desk, "ticket_created", ticket)
    return ticket


def change(desk: Desk, ticket: Json, wanted: Json) -> Json:
    """Change a ticket and return it."""
    changed = ticket | wanted | {"updated_at": desk.stamp()}
    desk.put(KIND, changed)
    return changed


def _check(wanted: Json, known: frozenset[str]) -> None:
    for name, value in wanted.items():
        if name not in known:
            raise unknown(name)
        if name in _CHOICES and value not in _CHOICES[name]:
            choices = ",".join(str(one) for one in _CHOICES[name])
            raise invalid(name, f"It should be one of these values: '{choices}'")


def _requester_of(desk: Desk, wanted: Json) -> int:
    if wanted.get("requester_id"):
        kinds = (contacts.KIND, agents.KIND)
        if not any(desk.state.get(VENDOR, ACCOUNT, kind, str(wanted["requester_id"])) for kind in kinds):
            raise invalid("requester_id", "There is no contact matching the given requester_id")
        return int(wanted["requester_id"])
    if not wanted.get("email"):
        raise missing("requester_id")
    address = str(wanted["email"])
    found = agents.by_email(desk, address) or contacts.by_email(desk, address)
    person = {"name": wanted.get("name") or address.partition("@")[0], "email": address}
    return int((found or contacts.add(desk, person))["id"])


def _requester(desk: Desk, ticket: Json) -> Json:
    id = str(ticket["requester_id"])
    agent = desk.state.get(VENDOR, ACCOUNT, agents.KIND, id)
    person = agent["contact"] if agent else desk.get(contacts.KIND, id)
    return {"id": ticket["requester_id"]} | {
        name: person[name] for name in ("email", "mobile", "name", "phone")
    }


def _embed(desk: Desk, ticket: Json, wanted: set[str]) -> Json:
    shown: Json = {}
    if "requester" in wanted:
        shown["requester"] = _requester(desk, ticket)
    if "conversations" in wanted:
        shown["conversations"] = desk.part(CONVERSATIONS, str(ticket["id"]), 0, 10)
    if "stats" in wanted:
        shown["stats"] = {"closed_at": None, "resolved_at": None, "first_responded_at": None}
    return shown
