"""Zendesk's users who go: deleted softly, or merged into another end user."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.state import Json
from sandbox.zendesk import users
from sandbox.zendesk.answers import ACCOUNT, VENDOR, Desk, invalid, not_found


def delete(desk: Desk, request: Request, _body: Json) -> Response:
    """DELETE /users/{id}: out of every list and search, its address free for others."""
    gone = remove(desk, desk.get(users.KIND, request.path_params["id"]))
    return JSONResponse({"user": users.renderer(desk)(gone)})


def merge(desk: Desk, request: Request, body: Json) -> Response:
    """PUT /users/{id}/merge: into the end user that the body names.

    Raises:
        Refused: 404 for a user who does not exist, 422 for anybody but end users.
    """
    winner = users.find(desk, users.wanted_user(body))
    if winner is None:
        raise not_found()
    join(desk, desk.get(users.KIND, request.path_params["id"]), winner)
    return JSONResponse({"user": users.renderer(desk)(winner)})


def remove(desk: Desk, user: Json) -> Json:
    """Delete a user softly and return what is still shown of them."""
    gone = {**user, "active": False, "updated_at": desk.stamp()}
    with desk.state.transaction():
        desk.state.delete(VENDOR, ACCOUNT, users.KIND, str(user["id"]))
        desk.put(users.DELETED, gone)
    return gone


def join(desk: Desk, loser: Json, winner: Json) -> None:
    """Merge an end user into another: addresses and tickets move, fields of the first are lost.

    Raises:
        Refused: 422 for anybody but two different end users.
    """
    if loser["id"] == winner["id"] or {loser["role"], winner["role"]} != {"end-user"}:
        raise invalid("base", "Only two different end users can be merged")
    with desk.state.transaction():
        addresses = users.emails_of(desk, loser)
        remove(desk, loser)
        for address in addresses:
            desk.put(users.KIND, winner, links={"email": address})
        for ticket in desk.all("tickets", parent=str(loser["id"])):
            desk.put("tickets", {**ticket, "requester_id": winner["id"]}, parent=str(winner["id"]))
