"""How contacts go: deleted and restored, blocked, erased, merged into another, made an agent."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk import agents, contacts, tickets
from sandbox.freshdesk.answers import (
    ACCOUNT,
    VENDOR,
    Desk,
    Refused,
    invalid,
    missing,
    not_allowed,
    wrong_type,
)
from sandbox.state import Json


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /contacts/{id}: a soft delete.

    Raises:
        Refused: 404, or 405 when it is deleted or blocked already.
    """
    contact = desk.get(contacts.KIND, request.path_params["id"])
    if contact["state"] != contacts.PRESENT:
        raise not_allowed("DELETE", "GET")
    become(desk, contact, contacts.DELETED)
    return Response(status_code=204)


def restore(desk: Desk, request: Request, _body: Json) -> Response:
    """PUT /contacts/{id}/restore: a deleted contact is there again.

    Raises:
        Refused: 404, none that is deleted has this id.
    """
    contact = desk.get(contacts.KIND, request.path_params["id"])
    if contact["state"] != contacts.DELETED:
        raise Refused(404)
    become(desk, contact, contacts.PRESENT)
    return Response(status_code=204)


def erase(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /contacts/{id}/hard_delete: the contact and its tickets are gone for good.

    Raises:
        Refused: 404, or 400 when it is not deleted yet and `force` is not said.
    """
    contact = desk.get(contacts.KIND, request.path_params["id"])
    if contact["state"] != contacts.DELETED and request.query_params.get("force") != "true":
        raise Refused(400)
    with desk.state.transaction():
        for ticket in desk.all(tickets.KIND, parent=str(contact["id"])):
            desk.state.delete(VENDOR, ACCOUNT, tickets.KIND, str(ticket["id"]))
        desk.state.delete(VENDOR, ACCOUNT, contacts.KIND, str(contact["id"]))
    return Response(status_code=204)


def merge(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts/merge: the secondary contacts' addresses and tickets go to the primary one; they are deleted.

    Raises:
        Refused: 400 for what is missing or no contact that is there.
    """
    for name in ("primary_contact_id", "secondary_contact_ids"):
        if not body.get(name):
            raise missing(name)
    if not isinstance(body["secondary_contact_ids"], list):
        raise wrong_type("secondary_contact_ids", "Array")
    primary = _present(desk, "primary_contact_id", body["primary_contact_id"])
    others = [_present(desk, "secondary_contact_ids", one) for one in body["secondary_contact_ids"]]
    unite(desk, primary, others, body.get("contact") or {})
    return Response(status_code=204)


def make_agent(desk: Desk, request: Request, _body: Json) -> Response:
    """PUT /contacts/{id}/make_agent: the user keeps the id and is a contact no more.

    Raises:
        Refused: 404, or 405 when the contact is deleted or blocked; 400 without an address.
    """
    contact = desk.get(contacts.KIND, request.path_params["id"])
    if contact["state"] != contacts.PRESENT:
        raise not_allowed("PUT", "GET")
    if not contact["email"]:
        raise invalid("email", "An email should be associated with the contact", "inconsistent_state")
    return JSONResponse(promote(desk, contact))


def promote(desk: Desk, contact: Json) -> Json:
    """Turn a contact into an agent."""
    with desk.state.transaction():
        desk.state.delete(VENDOR, ACCOUNT, contacts.KIND, str(contact["id"]))
        return agents.add(desk, contact["name"], contact["email"], contact["id"])


def become(desk: Desk, contact: Json, state: str) -> None:
    """Put a contact into a state: present, deleted or blocked."""
    contacts.store(desk, contact | {"state": state, "updated_at": desk.stamp()})


def unite(desk: Desk, primary: Json, others: list[Json], wanted: Json) -> None:
    """Merge contacts, as an agent does in the helpdesk; `wanted` are the primary contact's new attributes."""
    with desk.state.transaction():
        moved = [address for other in others for address in contacts.addresses(other)]
        for other in others:
            for ticket in desk.all(tickets.KIND, parent=str(other["id"])):
                desk.put(tickets.KIND, ticket | {"requester_id": primary["id"]}, parent=str(primary["id"]))
            become(desk, other | {"email": None, "other_emails": []}, contacts.DELETED)
        first = wanted.get("email") or primary["email"] or moved[0]
        known = [*contacts.addresses(primary), *moved, *wanted.get("other_emails", ())]
        rest = list(dict.fromkeys(address for address in known if address != first))
        contacts.store(desk, primary | {"email": first, "other_emails": rest, "updated_at": desk.stamp()})


def _present(desk: Desk, field: str, id: object) -> Json:
    found = desk.state.get(VENDOR, ACCOUNT, contacts.KIND, str(id))
    if found is None or found["state"] != contacts.PRESENT:
        raise invalid(field, f"There is no contact matching the given {field}")
    return found
