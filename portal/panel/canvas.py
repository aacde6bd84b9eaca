"""Intercom's inbox: what a teammate presses in a card -> the next card. Acts take two steps: there is no dialog.

Each request is signed by Intercom on its raw body and names the teammate and the conversation. What a form acts
upon is sealed in the stored data, so that a replayed request is the same action, and sends nothing again.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from billing import clock
from billing.errors import BillhouseError, Forged, NotAllowed, NotFound, Transient
from billing.verbs import Verb
from helpdesk_sync.ports import Ticket
from portal.panel import acting, cards, entry, forms, matching, pages, reading
from portal.panel.agents import Agent, agent_of
from portal.panel.cards import Card
from portal.panel.house import House
from portal.panel.model import Item, View
from portal.panel.requests import raw, status_of
from portal.panel.sessions import Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What was pressed, what was typed, and what we stored with the card before."""

    name: str = "refresh"
    typed: Mapping[str, str] = field(default_factory=dict)
    customer: str = ""
    draft: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a card is made from."""

    house: House
    session: Session
    agent: Agent
    ticket: Ticket


class Canvas:
    """Answers Canvas Kit's initialize and submit requests."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[BaseRoute]:
        """Return the two addresses; both take what Intercom signs, and nothing else."""
        base = "/panels/intercom/{account}"
        return [Route(f"{base}/{name}", self.answer, methods=["POST"]) for name in ("initialize", "submit")]

    async def answer(self, request: Request) -> Response:
        """Answer with a canvas; what goes wrong after the signature is said in one. MONEY MAY MOVE."""
        account = request.path_params["account"]
        try:
            body = await raw(request)
            session = await self._session(request, account, body)
        except BillhouseError as cause:
            log.warning("Request of intercom %s refused: %s", account, cause)
            if isinstance(cause, NotAllowed | Transient) and not isinstance(cause, Forged):
                return pages.answer(cards.canvas([cards.text(str(cause), "error")], {}))
            return pages.answer({"error": str(cause)}, status_of(cause))
        pressed = _pressed(orjson.loads(body))
        try:
            agent = agent_of(self._house.settings, session.agent or "")
            assert agent is not None
            ticket = await self._house.requesters.ticket(session.desk, session.ticket or "")
            desk = Desk(self._house, session, agent, ticket)
            return pages.answer(await anyio.to_thread.run_sync(partial(_answer, desk, pressed)))
        except BillhouseError as cause:
            return pages.answer(cards.canvas(cards.trouble(str(cause)), {}))

    async def _session(self, request: Request, account: str, body: bytes) -> Session:
        found = entry.account_of(self._house, "intercom", account)
        if found is None:
            raise NotFound("No such account. The address is /panels/intercom/<account>.")
        panel, config = found
        if not panel.is_configured(config):
            raise NotAllowed("helpdesks.intercom has no client_secret: nothing can be verified.")
        asked = entry.asked("POST", (), request.headers.items(), body)
        proof = panel.prove(asked, config, clock.now())
        return await entry.exchange(self._house, "intercom", account, proof)


def _answer(desk: Desk, pressed: Pressed) -> dict[str, Any]:
    what, _, rest = pressed.name.partition("|")
    stored = {"customer": pressed.customer}
    match what:
        case "item":
            return cards.canvas(_item(desk, pressed.customer, rest), stored)
        case "form":
            verb, _, ref = rest.partition("|")
            return _form(desk, pressed, Verb(verb), ref)
        case "check":
            return _check(desk, pressed)
        case "act":
            return _act(desk, pressed)
        case "show":
            return _show(desk, rest)
        case _:
            return _show(desk, pressed.customer)


def _show(desk: Desk, key: str, outcome: pages.Outcome | None = None) -> dict[str, Any]:
    view = _view(desk, key)
    address = entry.address(desk.house, desk.session)
    return cards.canvas(cards.overview(view, address, outcome), {"customer": _key(view)})


def _view(desk: Desk, key: str) -> View:
    return reading.read(desk.house, desk.session, desk.agent, desk.ticket, key or None, is_all=False)


def _key(view: View) -> str:
    return view.customer.key if view.customer else ""


def _item(desk: Desk, key: str, ref: str) -> list[Card]:
    view = _view(desk, key)
    if view.customer is None:
        raise NotFound("Nobody is known by the requester's addresses.")
    acts = replace(view.customer.identity.acts, line="")
    found: dict[str, Item] = {one.ref: one for section in view.customer.sections for one in section.items}
    one = {**found, "customer": acts}.get(ref)
    if one is None:
        raise NotFound("This customer has nothing of that name any more.")
    return cards.item(one, view.customer.key)


def _form(desk: Desk, pressed: Pressed, verb: Verb, ref: str) -> dict[str, Any]:
    found = matching.candidates(desk.house, desk.ticket, reading.ticket_name(desk.session))
    who = matching.choose(found, pressed.customer or None)
    if who is None:
        raise NotFound("Nobody is known by the requester's addresses.")
    name = reading.snapshot_name(desk.house)
    shown = forms.begin(desk.house, desk.session, desk.agent, who, verb, ref, name)
    return cards.canvas(
        cards.form(shown, {}, who.key), {"customer": who.key, "draft": shown.draft, "values": {}}
    )


def _check(desk: Desk, pressed: Pressed) -> dict[str, Any]:
    """Take in what was typed: say what it will do and ask once more, or show the form with what is missing."""
    begun = forms.reopen(desk.house, desk.session, desk.agent, pressed.draft)
    begun.draft.problem = acting.missing(begun, pressed.typed)
    shown = forms.form_of(desk.house, desk.session, desk.agent, begun, pressed.typed)
    key = begun.who.key
    if begun.draft.problem:
        stored = {"customer": key, "draft": shown.draft, "values": {}}
        return cards.canvas(cards.form(shown, pressed.typed, key), stored)
    stored = {"customer": key, "draft": shown.draft, "values": dict(pressed.typed)}
    return cards.canvas(cards.sure(shown, key), stored)


def _act(desk: Desk, pressed: Pressed) -> dict[str, Any]:
    """Carry out what the second step confirmed. MONEY MAY MOVE."""
    answer = acting.act(desk.house, desk.session, desk.agent, pressed.draft, pressed.values)
    if answer.result is not None:
        return _show(desk, pressed.customer, pages.outcome_of(answer.result))
    assert answer.form is not None
    stored = {"customer": pressed.customer, "draft": answer.form.draft, "values": {}}
    return cards.canvas(cards.form(answer.form, pressed.values, pressed.customer), stored)


def _pressed(said: Mapping[str, Any]) -> Pressed:
    canvas = said.get("current_canvas")
    stored = canvas.get("stored_data") if isinstance(canvas, dict) else None
    kept: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
    values = kept.get("values")
    return Pressed(
        name=str(said.get("component_id") or "refresh"),
        typed=_texts(said.get("input_values")),
        customer=str(kept.get("customer") or ""),
        draft=str(kept.get("draft") or ""),
        values=_texts(values),
    )


def _texts(values: Any) -> dict[str, str]:
    """Return what was typed as text: a checkbox comes as the list of its options, no choice as "none"."""
    if not isinstance(values, dict):
        return {}
    texts = {name: "on" if value == ["on"] else value for name, value in values.items()}
    return {name: value for name, value in texts.items() if isinstance(value, str) and value != "none"}
