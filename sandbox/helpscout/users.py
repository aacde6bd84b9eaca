"""Help Scout's users: the support team, who are never customers. The application acts as its owner."""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.helpscout.answers import Desk, hal, numbered
from sandbox.state import Json

KIND = "users"


def show_all(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/users."""
    frame, users = numbered(desk, request, desk.all(KIND, oldest_first=True))
    return hal(frame | ({"_embedded": {KIND: [_shown(desk, user) for user in users]}} if users else {}))


def me(desk: Desk, _request: Request, _body: object) -> Response:
    """GET /v2/users/me: the owner of the application."""
    return hal(_shown(desk, owner(desk)))


def show(desk: Desk, request: Request, _body: object) -> Response:
    """GET /v2/users/{id}."""
    return hal(_shown(desk, desk.get(KIND, request.path_params["id"])))


def owner(desk: Desk) -> Json:
    """Return the user that the application belongs to: the first of the team."""
    return desk.all(KIND, oldest_first=True, limit=1)[0]


def add(desk: Desk, first: str, last: str, email: str, role: str) -> None:
    """Invite somebody to the team."""
    now = desk.stamp()
    user = {
        "id": desk.new_id(KIND),
        "firstName": first,
        "lastName": last,
        "email": email,
        "role": role,
        "timezone": "Europe/Berlin",
        "photoUrl": "",
        "createdAt": now,
        "updatedAt": now,
        "type": "user",
        "mention": first.lower(),
        "initials": f"{first[:1]}{last[:1]}",
        "alternateEmails": [],
    }
    desk.put(KIND, user)


def as_person(user: Json) -> Json:
    """Return a user as conversations and threads name who did something."""
    return {
        "id": user["id"],
        "type": "user",
        "first": user["firstName"],
        "last": user["lastName"],
        "photoUrl": user["photoUrl"],
        "email": user["email"],
    }


def _shown(desk: Desk, user: Json) -> Json:
    return user | {"_links": {"self": desk.link(f"v2/users/{user['id']}")}}
