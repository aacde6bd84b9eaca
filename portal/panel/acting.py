"""A confirmed form -> an action on the record, once. MONEY MAY MOVE.

Who the customer is was confirmed by the agent, on the record, before anything is sent: an e-mail address is only a
claim. Policy, limits and approvals are those of `actions.service`; nothing is decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from actions import drafts, inputs
from actions.commands import Command
from actions.drafts import carry_out
from actions.outcomes import ActionResult
from billing.errors import Terminal
from billing.ids import new_action_id
from billing.verbs import REASONS_FOR
from billing.vocabulary import ActionStatus
from portal.panel import forms, matching
from portal.panel.agents import Agent
from portal.panel.forms import Begun, Form
from portal.panel.house import House
from portal.panel.reading import ticket_name
from portal.panel.sessions import Session

NOT_CONFIRMED = "Confirm first that this is the customer: an e-mail address proves nobody."


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a confirmation: the action's result, or the form again with what stands in the way."""

    result: ActionResult | None
    form: Form | None


def act(house: House, session: Session, agent: Agent, text: str, values: Mapping[str, str]) -> Answer:
    """Carry out a confirmed form. MONEY MAY MOVE. The same form again is the same action, and sends nothing.

    Raises:
        Forged: the form was made for another ticket or agent, or has ended. Nothing was sent.
        NotFound: its object is not in the published copy any more. Nothing was sent.
    """
    begun = forms.reopen(house, session, agent, text)
    try:
        command = _command(session, begun, values)
    except Terminal as cause:
        begun.draft.problem = str(cause)
        return Answer(None, forms.form_of(house, session, agent, begun, values))
    if not begun.who.is_exact:
        matching.confirm(house, begun.who, ticket_name(session), agent.actor, command.action_id)
        begun = replace(begun, who=replace(begun.who, is_exact=True, how=f"confirmed by {agent.email}"))
    result = carry_out(house.desk, command, agent.actor)
    if result.status is not ActionStatus.DENIED:
        return Answer(result, None)
    begun.draft.action_id = new_action_id()  # nothing was sent: the form stays, with fresh figures
    drafts.look(house.desk, begun.draft)
    begun.draft.problem = result.message
    return Answer(None, forms.form_of(house, session, agent, begun, values))


def missing(begun: Begun, values: Mapping[str, str]) -> str | None:
    """Return what still has to be typed before a form can be carried out, in words; None when nothing is."""
    try:
        inputs.read(begun.draft.verb, values, begun.draft.most, begun.row)
    except Terminal as cause:
        return str(cause)
    if not begun.who.is_exact and not values.get("confirmed"):
        return NOT_CONFIRMED
    if values.get("reason") not in REASONS_FOR[begun.draft.verb]:
        return "This needs a reason."
    return None


def _command(session: Session, begun: Begun, values: Mapping[str, str]) -> Command:
    """Return the command that a form describes.

    Raises:
        Terminal: something is missing, or who the customer is was not confirmed.
    """
    draft = begun.draft
    if problem := missing(begun, values):
        raise Terminal(problem)
    wanted = inputs.read(draft.verb, values, draft.most, begun.row)
    return Command(
        draft.action_id,
        draft.target,
        wanted,
        values["reason"],
        values.get("note", "").strip() or None,
        ticket_name(session),
        drafts.seen(draft, wanted),
        begun.snapshot,
    )
