"""Four eyes: what is above one person's limit waits until another one releases or declines it, or it expires."""

from dataclasses import replace

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from actions import outcomes, policy, store
from actions.outcomes import ActionResult
from actions.policy import Decision, Verdict
from actions.service import (
    Desk,
    Look,
    Overtaken,
    deny,
    finish,
    in_progress,
    intent_of,
    known_as,
    look_at,
    overtaken,
    record,
)
from actions.store import Request
from billing import clock
from billing.errors import NotAllowed, NotFound
from billing.ids import email_key
from billing.store import audit
from billing.store.audit import Actor
from billing.store.engine import serialize, transaction
from billing.vocabulary import ActionStatus, Channel

EXPIRY = Actor("approvals", None, Channel.SYSTEM)


def waiting(engine: Engine) -> list[Request]:
    """Return what waits for approval, oldest first; what has expired is recorded as such on the way."""
    expire(engine)
    return store.standing(engine, [ActionStatus.AWAITING_APPROVAL])


def approve(desk: Desk, action_id: str, approver: Actor) -> ActionResult:
    """Release what waits, and carry it out as it was asked for, after another look. MONEY MAY MOVE.

    A refusal (own request, no permission, above the approver's own limits, the object has changed) comes back as
    `denied` and stands in the audit log; what waits goes on waiting, so that somebody else can look at it.

    Raises:
        NotFound: there is no such action.
        OutcomeUnknown: the store failed after the gateway was asked.
    """
    approver = known_as(desk.settings, approver)
    request = _waiting(desk.engine, action_id)
    if request.status is not ActionStatus.AWAITING_APPROVAL:
        return outcomes.result_of(request, is_replay=True)
    command, asker = request.command, request.actor
    with transaction(desk.engine) as connection:
        others = store.others(connection, command.target, action_id)
    # Whether it may still be done at all is judged as of the asker, who may have lost their role meanwhile.
    look = look_at(desk, command, asker)
    if look.decision.verdict is Verdict.DENY:
        return deny(desk, command, approver, look)
    try:
        released = _release(desk, request, approver, look, others)
    except IntegrityError:
        return deny(desk, command, approver, in_progress(look))
    except Overtaken:
        return deny(desk, command, approver, overtaken(look))
    if isinstance(released, Decision):
        return deny(desk, command, approver, replace(look, decision=released))
    return finish(desk, released, approver)


def _release(
    desk: Desk, request: Request, approver: Actor, look: Look, others: frozenset[tuple[str, str]]
) -> Request | Decision:
    command, currency = request.command, desk.settings.policy.base_currency
    with transaction(desk.engine) as connection:
        serialize(connection, approver.name)
        spent = store.spent(connection, approver.name, request.verb, request.target, currency)
        decision = policy.decide_approval(
            desk.settings, desk.rates, command, request.actor.name, approver, look.amount, spent
        )
        if not decision.allowed:
            return decision
        message = outcomes.in_progress(command.target.gateway, request.verb, look.amount)
        released = store.release(connection, intent_of(command, look, decision, message), approver.name)
        if released is None or store.others(connection, command.target, command.action_id) != others:
            raise Overtaken
        record(connection, command, approver, look, decision, "approved")
    return released


def decline(desk: Desk, action_id: str, person: Actor, why: str) -> ActionResult:
    """Say no to what waits; who asked for it may withdraw it in the same way. MONEY NEVER MOVES.

    Raises:
        NotFound: there is no such action.
        NotAllowed: it is not theirs to decide, or no reason was given.
    """
    person = known_as(desk.settings, person)
    request = _waiting(desk.engine, action_id)
    if request.status is not ActionStatus.AWAITING_APPROVAL:
        return outcomes.result_of(request, is_replay=True)
    is_own = email_key(request.actor.name) == email_key(person.name)
    if not is_own and (person.role is None or "approve" not in desk.settings.roles[person.role].may):
        raise NotAllowed(f"{person.name} may not decide this.")
    if not why.strip():
        raise NotAllowed("Say why, so that whoever asked knows what to tell the customer.")
    words = "Withdrawn" if is_own else f"Declined by {person.name}"
    with transaction(desk.engine) as connection:
        _end(connection, request, person, ActionStatus.DECLINED, f"{words}: {why.strip()} Nothing was sent.")
        recorded = store.find(connection, action_id)
    assert recorded is not None
    return outcomes.result_of(recorded)


def expire(engine: Engine) -> int:
    """Record as expired what waited too long; return how many. MONEY NEVER MOVES."""
    now = clock.now()
    late = [
        request
        for request in store.standing(engine, [ActionStatus.AWAITING_APPROVAL])
        if request.expires_at is not None and request.expires_at <= now
    ]
    for request in late:
        with transaction(engine) as connection:
            words = "Nobody approved this in time. Nothing was sent. Ask again if it is still wanted."
            _end(connection, request, EXPIRY, ActionStatus.EXPIRED, words)
    return len(late)


def _waiting(engine: Engine, action_id: str) -> Request:
    expire(engine)
    with transaction(engine) as connection:
        request = store.find(connection, action_id)
    if request is None:
        raise NotFound(f"There is no action {action_id!r}.")
    return request


def _end(connection: Connection, request: Request, by: Actor, status: ActionStatus, message: str) -> None:
    waiting_still = (ActionStatus.AWAITING_APPROVAL,)
    if store.close(connection, request.action_id, status, before=waiting_still, message=message):
        kind = outcomes.audit_type(request.kind, request.verb, status.value)
        audit.record(connection, outcomes.entry_of(kind, request, by, {"message": message}))
