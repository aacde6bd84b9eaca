"""The addresses of the panel: /panels/{helpdesk}/{account}, and what its page asks for.

Openings prove themselves and are exchanged for a session; everything after that carries the session as a bearer
token, by POST, as JSON. A GET never changes anything, and what a request says of ticket or customer is read again.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from actions.noting import note
from billing.errors import BillhouseError, Forged, NotAllowed, NotFound, Terminal
from billing.verbs import Verb
from portal.panel import acting, entry, forms, matching, pages, reading
from portal.panel.agents import Agent, agent_of
from portal.panel.canvas import Canvas
from portal.panel.feeds import Feeds
from portal.panel.house import House
from portal.panel.requests import content, proven, status_of
from portal.panel.sessions import Session
from portal.panel.sign_in import SignIn
from portal.panels.signing import origin

log = logging.getLogger(__name__)
Answer = Callable[[Request, Session, Mapping[str, Any]], Awaitable[Response]]


class Panels:
    """Opens panels, shows them and acts from them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[BaseRoute]:
        """Return the routes; the most particular ones first."""
        base = "/panels/{helpdesk}/{account}"
        answers: dict[str, Answer] = {
            "session": self._session,
            "view": self._view,
            "form": self._form,
            "preview": self._preview,
            "act": self._act,
            "note": self._note,
        }
        return [
            Mount("/panels/static", StaticFiles(directory=pages.STATIC)),
            *SignIn(self._house).routes(),
            *Canvas(self._house).routes(),
            *Feeds(self._house).routes(),
            Route(base, self.open, methods=["GET", "POST"]),
            Route(f"{base}/open", self.address, methods=["POST"]),
            *(
                Route(f"{base}/{name}", self._signed(answer), methods=["POST"])
                for name, answer in answers.items()
            ),
        ]

    async def open(self, request: Request) -> Response:
        """Answer an opening with the page, or say why it is none."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        found = entry.account_of(self._house, helpdesk, account)
        if found is None:
            return pages.message("No such panel", "The address is /panels/<helpdesk>/<account>.", status=404)
        panel, config = found
        owners = panel.framed_by(config)
        try:
            session = await self._opened(request, helpdesk, account)
        except BillhouseError as cause:
            log.warning("Opening of %s %s refused: %s", helpdesk, account, cause)
            return pages.message("The panel cannot open", str(cause), status=status_of(cause), owners=owners)
        return pages.shell(
            base=request.url.path.rstrip("/"),
            session=self._house.seal.session(session),
            ticket=session.ticket or "",
            host=panel.HOST,
            parent=origin(getattr(config, "base_url", "")),
            owners=owners,
        )

    async def address(self, request: Request) -> Response:
        """Answer a helpdesk's server, which has proven itself, with an address that opens the panel once."""
        helpdesk, account = request.path_params["helpdesk"], request.path_params["account"]
        try:
            session = await proven(self._house, request, helpdesk, account)
        except BillhouseError as cause:
            log.warning("Opening of %s %s refused: %s", helpdesk, account, cause)
            return pages.answer({"error": str(cause)}, status_of(cause))
        return pages.answer({"url": entry.address(self._house, session)})

    async def _opened(self, request: Request, helpdesk: str, account: str) -> Session:
        if sealed := request.query_params.get("opening"):
            return await entry.by_address(self._house, helpdesk, account, sealed)
        return await proven(self._house, request, helpdesk, account)

    def _signed(self, do: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that has its session checked, its body parsed and its errors said in words."""

        async def run(request: Request) -> Response:
            try:
                scheme, _, token = request.headers.get("authorization", "").partition(" ")
                if scheme.lower() != "bearer":
                    raise Forged("This needs a session. Open the panel anew.")
                session = self._house.seal.open_session(token)
                params = request.path_params
                if (session.helpdesk, session.account) != (params["helpdesk"], params["account"]):
                    raise Forged("This session is of another helpdesk.")
                return await do(request, session, await content(request))
            except BillhouseError as cause:
                return pages.answer({"error": str(cause)}, status_of(cause))

        return run

    async def _session(self, _request: Request, opened: Session, said: Mapping[str, Any]) -> Response:
        """Renew a session; bind it to the ticket that the page names; take in who has signed in."""
        if grant := _text(said, "grant"):
            claims = self._house.seal.open("grant", grant)
            if claims["nonce"] != _text(said, "nonce"):
                raise Forged("This sign-in was made for another window.")
            opened = opened.signed_in(claims["email"])
            self._agent(opened)
        ticket = _text(said, "ticket") or opened.ticket
        if opened.ticket not in (None, ticket):
            raise Forged("This session is of another ticket.")
        seal = self._house.seal
        bound = seal.session(opened.bound(ticket)) if ticket else None
        return pages.answer({"opened": seal.session(opened), "session": bound})

    async def _view(self, _request: Request, session: Session, said: Mapping[str, Any]) -> Response:
        return pages.answer({"html": await self._shown(session, said, None)})

    async def _form(self, _request: Request, session: Session, said: Mapping[str, Any]) -> Response:
        agent = self._actor(session)
        try:
            verb = Verb(_text(said, "verb"))
        except ValueError:
            raise Terminal("There is no such verb.") from None
        ticket = await self._house.requesters.ticket(session.desk, session.ticket or "")

        def begin() -> str:
            found = matching.candidates(self._house, ticket, reading.ticket_name(session))
            who = matching.choose(found, _text(said, "customer"))
            if who is None:
                raise NotFound("Nobody is known by the requester's addresses.")
            name = reading.snapshot_name(self._house)
            return pages.form(forms.begin(self._house, session, agent, who, verb, _text(said, "ref"), name))

        return pages.answer({"html": await anyio.to_thread.run_sync(begin)})

    async def _preview(self, _request: Request, session: Session, said: Mapping[str, Any]) -> Response:
        agent = self._actor(session)

        def look() -> forms.Preview:
            begun = forms.reopen(self._house, session, agent, _text(said, "draft"))
            return forms.preview(self._house, begun, _values(said))

        shown = await anyio.to_thread.run_sync(look)
        return pages.answer({"words": shown.words, "label": shown.label, "is_ready": shown.is_ready})

    async def _act(self, _request: Request, session: Session, said: Mapping[str, Any]) -> Response:
        """Carry a confirmed form out. MONEY MAY MOVE."""
        agent, values = self._actor(session), _values(said)
        act = partial(acting.act, self._house, session, agent, _text(said, "draft"), values)
        answer = await anyio.to_thread.run_sync(act)
        if answer.result is None:
            assert answer.form is not None
            return pages.answer({"form": pages.form(answer.form, values)})
        outcome = pages.outcome_of(answer.result)
        html = await self._shown(session, said, outcome)
        return pages.answer(
            {"html": html, "status": answer.result.status.value, "message": answer.result.message}
        )

    async def _note(self, _request: Request, session: Session, said: Mapping[str, Any]) -> Response:
        """Put a note about the customer on record; no gateway is written to."""
        agent = self._actor(session)
        ticket = await self._house.requesters.ticket(session.desk, session.ticket or "")

        def write() -> None:
            name = reading.ticket_name(session)
            who = matching.choose(
                matching.candidates(self._house, ticket, name), _text(said, "customer") or None
            )
            if who is None or who.customer_ref is None:
                raise NotFound("Notes are about customers; a guest is none.")
            note(
                self._house.engine,
                self._house.settings,
                who.customer_ref,
                _text(said, "text"),
                agent.actor,
                name,
            )

        await anyio.to_thread.run_sync(write)
        return pages.answer({"html": await self._shown(session, said, None)})

    async def _shown(self, session: Session, said: Mapping[str, Any], outcome: pages.Outcome | None) -> str:
        agent = self._agent(session)
        ticket = await self._house.requesters.ticket(session.desk, session.ticket or "")
        key, is_all = _text(said, "customer") or None, bool(said.get("all"))

        def read() -> str:
            shown = reading.read(self._house, session, agent, ticket, key, is_all=is_all)
            return pages.view(shown, outcome)

        return await anyio.to_thread.run_sync(read)

    def _agent(self, session: Session) -> Agent | None:
        """Return the proven agent as of now; None where nobody is proven.

        Raises:
            NotAllowed: they have no role (any more).
        """
        if session.agent is None:
            return None
        agent = agent_of(self._house.settings, session.agent)
        if agent is None:
            raise NotAllowed(f"{session.agent} has no role in Billhouse that may look customers up.")
        return agent

    def _actor(self, session: Session) -> Agent:
        agent = self._agent(session)
        if agent is None:
            raise NotAllowed("Sign in before you change anything. Nothing was sent.")
        return agent


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _values(said: Mapping[str, Any]) -> dict[str, str]:
    values = said.get("values")
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}
