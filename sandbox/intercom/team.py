"""Who works in the Intercom workspace, and whose word the API's token is: GET /me and GET /admins."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.intercom.answers import WORKSPACE, Desk
from sandbox.state import Json

API_ADMIN = "5001"
_TEAM = {
    API_ADMIN: ("Lampa API", "api@lampa.example"),
    "5002": ("Ana Horvat", "ana@lampa.example"),
    "5003": ("Boris Novak", "boris@lampa.example"),
    "5004": ("Chen Li", "chen@lampa.example"),
    "5005": ("Dora Weiss", "dora@lampa.example"),
}
_OPENED_AT = 1_671_465_577


def author(admin_id: str) -> Json | None:
    """Return a teammate as the author of a conversation part; None for an id that nobody has."""
    if admin_id not in _TEAM:
        return None
    name, email = _TEAM[admin_id]
    return {"type": "admin", "id": admin_id, "name": name, "email": email}


def me(_desk: Desk, _request: Request, _body: Json) -> Response:
    """GET /me: the teammate whom the token belongs to, and the workspace."""
    app = {
        "type": "app",
        "id_code": WORKSPACE,
        "name": "Lampa",
        "created_at": _OPENED_AT,
        "identity_verification": True,
        "timezone": "Europe/Berlin",
        "region": "EU",
    }
    return JSONResponse({**_admin(API_ADMIN), "email_verified": True, "app": app})


def show_all(_desk: Desk, _request: Request, _body: Json) -> Response:
    """GET /admins."""
    return JSONResponse({"type": "admin.list", "admins": [_admin(id) for id in _TEAM]})


def _admin(id: str) -> Json:
    name, email = _TEAM[id]
    return {
        "type": "admin",
        "id": id,
        "name": name,
        "email": email,
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "has_inbox_seat": True,
        "team_ids": [],
    }
