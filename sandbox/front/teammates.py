"""The people who work in Front, and the API token that acts for the company. None of them is a contact."""

from sandbox.front.answers import HOST, Desk
from sandbox.state import Json

KIND = "teammate"
API = "api"
TEAM = (
    ("Ana", "Horvat", "ana", False),
    ("Boris", "Novak", "boris", False),
    ("Chen", "Li", "chen", False),
    ("Dora", "Weiss", "dora", True),
)


def hire(desk: Desk) -> None:
    """Put the support team and the API token's bot into the company."""
    for first_name, last_name, username, is_admin in TEAM:
        _add(desk, username, f"{username}@lampa.example", first_name, last_name, is_admin=is_admin)
    _add(desk, API, "api@lampa.example", "Lampa", "API", type="api")


def by_username(desk: Desk, username: str) -> Json:
    """Return a teammate as Front shows them.

    Raises:
        LookupError: there is no such teammate.
    """
    for one in desk.all(KIND):
        if one["username"] == username:
            link = f"{HOST}/teammates/{one['id']}"
            related = {"inboxes": f"{link}/inboxes", "conversations": f"{link}/conversations"}
            return {"_links": {"self": link, "related": related}, **one}
    raise LookupError(f"no teammate {username!r}")


def _add(
    desk: Desk,
    username: str,
    email: str,
    first_name: str,
    last_name: str,
    *,
    type: str = "user",
    is_admin: bool = False,
) -> None:
    teammate = {
        "id": desk.new_id(KIND, "tea"),
        "email": email,
        "username": username,
        "first_name": first_name,
        "last_name": last_name,
        "license_type": "full",  # the schema requires it, and does not say what it may hold
        "is_admin": is_admin,
        "is_available": True,
        "is_blocked": False,
        "type": type,
        "custom_fields": {},
    }
    desk.put(KIND, teammate)
