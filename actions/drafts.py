"""An act that somebody is about to confirm: begun with a live look, carried out once, its outcome always in words.

The action's id is made when the form opens, so that a second click, a rerun or a resend is the same action.
Nothing here decides: `actions.service` does.
"""

from dataclasses import dataclass

from actions.acts import Act, amount_of
from actions.commands import Command
from actions.outcomes import ActionResult
from actions.service import Desk, perform
from billing.errors import BillhouseError, OutcomeUnknown
from billing.ids import GatewayRef, new_action_id
from billing.money import Money
from billing.store.audit import Actor
from billing.verbs import FACTS, ObjectKind, Verb
from billing.vocabulary import ActionStatus


@dataclass(slots=True)
class Draft:
    """`most` is what the gateway said a moment ago that it can move; `problem` what stands in the way, in words."""

    action_id: str
    kind: ObjectKind
    target: GatewayRef
    verb: Verb
    most: Money | None = None
    problem: str | None = None
    is_possible: bool = True


def begin(desk: Desk, kind: ObjectKind, target: GatewayRef, verb: Verb) -> Draft:
    """Begin an act, with what the gateway says is possible now."""
    draft = Draft(new_action_id(), kind, target, verb)
    look(desk, draft)
    return draft


def look(desk: Desk, draft: Draft) -> None:
    """Take what is possible from the gateway; where it does not answer, say so and go on."""
    gateway = desk.gateways.get((draft.target.gateway, draft.target.account))
    if gateway is None:
        draft.problem, draft.is_possible = "This account cannot be acted upon.", False
        return
    try:
        seen = gateway.read(draft.kind, draft.target.id)
    except BillhouseError as cause:
        draft.problem = f"The {draft.kind.value} could not be read at the gateway just now. {cause}"
        return
    draft.problem = seen.why_not(draft.verb)
    draft.is_possible = draft.problem is None
    draft.most = seen.ceilings.get(draft.verb)


def seen(draft: Draft, act: Act) -> Money | None:
    """Return what the form showed as possible, for the command; None where no amount is a matter of the act."""
    return draft.most if amount_of(act) is not None or FACTS[draft.verb].moves_money else None


def label(draft: Draft, act: Act | None) -> str:
    """Return what the button says: the verb, and the amount where money moves."""
    amount = (amount_of(act) if act is not None else None) or draft.most
    title = FACTS[draft.verb].title
    return f"{title}: {amount}" if amount and FACTS[draft.verb].moves_money else title


def carry_out(desk: Desk, command: Command, actor: Actor) -> ActionResult:
    """Perform a command, and put whatever goes wrong into the result's words. MONEY MAY MOVE."""
    try:
        return perform(desk, command, actor)
    except OutcomeUnknown as cause:  # the intent is on record, and the reconciler settles it
        return ActionResult(command.action_id, ActionStatus.UNKNOWN, str(cause), amount_of(command.act))
    except BillhouseError as cause:
        return ActionResult(command.action_id, ActionStatus.DENIED, str(cause))
