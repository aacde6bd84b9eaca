"""Front's page of one conversation with a plugin in its sidebar: a sandboxed frame, and the context over a port.

Written from dev.frontapp.com ("Security") and the messages of @frontapp/plugin-sdk 1.10: the plugin hands a port to
its frame's owner, which posts the context there. The plugin's address is given as `app`.
"""

import json
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import Clock
from sandbox.front import conversations
from sandbox.front.answers import Desk
from sandbox.sidebar_page import frame, page
from sandbox.state import State

AUTH_SECRET = "front_sandbox_panel"
_LIMITS = "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"
_SCRIPT = """
const panel = document.getElementById("panel");
addEventListener("message", (event) => {
  if (event.source !== panel.contentWindow) return;
  if (event.data !== "@frontapp/ui-sdk#WebViewBridge.handshake") return;
  const context = { type: "singleConversation", conversation: { id: CONVERSATION }, teammate: { email: WHO } };
  event.ports[0].postMessage({ type: "context_update", context });
});
"""


def routes(state: State, clock: Clock, _url: str) -> list[BaseRoute]:
    """Return the conversation's page."""
    desk = Desk(state, clock)

    async def conversation(request: Request) -> Response:
        found = conversations.get(desk, request.path_params["id"])
        who = request.query_params["as"]
        opened = f"{request.query_params['app']}?{urlencode({'auth_secret': AUTH_SECRET})}"
        script = f"const CONVERSATION = {json.dumps(found['id'])}, WHO = {json.dumps(who)};{_SCRIPT}"
        return HTMLResponse(page(found["subject"], who, [], frame(opened, limits=_LIMITS), script))

    return [Route("/front/open/{id}", conversation)]
