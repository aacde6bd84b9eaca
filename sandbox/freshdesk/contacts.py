"""Freshdesk's contacts: listed by name, looked up, created, updated field by field; every write is counted.

An address belongs to one user only, contact or agent. A contact that was deleted or blocked still answers by its
id, but is in no list unless asked for by `state`, and takes no update.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk import agents, fields, indexing
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
    wrong_type,
)
from sandbox.state import Json, Jsons, State

KIND = "contacts"
PRESENT, DELETED, BLOCKED = "present", "deleted", "blocked"
_WRITES = "freshdesk.contact_writes"
_STATES = ("blocked", "deleted", "unverified", "verified")
_FILTERS = frozenset(
    {
        "page",
        "per_page",
        "email",
        "phone",
        "mobile",
        "company_id",
        "state",
        "contact_type",
        "updated_since",
    }
)
_PLAIN = (
    "address", "company_id", "description", "job_title", "language", "mobile", "name", "other_companies", "phone",
    "time_zone", "twitter_id", "unique_external_id", "view_all_tickets",
)  # fmt: skip
_WRITABLE = frozenset({*_PLAIN, "email", "other_emails", "tags", "custom_fields"})
_ONLY_ALONE = frozenset({"other_emails", "tags", "avatar", "view_all_tickets"})  # not in lists


def writes(state: State) -> int:
    """Return how many contacts were written since they were last forgotten."""
    return int(state.get_setting(_WRITES, 0))


def forget_writes(state: State) -> None:
    """Count contact writes from zero again."""
    state.set_setting(_WRITES, 0)


def renderer(desk: Desk, *, in_list: bool) -> Callable[[Json], Json]:
    """Return what turns stored contacts into answers; field definitions are read once for all of them."""
    definitions = desk.all(fields.KIND)
    hidden = {"values", "state"} | (_ONLY_ALONE if in_list else set())

    def render(contact: Json) -> Json:
        shown = {name: value for name, value in contact.items() if name not in hidden}
        if contact["state"] == DELETED:
            shown["deleted"] = True
        return shown | {"custom_fields": fields.shown_values(definitions, contact["values"])}

    return render


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts: those neither blocked nor deleted, by name, or those that the filters choose.

    Raises:
        Refused: 400, a filter that does not exist or makes no sense.
    """
    known_only(request, _FILTERS)
    first, size = window(request)
    if set(request.query_params) <= {"page", "per_page"}:
        found = desk.part(KIND, PRESENT, first, size + 1)
    else:
        found = _chosen(desk, request)[first : first + size + 1]
    return listed(desk, request, found, size, renderer(desk, in_list=True))


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts/{id}: deleted and blocked ones too."""
    return JSONResponse(renderer(desk, in_list=False)(desk.get(KIND, request.path_params["id"])))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts."""
    contact = add(desk, body)
    url = f"{desk.url}/api/v2/contacts/{contact['id']}"
    return JSONResponse(renderer(desk, in_list=False)(contact), 201, {"location": url})


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /contacts/{id}: what is sent changes, the rest stays.

    Raises:
        Refused: 405 for a deleted or blocked contact, 409 for a taken address, 400 for what does not fit.
    """
    contact = desk.get(KIND, request.path_params["id"])
    if contact["state"] != PRESENT:
        raise not_allowed("PUT", "GET")
    return JSONResponse(renderer(desk, in_list=False)(change(desk, contact, body)))


def by_email(desk: Desk, address: str) -> Json | None:
    """Return the contact with this address, first or further one; capitals do not matter."""
    wanted = address.strip().lower()
    found = [contact for contact in desk.all(KIND, where=("email", [wanted])) if wanted in addresses(contact)]
    return next((one for one in found if one["state"] == PRESENT), found[0] if found else None)


def addresses(contact: Json) -> list[str]:
    """Return a contact's addresses, the primary one first."""
    return [address for address in (contact["email"], *contact["other_emails"]) if address]


def blank(desk: Desk, name: str, email: str | None) -> Json:
    """Return a new contact as it is stored, without an id."""
    now = desk.stamp()
    return {
        "active": False,
        "address": None,
        "company_id": None,
        "view_all_tickets": False,
        "description": None,
        "email": email,
        "contact_type": "contact",
        "job_title": None,
        "language": "en",
        "mobile": None,
        "name": name,
        "phone": None,
        "time_zone": "Berlin",
        "twitter_id": None,
        "social_handler": [],
        "unique_external_id": None,
        "other_emails": [],
        "other_companies": [],
        "created_at": now,
        "updated_at": now,
        "tags": [],
        "avatar": None,
        "values": {},
        "state": PRESENT,
    }


def add(desk: Desk, wanted: Json) -> Json:
    """Create a contact and count the write.

    Raises:
        Refused: 400, no name or nothing to reach the contact by; 409, an address that somebody has.
    """
    if not str(wanted.get("name") or "").strip():
        raise missing("name")
    if not any(wanted.get(name) for name in ("email", "phone", "mobile", "twitter_id", "unique_external_id")):
        raise missing("email")
    contact = {"id": desk.new_id("users"), **blank(desk, str(wanted["name"]), None)}
    return change(desk, contact, wanted)


def change(desk: Desk, contact: Json, wanted: Json) -> Json:
    """Update a contact, or store a new one, and count the write.

    Raises:
        Refused: as `update` says.
    """
    for name in wanted:
        if name not in _WRITABLE:
            raise unknown(name)
    changed = contact | {name: wanted[name] for name in _PLAIN if name in wanted}
    if not str(changed["name"] or "").strip():
        raise invalid("name", "It should not be blank as this is a mandatory field")
    for name in ("other_emails", "tags"):
        if name in wanted and not isinstance(wanted[name], list):
            raise wrong_type(name, "Array")
    if "email" in wanted:
        changed["email"] = _address(desk, contact, "email", wanted["email"])
    if "other_emails" in wanted:
        changed["other_emails"] = [
            _address(desk, contact, "other_emails", one) for one in wanted["other_emails"]
        ]
    if "tags" in wanted:
        changed["tags"] = [str(tag) for tag in wanted["tags"]]
    if "custom_fields" in wanted:
        changed["values"] = fields.merged(desk, contact["values"], wanted["custom_fields"])
    changed["updated_at"] = desk.stamp()
    with desk.state.transaction():
        store(desk, changed)
        desk.state.set_setting(_WRITES, writes(desk.state) + 1)
    return changed


def store(desk: Desk, contact: Json) -> None:
    """Keep a contact, at its place by name; the search index hears of it later."""
    with desk.state.transaction():
        before = desk.state.get(VENDOR, ACCOUNT, KIND, str(contact["id"]))
        indexing.changed(desk, contact["id"], before)
        if before is not None and place(before["name"]) != place(contact["name"]):
            desk.state.delete(VENDOR, ACCOUNT, KIND, str(contact["id"]))
        more: dict[str, Any] = {"created": place(contact["name"]), "parent": contact["state"]}
        held: list[str | None] = [*addresses(contact)]
        for address in held or [None]:
            desk.put(KIND, contact, links={"email": address}, **more)


def place(name: str) -> int:
    """Return the place in the alphabetical list: by the name's first seven bytes, then by birth."""
    return int.from_bytes(name.strip().lower().encode()[:7].ljust(7, b"\0"))


def _address(desk: Desk, contact: Json, field: str, given: Any) -> str | None:
    address = str(given or "").strip().lower()
    if not address:
        return None
    if "@" not in address:
        raise invalid(field, "It should be in the 'valid email address' format")
    holder = by_email(desk, address)
    if agents.by_email(desk, address) or (holder and holder["id"] != contact["id"]):
        raise invalid(field, "It should be a unique value", "duplicate_value", 409)
    return address


def _chosen(desk: Desk, request: Request) -> Jsons:
    asked = request.query_params
    state = asked.get("state")
    if state is not None and state not in _STATES:
        raise invalid("state", f"It should be one of these values: '{','.join(_STATES)}'")
    kept = state if state in (DELETED, BLOCKED) else PRESENT
    since = _moment(asked.get("updated_since"))
    same = [name for name in ("phone", "mobile", "company_id", "contact_type") if name in asked]
    if "email" in asked:
        one = by_email(desk, asked["email"])
        found = [one] if one else []
    else:
        found = desk.all(KIND, parent=kept)
    return [
        contact
        for contact in found
        if contact["state"] == kept
        and (state not in ("verified", "unverified") or contact["active"] == (state == "verified"))
        and contact["updated_at"] >= since
        and all(str(contact[name]) == asked[name] for name in same)
    ]


def _moment(text: str | None) -> str:
    """Return the least `updated_at` that is asked for, "" for any.

    Raises:
        Refused: 400, no moment.
    """
    if text is None:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            "updated_since", "It should be in the 'combined date and time ISO8601' format"
        ) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
