"""Help Scout's customers: listed by page (v2) or by cursor (v3), created, deleted; every write to one is counted.

Source: developer.helpscout.com/mailbox-api/endpoints/customers. An address belongs to one customer.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox.helpscout import definitions
from sandbox.helpscout.answers import (
    ACCOUNT,
    CONVERSATIONS,
    CUSTOMERS,
    PAGE,
    THREADS,
    VENDOR,
    Desk,
    hal,
    invalid,
    numbered,
    refused,
)
from sandbox.helpscout.searching import wanted
from sandbox.state import Json, Key, State

LONGEST_NAME = 40
MOST_CONVERSATIONS = 100
_WRITES = "helpscout.customer_writes"


def writes(state: State) -> int:
    """Return how many customers were written since they were last forgotten."""
    return int(state.get_setting(_WRITES, 0))


def forget_writes(state: State) -> None:
    """Count customer writes from zero again."""
    state.set_setting(_WRITES, 0)


def count_write(state: State) -> None:
    """Count one more customer written."""
    state.set_setting(_WRITES, writes(state) + 1)


def renderer(desk: Desk) -> Callable[[Json], Json]:
    """Return what turns stored customers into answers; definitions are read once for all of them."""
    known = definitions.every(desk)

    def render(customer: Json) -> Json:
        plain = {name: value for name, value in customer.items() if name not in ("emails", "values")}
        entries: Json = {name: [] for name in ("phones", "chats", "social_profiles", "websites")}
        entries |= {
            "emails": customer["emails"],
            "properties": definitions.carried(known, customer["values"]),
        }
        return plain | {"_embedded": entries, "_links": {"self": desk.link(f"v2/customers/{customer['id']}")}}

    return render


def show_all(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/customers: by page, newest first; by name, `modifiedSince` or `query`, all of which must hold."""
    found = desk.all(CUSTOMERS, match=wanted(request.query_params))
    frame, customers = numbered(desk, request, found)
    return hal(frame | _embedded(desk, customers))


def walk(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v3/customers: by cursor, newest first, so that nobody is skipped when others come or go meanwhile."""
    asked = request.query_params
    rows = desk.state.rows(
        VENDOR,
        ACCOUNT,
        CUSTOMERS,
        after=_opened(asked["cursor"]) if "cursor" in asked else None,
        limit=PAGE + 1,
        match=wanted(asked),
    )
    links = {"self": desk.link(f"v3/customers?{urlencode(asked)}".rstrip("?"))}
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        cursor = base64.b64encode(orjson.dumps({"createdAt": last["created"], "id": last["seq"]})).decode()
        links["next"] = desk.link(f"v3/customers?{urlencode({**asked, 'cursor': cursor})}")
    return hal({"_links": links} | _embedded(desk, [orjson.loads(row["json"]) for row in rows[:PAGE]]))


def show(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/customers/{id}, with its entries and the properties it has values for."""
    return hal(renderer(desk)(desk.get(CUSTOMERS, request.path_params["id"])))


def create(desk: Desk, _request: Request, body: object) -> Response:
    """POST /v2/customers; answers with the id in a header and no body."""
    given = body if isinstance(body, dict) else {}
    addresses = [str(one.get("value") or "") for one in given.get("emails", ()) if isinstance(one, dict)]
    customer = add(desk, str(given.get("firstName") or ""), str(given.get("lastName") or ""), addresses)
    headers = {
        "resource-id": str(customer["id"]),
        "location": desk.link(f"v2/customers/{customer['id']}")["href"],
    }
    return Response(status_code=201, headers=headers)


def delete(desk: Desk, request: Request, _body: object) -> Response:
    """DELETE /v2/customers/{id}: for ever, with all conversations; with `async=true` however many there are.

    Raises:
        Refused: 403, more than 100 conversations.
    """
    customer = desk.get(CUSTOMERS, request.path_params["id"])
    is_async = request.query_params.get("async") == "true"
    if not is_async and len(desk.all(CONVERSATIONS, parent=str(customer["id"]))) > MOST_CONVERSATIONS:
        raise refused(403, "The customer has more than 100 conversations")
    remove(desk, customer["id"])
    return Response(status_code=202 if is_async else 204)


def add(desk: Desk, first: str, last: str, addresses: list[str]) -> Json:
    """Create a customer.

    Raises:
        Refused: 400, a name that is too long; 409, an address that somebody has.
    """
    for path, name in (("firstName", first), ("lastName", last)):
        if len(name) > LONGEST_NAME:
            raise invalid(path, f"size must be between 1 and {LONGEST_NAME}", "Size", name)
    if any(by_email(desk, address) for address in addresses):
        raise refused(409, "Customer with this email already exists")
    customer = record(desk, first, last, addresses)
    with desk.state.transaction():
        desk.put(CUSTOMERS, customer)
        for address in addresses:
            desk.put(CUSTOMERS, customer, links={"email": address.lower()})
    return customer


def record(desk: Desk, first: str, last: str, addresses: list[str]) -> Json:
    """Return a new customer as it is stored; `values` are those of its properties."""
    id, now = desk.new_id(CUSTOMERS), desk.stamp()
    return {
        "id": id,
        "firstName": first,
        "lastName": last,
        "gender": "Unknown",
        "photoType": "default",
        "photoUrl": "",
        "createdAt": now,
        "updatedAt": now,
        "emails": [
            {"id": id * 10 + place, "value": address, "type": "work"}
            for place, address in enumerate(addresses)
        ],
        "values": {},
    }


def by_email(desk: Desk, address: str) -> Json | None:
    """Return the customer with this address, among others or not; capitals do not matter."""
    found = desk.all(CUSTOMERS, where=("email", [address.strip().lower()]), limit=1)
    return found[0] if found else None


def remove(desk: Desk, id: object) -> None:
    """Delete a customer and the conversations.

    Raises:
        Refused: 404, there is none.
    """
    desk.get(CUSTOMERS, id)
    with desk.state.transaction():
        for conversation in desk.all(CONVERSATIONS, parent=str(id)):
            for thread in desk.all(THREADS, parent=str(conversation["id"])):
                desk.delete(THREADS, thread["id"])
            desk.delete(CONVERSATIONS, conversation["id"])
        desk.delete(CUSTOMERS, id)


def merge(desk: Desk, id: object, into_id: object) -> None:
    """Make two profiles one, as the team does by adding the address of one to the other: the first is gone.

    Source: docs.helpscout.com/article/66-merge-duplicate-customer-profiles. What the kept profile knows stays.

    Raises:
        Refused: 404, one of them does not exist.
    """
    gone, kept = desk.get(CUSTOMERS, id), desk.get(CUSTOMERS, into_id)
    kept |= {"emails": [*kept["emails"], *gone["emails"]], "updatedAt": desk.stamp()}
    with desk.state.transaction():
        for conversation in desk.all(CONVERSATIONS, parent=str(id)):
            conversation["primaryCustomer"] = as_person(kept)
            desk.put(CONVERSATIONS, conversation, parent=str(kept["id"]))
        desk.delete(CUSTOMERS, id)
        for email in gone["emails"]:
            desk.put(CUSTOMERS, kept, links={"email": email["value"].lower()})


def as_person(customer: Json) -> Json:
    """Return a customer as conversations and threads name who did something."""
    return {
        "id": customer["id"],
        "type": "customer",
        "first": customer["firstName"],
        "last": customer["lastName"],
        "photoUrl": customer["photoUrl"],
        "email": customer["emails"][0]["value"] if customer["emails"] else "",
    }


def _embedded(desk: Desk, customers: list[Json]) -> Json:
    """Return the part of a list that is left out when there is nobody in it."""
    render = renderer(desk)
    return {"_embedded": {CUSTOMERS: [render(one) for one in customers]}} if customers else {}


def _opened(cursor: str) -> Key:
    try:
        place: dict[str, Any] = orjson.loads(base64.b64decode(cursor, validate=True))
        return int(place["createdAt"]), int(place["id"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise invalid("cursor", "is not a cursor", "Pattern", cursor) from error
