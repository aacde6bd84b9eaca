"""What became of an action: in words, and on the record (row, audit entry, letters, hints to read again)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from actions import letters, store
from actions.ports import Effect
from actions.store import Request
from actions.wording import WORDS, say
from billing.money import Money
from billing.store import audit, inbox
from billing.store.audit import Actor, Entry
from billing.store.engine import transaction
from billing.verbs import FACTS, ObjectKind, Verb
from billing.vocabulary import OPEN_ACTIONS, ActionStatus
from gateways import REGISTRY


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What the person who acted is told; `message` is fit to be shown as it is."""

    action_id: str
    status: ActionStatus
    message: str
    amount: Money | None = None
    made_id: str | None = None
    url: str | None = None
    """The page that was made, for verbs that make one."""
    rule: str | None = None
    """The rule that denied the act or asks for approval, such as "limit.per_day"; None for what was sent."""
    is_replay: bool = False
    """The action was on the record before: nothing was sent this time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to, before it is recorded; `data` goes into the audit entry."""

    status: ActionStatus
    message: str
    effect: Effect | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def result_of(request: Request, *, is_replay: bool = False) -> ActionResult:
    """Return what a recorded action came to, in words."""
    return ActionResult(
        action_id=request.action_id,
        status=request.status,
        message=request.message or "",
        amount=request.amount,
        made_id=request.made_id,
        url=request.url,
        is_replay=is_replay,
    )


def title(gateway: str) -> str:
    """Return how people call a gateway: "Stripe"."""
    return REGISTRY[gateway].title


def audit_type(kind: ObjectKind, verb: Verb, what: str) -> str:
    """Return an entry's dotted type: charge.refund.requested."""
    return f"{kind.value}.{FACTS[verb].stem}.{what}"


def in_progress(gateway: str, verb: Verb, amount: Money | None) -> str:
    """Say that an act is on its way to the gateway."""
    doing = say(WORDS[verb].doing, amount)
    return f"{doing} through {title(gateway)}. Wait for the outcome; do not start another one."


def unknown(request: Request, why: str) -> Outcome:
    """No clear answer came: it may or may not have happened."""
    name, thing = title(request.target.gateway), say(WORDS[request.verb].thing, request.amount)
    return Outcome(
        ActionStatus.UNKNOWN,
        f"{name} did not answer. We do not know yet whether {thing} went through; "
        "we are asking, and will not send it twice.",
        data={"error": why},
    )


def failed(request: Request, why: str, **data: Any) -> Outcome:
    """Nothing happened and nothing will."""
    undone = say(WORDS[request.verb].undone, request.amount)
    end = "; nothing moved." if FACTS[request.verb].moves_money else "."
    return Outcome(ActionStatus.FAILED, f"{why} {undone}{end}", data=data)


def of_effect(request: Request, effect: Effect) -> Outcome:
    """Say what an effect that exists at the gateway means."""
    name, words = title(request.target.gateway), WORDS[request.verb]
    amount = effect.amount or request.amount
    thing = say(words.thing, amount)
    because = f" ({effect.explanation})" if effect.explanation else ""
    status = ActionStatus(effect.status.value)
    message = {
        ActionStatus.SUCCEEDED: f"{say(words.done, amount)} through {name}{because}. {say(words.after, amount)}",
        ActionStatus.PENDING: f"{name} has accepted {thing} and is still carrying it out"
        f"{because}. It will not be sent again.",
        ActionStatus.FAILED: f"{name} accepted {thing}, but it failed{because}. "
        + _WHEN_FAILED.get(request.verb, ""),
    }[status].strip()
    data = {
        "made_id": effect.made_id,
        "raw_status": effect.raw_status,
        **({"amount_minor": amount.minor, "currency": amount.currency} if amount else {}),
        "gateway_request_id": effect.request_id,
        "after": dict(effect.after) if effect.after else None,
    }
    return Outcome(status, message, effect, data)


_WHEN_FAILED = {
    Verb.REFUND: "The customer does not get this money; talk to them about another way.",
    Verb.CHARGE: "The customer was not charged; ask them for another way to pay.",
    Verb.RETRY_PAYMENT: "The customer was not charged; ask them for another way to pay.",
}


def conclude(engine: Engine, request: Request, outcome: Outcome, actor: Actor) -> ActionResult:
    """Record an outcome once, in one transaction, and return what is on the record then.

    Whoever comes second (the reconciler, or the process that it took for dead) changes nothing. One thing may
    still be corrected: an action recorded as failed whose effect turns out to exist, for it has happened. And
    what is pending goes on to succeed or fail.
    """
    effect = outcome.effect
    before: tuple[ActionStatus, ...] = OPEN_ACTIONS
    if outcome.status is ActionStatus.UNKNOWN:
        before = (ActionStatus.REQUESTED,)
    elif effect is not None:
        before += (ActionStatus.FAILED,)
        if outcome.status is not ActionStatus.PENDING:
            before += (ActionStatus.PENDING,)
    with transaction(engine) as connection:
        if store.close(
            connection,
            request.action_id,
            outcome.status,
            before=before,
            made_id=effect.made_id if effect else None,
            url=effect.url if effect else None,
            message=outcome.message,
        ):
            _put_on_record(connection, request, outcome, actor)
        recorded = store.find(connection, request.action_id)
    assert recorded is not None
    return result_of(recorded)


def _put_on_record(connection: Connection, request: Request, outcome: Outcome, actor: Actor) -> None:
    kind = audit_type(request.kind, request.verb, outcome.status.value)
    data = {**outcome.data, "message": outcome.message, "approver": request.approver}
    audit.record(connection, entry_of(kind, request, actor, data))
    if outcome.effect is None:
        return
    letters.write(connection, request, outcome.status, outcome.effect, outcome.message)
    for object_kind, object_id in outcome.effect.touched:
        inbox.receive(
            connection,
            gateway=request.target.gateway,
            account=request.target.account,
            event_id=f"action:{request.action_id}:{object_kind}:{object_id}:{outcome.status.value}",
            event_type=kind,
            object_kind=object_kind,
            object_id=object_id,
        )


def entry_of(kind: str, request: Request, actor: Actor, data: Mapping[str, Any]) -> Entry:
    """Return an audit entry about a recorded action."""
    return Entry(
        type=kind,
        actor=actor,
        action_id=request.action_id,
        object_ref=str(request.target),
        ticket=request.ticket,
        reason=request.reason,
        snapshot=request.snapshot,
        data={key: value for key, value in data.items() if value is not None},
    )
