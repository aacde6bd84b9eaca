"""Help Scout's page of one conversation with an app in its sidebar: a frame whose query is signed.

Written from developer.helpscout.com, "Signature validation": the signature covers the parameters as one JSON object
in their order. The app's address is given as `app`; `as` is the signed-in user.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.helpscout.answers import CONVERSATIONS, Desk
from sandbox.helpscout.users import KIND
from sandbox.sidebar_page import frame, page
from sandbox.state import State

PANEL_SECRET = "helpscout_sandbox_panel"


def routes(state: State, clock: Clock, url: str) -> list[BaseRoute]:
    """Return the conversation's page."""
    desk = Desk(state, clock, url)

    async def conversation(request: Request) -> Response:
        found = desk.get(CONVERSATIONS, request.path_params["id"])
        user = next(one for one in desk.all(KIND) if one["email"] == request.query_params["as"])
        params = {
            "conversation-id": str(found["id"]),
            "conversation-number": str(found["number"]),
            "customer-id": str(found["primaryCustomer"]["id"]),
            "mailbox-id": str(found["mailboxId"]),
            "user-id": str(user["id"]),
            "installation-ids": "1",
            "application-id": "billing",
            "application-slug": "billing",
        }
        message = json.dumps(params, separators=(",", ":")).encode()
        digest = hmac.new(PANEL_SECRET.encode(), message, hashlib.sha1).digest()
        signed = {**params, "X-HelpScout-Signature": base64.b64encode(digest).decode()}
        opened = frame(f"{request.query_params['app']}?{urlencode(signed)}")
        return HTMLResponse(page(found["subject"], user["email"], [found["preview"]], opened))

    return [Route("/helpscout/conversation/{id}", conversation)]
