"""Freshdesk's agents: the support team, who are users like contacts but never among them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.freshdesk.answers import Desk, known_only, listed, window
from sandbox.state import Json

KIND = "agents"
_FILTERS = frozenset({"page", "per_page", "email"})


def me(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /agents/me: whoever the API key belongs to."""
    return JSONResponse(desk.get(KIND, request.state.agent_id))


def show_all(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /agents, all of them or the one with an address."""
    known_only(request, _FILTERS)
    first, size = window(request)
    email = request.query_params.get("email")
    found = [agent for agent in desk.all(KIND) if email in (None, agent["contact"]["email"])]
    return listed(desk, request, found[first : first + size + 1], size)


def show(desk: Desk, request: Request, _body: Json) -> Response:
    """GET /agents/{id}."""
    return JSONResponse(desk.get(KIND, request.path_params["id"]))


def by_email(desk: Desk, address: str) -> Json | None:
    """Return the agent with this address."""
    wanted = address.strip().lower()
    return next((agent for agent in desk.all(KIND) if agent["contact"]["email"] == wanted), None)


def add(desk: Desk, name: str, email: str, id: int | None = None) -> Json:
    """Hire somebody; a contact who becomes an agent keeps the `id`."""
    now = desk.stamp()
    agent: Json = {
        "id": id or desk.new_id("users"),
        "available": True,
        "available_since": None,
        "occasional": False,
        "signature": None,
        "ticket_scope": 1,
        "type": "support_agent",
        "group_ids": [],
        "role_ids": [],
        "skill_ids": [],
        "focus_mode": True,
        "created_at": now,
        "updated_at": now,
        "contact": {
            "active": True,
            "email": email.strip().lower(),
            "job_title": None,
            "language": "en",
            "last_login_at": None,
            "mobile": None,
            "name": name,
            "phone": None,
            "time_zone": "Berlin",
            "created_at": now,
            "updated_at": now,
        },
    }
    desk.put(KIND, agent)
    return agent
