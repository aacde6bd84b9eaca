"""What became of an action: in words, and on the record (row, audit entry, hint to read the charge again)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine

from actions import store
from actions.ports import RefundOutcome
from actions.store import Request
from billing.money import Money
from billing.store import audit, inbox
from billing.store.audit import Actor, Entry
from billing.store.engine import transaction
from billing.vocabulary import OPEN_ACTIONS, ActionStatus
from gateways import REGISTRY


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What the person who acted is told; `message` is fit to be shown as it is."""

    action_id: str
    status: ActionStatus
    message: str
    amount: Money | None = None
    refund_id: str | None = None
    rule: str | None = None
    """The rule that denied the act, such as "limit.exceeded"; None for what was not denied."""
    is_replay: bool = False
    """The action was on the record before: nothing was sent this time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action came to, before it is recorded; `data` goes into the audit entry."""

    status: ActionStatus
    message: str
    refund_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def result_of(request: Request, *, is_replay: bool = False) -> ActionResult:
    """Return what a recorded action came to, in words."""
    return ActionResult(
        action_id=request.action_id,
        status=request.status,
        message=request.message or "",
        amount=request.amount,
        refund_id=request.refund_id,
        is_replay=is_replay,
    )


def title(gateway: str) -> str:
    """Return how people call a gateway: "Stripe"."""
    return REGISTRY[gateway].title


def in_progress(gateway: str, amount: Money) -> str:
    """Say that a refund is on its way to the gateway."""
    return f"{amount} is being refunded through {title(gateway)}. Wait for the outcome; do not start another one."


def unknown(request: Request, why: str) -> Outcome:
    """No clear answer came: money may or may not have moved."""
    name = title(request.charge.gateway)
    return Outcome(
        ActionStatus.UNKNOWN,
        f"{name} did not answer. We do not know yet whether the refund of {request.amount} went through; "
        "we are asking, and will not send it twice.",
        data={"error": why},
    )


def failed(request: Request, why: str, **data: Any) -> Outcome:
    """Nothing moved and nothing will."""
    return Outcome(ActionStatus.FAILED, f"{why} {request.amount} was not refunded; nothing moved.", data=data)


def of_refund(request: Request, refund: RefundOutcome) -> Outcome:
    """Say what a refund that exists at the gateway means."""
    name = title(request.charge.gateway)
    because = f" ({refund.explanation})" if refund.explanation else ""
    status = ActionStatus(refund.status.value)
    message = {
        ActionStatus.SUCCEEDED: f"{refund.amount} refunded through {name}. Banks take up to 10 days to show it.",
        ActionStatus.PENDING: f"{name} has accepted the refund of {refund.amount} and is still carrying it out"
        f"{because}. It will not be sent again.",
        ActionStatus.FAILED: f"{name} accepted the refund of {refund.amount}, but it failed{because}. "
        "The customer does not get this money; talk to them about another way.",
    }[status]
    after = refund.charge_after
    data = {
        "refund_id": refund.refund_id,
        "refund_status": refund.raw_status,
        "amount_minor": refund.amount.minor,
        "currency": refund.amount.currency,
        "gateway_request_id": refund.request_id,
        "after": dict(after.raw) if after else None,
    }
    return Outcome(status, message, refund.refund_id, data)


def conclude(engine: Engine, request: Request, outcome: Outcome, actor: Actor) -> ActionResult:
    """Record an outcome once, in one transaction, and return what is on the record then.

    Whoever comes second (the reconciler, or the process that it took for dead) changes nothing. One thing may
    still be corrected: an action recorded as failed whose refund turns out to exist, for the money has moved. And
    a pending refund goes on to succeed or fail.
    """
    before: tuple[ActionStatus, ...] = OPEN_ACTIONS
    if outcome.status is ActionStatus.UNKNOWN:
        before = (ActionStatus.REQUESTED,)
    elif outcome.refund_id is not None:
        before += (ActionStatus.FAILED,)
        if outcome.status is not ActionStatus.PENDING:
            before += (ActionStatus.PENDING,)
    with transaction(engine) as connection:
        if store.close(
            connection,
            request.action_id,
            outcome.status,
            before=before,
            refund_id=outcome.refund_id,
            message=outcome.message,
        ):
            _put_on_record(connection, request, outcome, actor)
        recorded = store.find(connection, request.action_id)
    assert recorded is not None
    return result_of(recorded)


def _put_on_record(connection: Connection, request: Request, outcome: Outcome, actor: Actor) -> None:
    audit.record(
        connection,
        Entry(
            type=f"charge.refund.{outcome.status.value}",
            actor=actor,
            action_id=request.action_id,
            object_ref=str(request.charge),
            ticket=request.ticket,
            reason=request.reason,
            snapshot=request.snapshot,
            data={**outcome.data, "message": outcome.message},
        ),
    )
    if outcome.refund_id is None:
        return
    hints = (("charge", request.charge.id), ("refund", outcome.refund_id))
    for kind, object_id in hints:
        inbox.receive(
            connection,
            gateway=request.charge.gateway,
            account=request.charge.account,
            event_id=f"action:{request.action_id}:{kind}:{outcome.status.value}",
            event_type=f"charge.refund.{outcome.status.value}",
            object_kind=kind,
            object_id=object_id,
        )
