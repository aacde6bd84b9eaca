"""Front's contacts: walked by token, updated with ALL their custom fields, deleted, merged.

A PATCH that names custom fields erases those that it leaves out. One with an empty object is read as naming none,
so it erases nothing: Front's documentation says no more than "do not include any custom fields" to keep them.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.front import fields
from sandbox.front.answers import HOST, Desk, bad_request, not_found, page
from sandbox.state import Json, State

KIND = "contact"
_WRITES = "front.contact_writes"
_PLAIN = {"name": str, "description": str, "links": list}


def writes(state: State) -> int:
    """Return how many contacts were written since they were last forgotten."""
    return int(state.get_setting(_WRITES, 0))


def forget_writes(state: State) -> None:
    """Count contact writes from zero again."""
    state.set_setting(_WRITES, 0)


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts."""
    return JSONResponse(page(desk, request, KIND, renderer(desk)))


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts/{contact_id}."""
    return JSONResponse(renderer(desk)(get(desk, request.path_params["contact_id"])))


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PATCH /contacts/{contact_id}: 204, or nothing is changed.

    Raises:
        Refused: 400 for a field that does not exist or a value that does not fit, 404.
    """
    with desk.state.transaction():
        contact = get(desk, request.path_params["contact_id"])
        for name, kind in _PLAIN.items():
            if name in body:
                if not isinstance(body[name], kind):
                    raise bad_request()
                contact[name] = body[name]
        if body.get("custom_fields"):
            contact["values"] = fields.taken(desk, body["custom_fields"])
        desk.put(KIND, contact | {"updated_at": desk.now()})
        desk.state.set_setting(_WRITES, writes(desk.state) + 1)
    return Response(status_code=204)


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /contacts/{contact_id}."""
    remove(desk, request.path_params["contact_id"])
    return Response(status_code=204)


def merge(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts/merge.

    Raises:
        Refused: 400 for fewer than two contacts, 404.
    """
    ids = body.get("contact_ids")
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise bad_request()
    target = body.get("target_contact_id") or next(iter(ids), "")
    if len({*ids, target}) < 2:
        raise bad_request()
    return JSONResponse(renderer(desk)(absorb(desk, target, [id for id in ids if id != target])))


def get(desk: Desk, id: str) -> Json:
    """Return a contact by its id or an alias such as alt:email:maria@example.com.

    Raises:
        Refused: 404.
    """
    if id.startswith("alt:"):
        _, source, handle = (*id.split(":", 2), "")[:3]
        found = by_email(desk, handle) if source == "email" else None
    else:
        found = desk.find(KIND, id)
    if found is None or found.get("is_gone"):
        raise not_found("contact", id)
    return found


def by_email(desk: Desk, address: str) -> Json | None:
    """Return the contact with this e-mail handle; capitals do not matter, and at most one contact has it."""
    found = desk.all(KIND, where=("email", [address.strip().lower()]))
    return next((contact for contact in found if not contact.get("is_gone")), None)


def add(desk: Desk, email: str, name: str) -> Json:
    """Make a contact with an e-mail handle, or return the one that has it."""
    if found := by_email(desk, email):
        return found
    contact = blank(desk.new_id(KIND, "crd"), email, name, desk.now())
    desk.put(KIND, contact, links={"email": email.strip().lower()})
    return contact


def blank(id: str, email: str, name: str, now: float) -> Json:
    """Return a new contact as it is stored; `values` are its custom fields by field id."""
    handles = [{"source": "email", "handle": email}]
    return {
        "id": id, "name": name, "description": "", "links": [], "handles": handles, "values": {}, "updated_at": now,
    }  # fmt: skip


def remove(desk: Desk, id: str) -> None:
    """Delete a contact.

    Raises:
        Refused: 404.
    """
    desk.put(KIND, get(desk, id) | {"is_gone": True})


def absorb(desk: Desk, target_id: str, other_ids: list[str]) -> Json:
    """Merge contacts into one and delete the others; of two values of one field the newer contact's stays.

    Raises:
        Refused: 404.
    """
    with desk.state.transaction():
        target, *others = [get(desk, id) for id in (target_id, *other_ids)]
        by_age = sorted((target, *others), key=lambda contact: float(contact["updated_at"]))
        merged = target | {
            "handles": [handle for contact in (target, *others) for handle in contact["handles"]],
            "links": [link for contact in (target, *others) for link in contact["links"]],
            "description": "\n".join(one["description"] for one in (target, *others) if one["description"]),
            "values": {id: value for contact in by_age for id, value in contact["values"].items()},
            "updated_at": desk.now(),
        }
        for other in others:
            desk.put(KIND, other | {"is_gone": True})
        for handle in merged["handles"]:
            desk.put(KIND, merged, links={"email": handle["handle"].strip().lower()})
    return merged


def renderer(desk: Desk) -> Callable[[Json], Json]:
    """Return what turns stored contacts into answers; field definitions are read once for all of them."""
    definitions = desk.all(fields.KIND)

    def render(contact: Json) -> Json:
        link = f"{HOST}/contacts/{contact['id']}"
        related: dict[str, Any] = {"notes": f"{link}/notes", "conversations": f"{link}/conversations"}
        return {
            "_links": {"self": link, "related": {**related, "owner": None}},
            **{
                name: contact[name]
                for name in ("id", "name", "description", "links", "handles", "updated_at")
            },
            "avatar_url": None,
            "is_private": False,
            "groups": [],
            "lists": [],
            "custom_fields": fields.named(definitions, contact["values"]),
        }

    return render
