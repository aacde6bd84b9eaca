"""Renderings that a helpdesk's own server asks for: plain JSON by a secret, and an HTML fragment for older apps.

Neither has a script, so neither acts: the fragment leads to the panel's own page, by an address that opens it once.
"""

import logging
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from billing.errors import BillhouseError, NotAllowed, NotFound
from portal.panel import entry, pages, plain, reading, sessions
from portal.panel.agents import agent_of
from portal.panel.house import House
from portal.panel.model import View
from portal.panel.requests import proven, status_of
from portal.panel.sessions import Session
from portal.panels.signing import require_same

SECRET_HEADER = "x-billhouse-secret"  # noqa: S105 - the header's name
log = logging.getLogger(__name__)


class Feeds:
    """Answers helpdesks' servers."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        base = "/panels/{helpdesk}/{account}"
        return [
            Route(f"{base}/data", self.data, methods=["GET"]),
            Route(f"{base}/fragment", self.fragment, methods=["POST"]),
        ]

    async def data(self, request: Request) -> Response:
        """Answer GET ?ticket=... with the view as JSON, for whoever shows the account's secret in a header."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        try:
            self._check(request, helpdesk, account)
            ticket = request.query_params.get("ticket", "")
            view = await self._view(sessions.begin(helpdesk, account, ticket, None))
        except BillhouseError as cause:
            log.warning("Data for %s %s refused: %s", helpdesk, account, cause)
            return pages.answer({"error": str(cause)}, status_of(cause))
        return pages.answer(plain.as_json(view))

    async def fragment(self, request: Request) -> Response:
        """Answer a signed POST with {"html": ...}, which the helpdesk puts into its own sidebar."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        try:
            session = await proven(self._house, request, helpdesk, account)
            view = await self._view(session)
        except BillhouseError as cause:
            log.warning("Fragment for %s %s refused: %s", helpdesk, account, cause)
            return pages.answer({"error": str(cause)}, status_of(cause))
        return pages.answer({"html": pages.fragment(view, entry.address(self._house, session))})

    async def _view(self, session: Session) -> View:
        ticket = await self._house.requesters.ticket(session.desk, session.ticket or "")
        agent = agent_of(self._house.settings, session.agent) if session.agent else None
        read = partial(reading.read, self._house, session, agent, ticket, None, is_all=False)
        return await anyio.to_thread.run_sync(read)

    def _check(self, request: Request, helpdesk: str, account: str) -> None:
        """Compare the secret that a request shows with the account's.

        Raises:
            NotFound: no such account.
            NotAllowed: the account has no secret to compare with.
            Forged: another secret, or none.
        """
        found = entry.account_of(self._house, helpdesk, account)
        if found is None:
            raise NotFound("No such account. The address is /panels/<helpdesk>/<account>/data.")
        secret = found[0].data_secret(found[1])
        if secret is None:
            raise NotAllowed(f"helpdesks.{helpdesk} has no panel_secret, so no data is given.")
        shown = request.headers.get(SECRET_HEADER)
        require_same(shown, secret.get_secret_value(), "secret")
