"""Zendesk's ticket page with an app in its sidebar: a signed POST opens it, then both speak over postMessage.

Written from developer.zendesk.com ("Securing the app") and from the messages of zendesk_app_framework_sdk 2.0. The
installed app's page is given in the address, as `app`; `as` is the signed-in agent.
"""

import json
import time
import uuid
from urllib.parse import urlencode

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.sidebar_page import frame, page
from sandbox.state import State
from sandbox.zendesk import users
from sandbox.zendesk.answers import Desk
from sandbox.zendesk.app_key import APP_ID, KEY, audience, public_pem

TOKEN_SECONDS = 120
_SCRIPT = """
const panel = document.getElementById("panel");
addEventListener("message", (event) => {
  if (event.source !== panel.contentWindow || event.origin !== APP) return;
  const said = JSON.parse(event.data);
  const answer = (content) => panel.contentWindow.postMessage(JSON.stringify(content), APP);
  if (said.key === "iframe.handshake")
    answer({ key: "zaf.app.registered", message: { context: CONTEXT, metadata: { installationId: 82 } } });
  else if (said.request === "get")
    answer({ id: said.id, result: { "ticket.id": TICKET, errors: {} } });
  else if (said.request === "invoke") {
    if (said.params.resize) panel.style.height = said.params.resize[0].height;
    answer({ id: said.id, result: { errors: {} } });
  }
});
document.getElementById("opening").submit();
"""


def routes(state: State, clock: Clock, url: str) -> list[BaseRoute]:
    """Return the ticket page and the app's public key; `url` is the account's own address."""
    desk = Desk(state, clock, url)

    async def ticket(request: Request) -> Response:
        found = desk.get("tickets", request.path_params["id"])
        agent = users.by_email(desk, request.query_params["as"])
        assert agent is not None
        app = request.query_params["app"]
        guid = uuid.uuid4().hex
        opened = f"{app}?{urlencode({'origin': _origin(url), 'app_guid': guid})}"
        context = {"product": "support", "location": "ticket_sidebar", "instanceGuid": guid}
        script = (
            f"const APP = {json.dumps(_origin(app))}, TICKET = {int(found['id'])}, "
            f"CONTEXT = {json.dumps(context)};{_SCRIPT}"
        )
        token = _token(url, agent["id"], agent["role"])
        return HTMLResponse(
            page(
                found["subject"],
                agent["name"],
                [found["description"]],
                frame(opened, {"token": token}),
                script,
            )
        )

    async def key(_request: Request) -> Response:
        return PlainTextResponse(public_pem())

    return [
        Route("/zendesk/agent/tickets/{id}", ticket),
        Route(f"/zendesk/api/v2/apps/{APP_ID}/public_key.pem", key),
    ]


def _token(url: str, agent_id: int, role: str) -> str:
    now = int(time.time())
    claims = {
        "iss": _origin(url).partition("://")[2],
        "aud": audience(url),
        "sub": f"{url}/api/v2/users/{agent_id}.json",
        "iat": now,
        "nbf": now,
        "exp": now + TOKEN_SECONDS,
        "jti": uuid.uuid4().hex,
        "role": role,
        "context": {"product": "support", "location": "ticket_sidebar"},
    }
    return jwt.encode({"alg": "RS256", "typ": "JWT"}, claims, KEY)


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])
