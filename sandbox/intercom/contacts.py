"""Intercom's contacts, users and leads alike: listed, read, created, updated, merged, archived and deleted.

An e-mail address may stand on any number of leads, and on several users with external ids of their own. A contact
that was merged, archived or deleted is in no list any more and takes no update.
Source: the paths /contacts of Intercom's OpenAPI description 2.16.
"""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.intercom import attributes
from sandbox.intercom.answers import ACCOUNT, VENDOR, Desk, Refused, invalid, listing, not_found, place
from sandbox.intercom.contact_shape import render
from sandbox.state import Json, State

KIND = "contacts"
GONE = (
    "gone_contacts"  # kept for what is still said of them: where they were merged to, that they are archived
)
CONVERSATIONS = "conversations"
PAGE = 50
ROLES = ("user", "lead")
_PLAIN = ("external_id", "name", "phone", "role", "owner_id", "signed_up_at", "last_seen_at")
_WRITES = "intercom.contact_writes"


def writes(state: State) -> int:
    """Return how many contacts were written since they were last forgotten."""
    return int(state.get_setting(_WRITES, 0))


def forget_writes(state: State) -> None:
    """Count contact writes from zero again."""
    state.set_setting(_WRITES, 0)


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts: 50 a page unless asked otherwise, at most 150."""
    asked = request.query_params
    here = place(asked.get("per_page"), asked.get("starting_after"), PAGE)
    after = None if here.after is None else (0, here.after)
    rows = desk.state.rows(VENDOR, ACCOUNT, KIND, after=after, limit=here.size + 1, oldest_first=True)
    last = rows[here.size - 1]["seq"] if len(rows) > here.size else None
    data = [render(orjson.loads(row["json"])) for row in rows[: here.size]]
    return JSONResponse(listing(data, here, last, desk.count(KIND)))


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /contacts/{id}; of one that was merged, 410 and where to."""
    return JSONResponse(render(get(desk, request.path_params["id"], is_read=True)))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts."""
    return JSONResponse(render(add(desk, body)))


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /contacts/{id}: only what is sent changes; custom attributes are merged by name."""
    with desk.state.transaction():
        contact = get(desk, request.path_params["id"])
        _save(desk, contact, body)
    return JSONResponse(render(contact))


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /contacts/{id}: for good."""
    contact = get(desk, request.path_params["id"])
    remove(desk, contact)
    shown = {"id": contact["id"], "external_id": contact["external_id"], "type": "contact", "deleted": True}
    return JSONResponse(shown)


def merge(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /contacts/merge: a lead into a user.

    Raises:
        Refused: 404, one of them is not there; 400, not a lead and a user, or nothing that they share.
    """
    lead, user = get(desk, str(body.get("from"))), get(desk, str(body.get("into")))
    if (lead["role"], user["role"]) != ("lead", "user"):
        raise invalid("Can only merge a contact with role lead into a contact with role user")
    is_twin = any(lead[name] and lead[name] == user[name] for name in ("email", "phone"))
    if not is_twin and not body.get("skip_duplicate_validation"):
        raise Refused(
            400,
            "invalid_merge",
            "Contacts can only be merged when they are duplicates (matching email or phone). "
            "Pass skip_duplicate_validation=true to override this check.",
        )
    return JSONResponse(render(join(desk, lead, user)))


def get(desk: Desk, id: str, *, is_read: bool = False) -> Json:
    """Return a contact that is still there.

    Raises:
        Refused: 404, there is none, also when it was archived or deleted; 410 to a reader of a merged one.
    """
    if contact := desk.find(KIND, id):
        return contact
    gone = desk.find(GONE, id)
    if is_read and gone and gone["merged_into"]:
        raise Refused(
            410,
            "contact_merged",
            "This contact has been merged. See the 'Link' header for the canonical contact.",
            Link=f'</contacts/{gone["merged_into"]}>; rel="canonical"',
        )
    raise not_found("User")


def by_email(desk: Desk, email: str) -> list[Json]:
    """Return all contacts with an address, users first; capitals do not matter."""
    found = desk.all(KIND, email=email.strip().lower())
    return sorted(found, key=lambda contact: contact["role"] != "user")


def add(desk: Desk, wanted: Json) -> Json:
    """Create a contact and count the write; without a role it is a user.

    Raises:
        Refused: 400, nothing by which it is known; 409, a user who is there already.
    """
    email = str(wanted.get("email") or "").strip().lower() or None
    role = wanted.get("role") or "user"
    if not (email or wanted.get("external_id") or wanted.get("role")):
        raise invalid("email, external_id or role is required")
    if role == "user":
        _check_duplicates(desk, email, wanted.get("external_id"))
    contact = new(desk.now(), desk.number(KIND), role, email)
    with desk.state.transaction():
        _save(desk, contact, wanted)
    return contact


def new(now: int, number: int, role: str, email: str | None) -> Json:
    """Return a contact as it is kept, born now (Unix seconds) with the given number; its id has 24 hex digits."""
    return {
        "id": f"{now:08x}1bb69f9f21{number:06x}",
        "role": role,
        "email": email,
        "external_id": None,
        "name": None,
        "phone": None,
        "owner_id": None,
        "signed_up_at": None,
        "last_seen_at": None,
        "last_replied_at": None,
        "unsubscribed_from_emails": False,
        "created_at": now,
        "updated_at": now,
        "custom_attributes": {},
    }


def remove(desk: Desk, contact: Json, *, merged_into: str | None = None, is_archived: bool = False) -> None:
    """Take a contact out of all lists."""
    kept = {
        **{name: contact[name] for name in ("id", "role", "email", "external_id")},
        "merged_into": merged_into,
        "is_archived": is_archived,
    }
    with desk.state.transaction():
        desk.state.delete(VENDOR, ACCOUNT, KIND, contact["id"])
        desk.put(GONE, kept)


def join(desk: Desk, leaving: Json, staying: Json) -> Json:
    """Merge one contact into another, who takes over its conversations, and return that one."""
    with desk.state.transaction():
        for conversation in desk.all(CONVERSATIONS, parent=leaving["id"]):
            desk.put(CONVERSATIONS, conversation | {"contact_id": staying["id"]}, parent=staying["id"])
        remove(desk, leaving, merged_into=staying["id"])
        staying["updated_at"] = desk.now()
        desk.put(KIND, staying)
    return staying


def _check_duplicates(desk: Desk, email: str | None, external_id: Any) -> None:
    """Users are told apart by external id; where none is given, by address. Leads are never duplicates."""
    for kind, word in ((KIND, "A"), (GONE, "An archived")):
        if external_id:
            same = desk.all(kind, match=lambda one: one["external_id"] == external_id)
        else:
            same = [one for one in desk.all(kind, email=email) if one["role"] == "user"]
        for one in same:
            if kind == KIND or one["is_archived"]:
                words = f"{word} contact matching those details already exists with id={one['id']}"
                raise Refused(409, "conflict", words)


def _save(desk: Desk, contact: Json, wanted: Json) -> None:
    if wanted.get("role", "user") not in ROLES:
        raise invalid("role must be either user or lead")
    changes = wanted.get("custom_attributes") or {}
    if not isinstance(changes, dict):
        raise invalid("custom_attributes must be an object")
    contact["custom_attributes"] = attributes.merged(desk, contact["custom_attributes"], changes)
    contact |= {name: wanted[name] for name in _PLAIN if name in wanted}
    if "email" in wanted:
        contact["email"] = str(wanted["email"] or "").strip().lower() or None
    contact["updated_at"] = desk.now()
    desk.put(KIND, contact)
    desk.state.set_setting(_WRITES, writes(desk.state) + 1)
