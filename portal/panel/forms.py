"""The form of an act beside its object: what it asks for, why, and what will happen in one sentence.

The form is begun with a live look at the gateway. What it acts upon, and the action's id, are sealed into it for
this ticket and agent, so that a page can neither change them nor act upon anybody but the ticket's requester.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actions import drafts, inputs
from actions.acts import Act, amount_of
from actions.drafts import Draft
from actions.effects import effect
from actions.inputs import Choice, Input
from billing.errors import Forged, NotAllowed, NotFound, Terminal
from billing.ids import GatewayRef
from billing.money import Money
from billing.verbs import FACTS, REASONS, REASONS_FOR, ObjectKind, Verb
from billing.warehouse.customers import CustomerPage
from billing.warehouse.wording import Row, spaced
from gateways import REGISTRY
from portal.panel import matching
from portal.panel.agents import Agent
from portal.panel.house import House
from portal.panel.matching import Candidate
from portal.panel.sessions import Session

_LISTS = {
    ObjectKind.CHARGE: "charges",
    ObjectKind.SUBSCRIPTION: "subscriptions",
    ObjectKind.INVOICE: "invoices",
    ObjectKind.DISPUTE: "disputes",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What the typed act will do, or what is missing; `is_ready`: it can be confirmed."""

    words: str
    label: str
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is drawn. `problem` stands above it; where `is_possible` is not, nothing else does."""

    title: str
    about: str
    draft: str
    inputs: tuple[Input, ...]
    reasons: tuple[Choice, ...]
    preview: Preview
    problem: str | None
    is_possible: bool
    must_confirm: bool
    who: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A sealed form, opened again: the draft, the candidate and the object that it acts upon."""

    draft: Draft
    who: Candidate
    row: Row
    invoice: Row | None
    snapshot: str


def begin(
    house: House, session: Session, agent: Agent, who: Candidate, verb: Verb, ref: str, snapshot: str
) -> Form:
    """Open a form for one of a candidate's objects.

    Raises:
        NotFound: the candidate has no such object, or the verb cannot be done to it.
        NotAllowed: the agent's role may not.
    """
    page = matching.page_of(house, who)
    kind, row = _object(page, ref)
    if not agent.may(verb):
        raise NotAllowed(f"The role {agent.role_name} may not {spaced(verb.value)}.")
    if REGISTRY[row["gateway"]].verbs.get(verb) is not kind:
        raise NotFound(f"{FACTS[verb].title} is nothing that can be done to this {kind.value}.")
    draft = drafts.begin(house.desk, kind, GatewayRef.parse(ref), verb)
    return form_of(house, session, agent, Begun(draft, who, row, _invoice(page, row), snapshot), {})


def form_of(house: House, session: Session, agent: Agent, begun: Begun, values: Mapping[str, str]) -> Form:
    """Return a form as it is drawn, with what was typed before."""
    draft, verb = begun.draft, begun.draft.verb
    asked = inputs.inputs(house.reader, verb, draft.most, begun.row) if draft.is_possible else ()
    # A form that was sent leaves out the boxes that are not ticked.
    typed = {one.name: values.get(one.name, "") if values else one.value for one in asked}
    return Form(
        title=FACTS[verb].title,
        about=_about(begun),
        draft=house.seal.seal("draft", _claims(session, agent, begun)),
        inputs=tuple(_filled(one, typed[one.name]) for one in asked),
        reasons=tuple(Choice(key, REASONS[key]) for key in REASONS_FOR[verb]),
        preview=preview(house, begun, {**values, **typed}),
        problem=draft.problem,
        is_possible=draft.is_possible,
        must_confirm=not begun.who.is_exact,
        who=begun.who.name or begun.who.email or "the customer",
    )


def reopen(house: House, session: Session, agent: Agent, text: str) -> Begun:
    """Open a sealed form again.

    Raises:
        Forged: it was not made here, was made for another ticket or agent, or has ended.
        NotFound: its object is not in the published copy any more.
    """
    claims = house.seal.open("draft", text)
    if (claims["desk"], claims["ticket"], claims["agent"]) != (session.desk, session.ticket, agent.email):
        raise Forged("This form was opened for another ticket or by another agent.")
    who = Candidate(**claims["who"])
    page = matching.page_of(house, who)
    kind, row = _object(page, claims["ref"])
    most = Money(*claims["most"]) if claims["most"] else None
    draft = Draft(claims["id"], kind, GatewayRef.parse(claims["ref"]), Verb(claims["verb"]), most)
    return Begun(draft, who, row, _invoice(page, row), claims["snapshot"])


def preview(house: House, begun: Begun, values: Mapping[str, str]) -> Preview:
    """Say what the typed act will do, or what is missing."""
    draft = begun.draft
    try:
        act = inputs.read(draft.verb, values, draft.most, begun.row)
    except Terminal as cause:
        return Preview(str(cause), drafts.label(draft, None), is_ready=False)
    return Preview(_words(house, begun, act), _label(draft, act), is_ready=True)


def _words(house: House, begun: Begun, act: Act) -> str:
    target = begun.draft.target
    through = house.title(target.gateway, target.account)
    return effect(act, begun.draft.most, begun.row, through, begun.invoice)


def _label(draft: Draft, act: Act) -> str:
    if draft.verb is Verb.REFUND:
        return f"Refund {amount_of(act) or draft.most}"
    return drafts.label(draft, act)


def _claims(session: Session, agent: Agent, begun: Begun) -> dict[str, Any]:
    draft, who = begun.draft, begun.who
    return {
        "id": draft.action_id,
        "verb": draft.verb.value,
        "ref": str(draft.target),
        "most": [draft.most.minor, draft.most.currency] if draft.most else None,
        "desk": session.desk,
        "ticket": session.ticket,
        "agent": agent.email,
        "snapshot": begun.snapshot,
        "who": {
            name: getattr(who, name)
            for name in ("key", "customer_ref", "charge_ref", "gateway", "account", "name", "email", "how")
        }
        | {"is_exact": who.is_exact},
    }


def _object(page: CustomerPage, ref: str) -> tuple[ObjectKind, Row]:
    if ref and page.customer["customer_ref"] == ref:
        return ObjectKind.CUSTOMER, page.customer
    for kind, name in _LISTS.items():
        for row in getattr(page, name):
            if row[f"{kind.value}_ref"] == ref:
                return kind, row
    raise NotFound("This customer has nothing of that name. Refresh the panel.")


def _invoice(page: CustomerPage, row: Row) -> Row | None:
    wanted = row.get("invoice_ref")
    return next((one for one in page.invoices if one["invoice_ref"] == wanted), None) if wanted else None


def _about(begun: Begun) -> str:
    row = begun.row
    for name in ("sentence", "plan_name", "number", "name", "email"):
        if row.get(name):
            return str(row[name])
    return FACTS[begun.draft.verb].home.value.capitalize()


def _filled(one: Input, value: str) -> Input:
    return Input(one.name, one.label, one.kind, value, one.choices, one.placeholder, one.lowest)
