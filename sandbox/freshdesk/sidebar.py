"""Freshdesk's page of one ticket with an app in its sidebar: the app asks through Freshworks' proxy, then frames.

The proxy adds the installation's secret to the request template, as developers.freshworks.com ("Request method")
describes; the browser never sees it. The address that the template posts to is given as `app`.
"""

import json

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.freshdesk.answers import Desk
from sandbox.sidebar_page import frame, page
from sandbox.state import State

PANEL_SECRET = "freshdesk_sandbox_panel"
_SCRIPT = """
fetch("/freshdesk/proxy", { method: "POST", body: JSON.stringify({ app: APP, ticket: TICKET }) })
  .then((answer) => answer.json())
  .then((told) => { document.getElementById("panel").src = told.url; });
"""


def routes(state: State, clock: Clock, url: str) -> list[BaseRoute]:
    """Return the ticket's page and the proxy that it asks."""
    desk = Desk(state, clock, url)

    async def ticket(request: Request) -> Response:
        found = desk.get("tickets", request.path_params["id"])
        script = (
            f"const APP = {json.dumps(request.query_params['app'])}, TICKET = {json.dumps(str(found['id']))};"
            f"{_SCRIPT}"
        )
        return HTMLResponse(page(found["subject"], request.query_params["as"], [], frame(), script))

    async def proxy(request: Request) -> Response:
        asked = json.loads(await request.body())
        async with httpx.AsyncClient(timeout=30) as http:
            answer = await http.post(
                f"{asked['app']}/open",
                json={"ticket": asked["ticket"]},
                headers={"X-Billhouse-Secret": PANEL_SECRET},
            )
        return JSONResponse(answer.json(), answer.status_code)

    return [
        Route("/freshdesk/a/tickets/{id}", ticket),
        Route("/freshdesk/proxy", proxy, methods=["POST"]),
    ]
