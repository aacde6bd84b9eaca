"""Settles actions that have no outcome, by asking the gateway what happened. Never sends anything.

Why it waits. An intent stands at `requested` while a living process is inside the call, or for ever if that
process died; the two look alike from here, so it is left alone for IN_CALL. And "nothing of that kind" proves
nothing while a request may still be under way: the one that timed out may be queued at the gateway, or sit in a
process that sends within `sending.SEND_WITHIN` (30 s), repeats for 20 s what the gateway did not begin, and waits
70 s for an answer. So "not found" counts as "did not arrive" only NOT_FOUND later than the intent, which is longer
than all of that.

The idempotency key plays no part in this: it would make a second sending harmless for a day, but nothing is sent
a second time, and the key blocks nothing that is still under way. Should an effect turn up after all when an
action was already recorded as failed (a process that slept between two instructions), the process that sent it
corrects the record (`outcomes.conclude`), and the pipelines load the effect in any case.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine

from actions import outcomes, store
from actions.outcomes import ActionResult, Outcome
from actions.ports import GatewayActions
from actions.store import Request
from billing import clock
from billing.errors import BillhouseError, OutcomeUnknown, Transient
from billing.store.audit import Actor
from billing.vocabulary import ActionStatus, Channel

IN_CALL = timedelta(minutes=2)
NOT_FOUND = timedelta(minutes=3)
RECONCILER = Actor("reconciler", None, Channel.SYSTEM)


def settle(
    engine: Engine,
    gateways: Mapping[tuple[str, str], GatewayActions],
    now: datetime | None = None,
    *,
    grace: timedelta = IN_CALL,
    not_found_after: timedelta = NOT_FOUND,
) -> list[ActionResult]:
    """Ask the gateways about every action without outcome and record what they say. MONEY NEVER MOVES.

    Args:
        engine: the operational store.
        gateways: (gateway, account) -> adapter.
        now: the moment (aware) to which both graces are measured; the present one without it.
        grace: how old a `requested` action must be before it counts as orphaned; `unknown` ones are asked
            about at once.
        not_found_after: how old an action must be before "nothing of that kind" means that it did not arrive.

    Returns:
        What is on record now of every action asked about, also of those that stay `unknown`.
    """
    settled = []
    now = now or clock.now()
    for request in store.standing(engine):
        age = now - request.requested_at
        if request.status is ActionStatus.REQUESTED and age < grace:
            continue
        gateway = gateways.get((request.target.gateway, request.target.account))
        outcome = _ask(gateway, request, is_late=age >= not_found_after)
        settled.append(outcomes.conclude(engine, request, outcome, RECONCILER))
    return settled


def follow(engine: Engine, gateways: Mapping[tuple[str, str], GatewayActions]) -> list[ActionResult]:
    """Ask again about what the gateway accepted but had not carried out. MONEY NEVER MOVES.

    Returns what is on record of those that have moved on since. A gateway that cannot be asked is asked next time.
    """
    moved = []
    for request in store.standing(engine, [ActionStatus.PENDING]):
        gateway = gateways.get((request.target.gateway, request.target.account))
        outcome = _ask(gateway, request, is_late=False)
        if outcome.status in (ActionStatus.SUCCEEDED, ActionStatus.FAILED):
            moved.append(outcomes.conclude(engine, request, outcome, RECONCILER))
    return moved


def _ask(gateway: GatewayActions | None, request: Request, *, is_late: bool) -> Outcome:
    if gateway is None:
        return outcomes.unknown(request, "The account is not configured any more.")
    try:
        found = gateway.handlers[request.verb].find(request.order)
    except (Transient, OutcomeUnknown) as cause:
        return outcomes.unknown(request, f"It could not be asked: {cause}")
    except (BillhouseError, KeyError) as cause:
        return outcomes.unknown(request, f"It refused to tell: {cause}")
    if found is not None:
        return outcomes.of_effect(request, found)
    if is_late:
        name = outcomes.title(request.target.gateway)
        return outcomes.failed(request, f"It did not reach {name}.", error="not found")
    return outcomes.unknown(request, "It knows of nothing yet.")
