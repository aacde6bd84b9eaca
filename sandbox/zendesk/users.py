"""Zendesk's users: looked up by id or e-mail, created, updated key by key; every real write is counted."""

import shlex
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.state import Json, State
from sandbox.zendesk import fields
from sandbox.zendesk.answers import ACCOUNT, VENDOR, Desk, Refused, invalid, listing, offset_page, short_list

KIND = "users"
DELETED = "deleted_users"
ROLES = frozenset({"end-user", "agent", "admin"})
_WRITES = "zendesk.user_writes"
_PLAIN = frozenset(
    {
        "alias",
        "details",
        "external_id",
        "locale",
        "name",
        "notes",
        "organization_id",
        "phone",
        "role",
        "signature",
    }
    | {"suspended", "tags", "time_zone", "verified"}
)


def writes(state: State) -> int:
    """Return how many users were written since they were last forgotten."""
    return int(state.get_setting(_WRITES, 0))


def forget_writes(state: State) -> None:
    """Count user writes from zero again."""
    state.set_setting(_WRITES, 0)


def renderer(desk: Desk) -> Callable[[Json], Json]:
    """Return what turns stored users into answers; field definitions are read once for all of them."""
    definitions = desk.all(fields.KIND)

    def render(user: Json) -> Json:
        values = fields.shown(definitions, user["user_fields"])
        return {**user, "url": desk.address(KIND, user["id"]), "user_fields": values}

    return render


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users, all or of some roles, or with one external id."""
    asked = request.query_params
    roles = set(asked.getlist("role")) | set(asked.getlist("role[]"))
    external = asked.get("external_id")
    choice: dict[str, Any] = {}
    if roles or external:
        choice["match"] = lambda user: (
            (not roles or user["role"] in roles) and _has_external_id(user, external)
        )
    return JSONResponse(listing(desk, request, KIND, "users", renderer(desk), **choice))


def search(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users/search by `query` (email:x, role:x, words) or `external_id`; offset pages only."""
    asked = request.query_params
    if "external_id" in asked:
        external = asked["external_id"]
        found = desk.all(KIND, match=lambda user: _has_external_id(user, external))
    else:
        found = _matching(desk, asked.get("query", ""))
    render = renderer(desk)
    return JSONResponse(offset_page(desk, request, "users", [render(user) for user in found]))


def show_many(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users/show_many?ids=1,2: at most 100, missing ones are left out."""
    ids = [id for id in request.query_params.get("ids", "").split(",") if id]
    if len(ids) > 100:
        raise Refused(400, "TooManyValues", "You can only show up to 100 users")
    render = renderer(desk)
    found = [user for id in ids if (user := desk.state.get(VENDOR, ACCOUNT, KIND, id))]
    return JSONResponse({"users": [render(user) for user in found], "count": len(found)})


def me(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users/me: whoever the credentials belong to."""
    return JSONResponse({"user": renderer(desk)(desk.get(KIND, request.state.user_id))})


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users/{id}; a deleted one is still shown, inactive."""
    gone = desk.state.get(VENDOR, ACCOUNT, DELETED, request.path_params["id"])
    return JSONResponse({"user": renderer(desk)(gone or desk.get(KIND, request.path_params["id"]))})


def identities(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /users/{id}/identities: the user's addresses, the primary one first."""
    user = desk.get(KIND, request.path_params["id"])
    addresses = [
        {
            "id": user["id"] * 10 + place,
            "url": f"{desk.url}/api/v2/users/{user['id']}/identities/{user['id'] * 10 + place}.json",
            "user_id": user["id"],
            "type": "email",
            "value": address,
            "primary": place == 0,
            "verified": True,
            "created_at": user["created_at"],
            "updated_at": user["updated_at"],
        }
        for place, address in enumerate(emails_of(desk, user))
    ]
    return JSONResponse(short_list(desk, request, "identities", addresses))


def create(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /users."""
    user = add(desk, wanted_user(body))
    return JSONResponse({"user": renderer(desk)(user)}, 201, {"location": desk.address(KIND, user["id"])})


def create_or_update(desk: Desk, _request: Request, body: Json) -> Response:
    """POST /users/create_or_update: matched by e-mail, else by external id."""
    wanted = wanted_user(body)
    found = find(desk, wanted)
    user = change(desk, found, wanted) if found else add(desk, wanted)
    return JSONResponse({"user": renderer(desk)(user)}, 200 if found else 201)


def update(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /users/{id}."""
    user = change(desk, desk.get(KIND, request.path_params["id"]), wanted_user(body))
    return JSONResponse({"user": renderer(desk)(user)})


def find(desk: Desk, wanted: Json) -> Json | None:
    """Return the user that an id, an e-mail or an external id belongs to."""
    if wanted.get("id"):
        return desk.state.get(VENDOR, ACCOUNT, KIND, str(wanted["id"]))
    if wanted.get("email"):
        return by_email(desk, str(wanted["email"]))
    if wanted.get("external_id"):
        external = str(wanted["external_id"])
        return next(iter(desk.all(KIND, match=lambda user: _has_external_id(user, external), limit=1)), None)
    return None


def by_email(desk: Desk, address: str) -> Json | None:
    """Return the user with this address, primary or not; capitals do not matter."""
    found = desk.all(KIND, where=("email", [address.strip().lower()]), limit=1)
    return found[0] if found else None


def emails_of(desk: Desk, user: Json) -> list[str]:
    """Return the user's addresses, the primary one first."""
    rows = desk.state.execute(
        "select l.value from links l join objects o on o.seq = l.seq"
        " where o.vendor = ? and o.account = ? and o.kind = ? and o.id = ?"
        " and l.vendor = o.vendor and l.account = o.account and l.kind = o.kind and l.field = 'email'",
        (VENDOR, ACCOUNT, KIND, str(user["id"])),
    )
    others = sorted(row["value"] for row in rows if row["value"] != user["email"])
    return [address for address in (user["email"], *others) if address]


def add(desk: Desk, wanted: Json) -> Json:
    """Create a user and count the write.

    Raises:
        Refused: 422, no name, or an e-mail that somebody has.
    """
    email = str(wanted.get("email") or "").strip().lower() or None
    if not str(wanted.get("name") or "").strip():
        raise invalid("name", "is too short (minimum is 1 characters)", "ValueTooShort")
    if email and by_email(desk, email):
        raise invalid("email", f"{email} is already being used by another user", "DuplicateValue")
    now = desk.stamp()
    user: Json = {
        "id": desk.new_id(KIND),
        "name": "",
        "email": email,
        "created_at": now,
        "updated_at": now,
        "time_zone": "Berlin",
        "iana_time_zone": "Europe/Berlin",
        "locale": "en-US",
        "locale_id": 1,
        "phone": None,
        "photo": None,
        "organization_id": None,
        "role": "end-user",
        "verified": True,
        "external_id": None,
        "tags": [],
        "alias": "",
        "active": True,
        "shared": False,
        "suspended": False,
        "notes": "",
        "details": "",
        "user_fields": {},
    }
    return _save(desk, user, {name: value for name, value in wanted.items() if name != "email"}, email)


def change(desk: Desk, user: Json, wanted: Json) -> Json:
    """Update a user and count the write; `email` adds a further address and never replaces the first.

    Raises:
        Refused: 422, an e-mail that somebody else has, or a value that its field does not take.
    """
    email = str(wanted.get("email") or "").strip().lower() or None
    if email and (holder := by_email(desk, email)) and holder["id"] != user["id"]:
        raise invalid("email", f"{email} is already being used by another user", "DuplicateValue")
    if email and not user["email"]:
        user["email"] = email
    return _save(desk, user, wanted, email)


def _save(desk: Desk, user: Json, wanted: Json, email: str | None) -> Json:
    if "name" in wanted and not str(wanted["name"] or "").strip():
        raise invalid("name", "is too short (minimum is 1 characters)", "ValueTooShort")
    if wanted.get("role", "end-user") not in ROLES:
        raise invalid("role", f"{wanted['role']} is not a role")
    changes = wanted.get("user_fields") or {}
    if not isinstance(changes, dict):
        raise invalid("user_fields", "must be an object")
    user |= {name: value for name, value in wanted.items() if name in _PLAIN}
    user["user_fields"] = fields.merged(desk, user["user_fields"], changes)
    user["updated_at"] = desk.stamp()
    with desk.state.transaction():
        desk.put(KIND, user, links={"email": email})
        desk.state.set_setting(_WRITES, writes(desk.state) + 1)
    return user


def wanted_user(body: Json) -> Json:
    """Return what a body says of a user.

    Raises:
        Refused: 400, it says nothing.
    """
    wanted = body.get("user")
    if not isinstance(wanted, dict):
        raise Refused(400, "InvalidParameter", "Parameter user is required")
    return wanted


def _has_external_id(user: Json, wanted: str | None) -> bool:
    return wanted is None or str(user["external_id"] or "").lower() == wanted.lower()


def _matching(desk: Desk, query: str) -> list[Json]:
    try:
        words = shlex.split(query)
    except ValueError:
        words = query.split()
    pairs = [word.lower().partition(":") for word in words]
    addresses = [value for name, _, value in pairs if name in ("email", "user") and "@" in value]
    roles = {value for name, _, value in pairs if name == "role"}
    texts = [name for name, colon, _ in pairs if not colon]

    def fits(user: Json) -> bool:
        shown = f"{user['name']} {user['email']}".lower()
        return (not roles or user["role"] in roles) and all(text in shown for text in texts)

    choice: dict[str, Any] = {"where": ("email", addresses)} if addresses else {}
    return desk.all(KIND, match=fits, **choice)
