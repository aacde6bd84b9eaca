"""Carries out commands: policy, live re-read, intent, gateway, outcome. Every step leaves its record first.

Why two agents cannot both refund the same money: the intent is a row, and a partial unique index allows one row
without outcome per charge. An agent whose look at the charge is older than another's finished refund is caught
too: what others did on the charge is read before the look and compared when the intent is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import stamina
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from actions import checks, outcomes, policy, store
from actions.commands import RefundCharge
from actions.outcomes import ActionResult, Outcome
from actions.policy import Decision
from actions.ports import GatewayActions, LiveCharge
from actions.store import Request
from billing import clock
from billing.errors import BillhouseError, NotAllowed, NotFound, OutcomeUnknown, Refused, Transient
from billing.money import Money
from billing.settings import Settings
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.engine import transaction
from billing.vocabulary import ActionStatus

Gateways = Mapping[tuple[str, str], GatewayActions]
"""(gateway, account) -> adapter, as `actions.wiring.adapters` makes it."""

SEND_WITHIN = timedelta(seconds=30)
"""An intent that is older is not sent any more: this process was asleep, and the reconciler may have ruled."""
_RETRY_SECONDS = 20.0
_LONGEST_PAUSE = 5


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen before acting; `amount` and `live` are there where `decision` allows."""

    decision: Decision
    amount: Money | None = None
    live: LiveCharge | None = None


class _Overtaken(Exception):
    """Another action on the charge moved between our look and our intent."""


def perform(
    engine: Engine, settings: Settings, gateways: Gateways, command: RefundCharge, actor: Actor
) -> ActionResult:
    """Refund a charge once, on the record. MONEY MAY MOVE.

    The same action id again returns what is recorded and sends nothing. Whatever is refused before the intent
    comes back with status `denied`, its rule and its words, and stands in the audit log.

    Raises:
        NotAllowed: the action id belongs to an action with other parameters.
        OutcomeUnknown: the store failed after the gateway was asked; the reconciler will settle it.
    """
    actor = replace(actor, role=settings.role_of(actor.name))
    with transaction(engine) as connection:
        recorded = store.find(connection, command.action_id)
        others = store.others(connection, command.charge, command.action_id)
    if recorded is not None:
        return _replay(engine, recorded, command, actor)
    look = _look(settings, gateways, command, actor)
    if not look.decision.allowed:
        return _deny(engine, command, actor, look)
    try:
        request = _intend(engine, command, actor, look, others)
    except IntegrityError:
        return _taken(engine, command, actor, look)
    except _Overtaken:
        words = (
            "Another refund of this charge was made while you confirmed. Nothing was sent. "
            "Look at the charge again, then confirm."
        )
        return _deny(
            engine, command, actor, replace(look, decision=Decision(False, "charge.overtaken", words))
        )
    outcome = _send(gateways[command.charge.gateway, command.charge.account], request)
    try:
        return outcomes.conclude(engine, request, outcome, actor)
    except SQLAlchemyError as cause:
        raise OutcomeUnknown(
            f"The refund of {request.amount} was sent, but its outcome could not be recorded. "
            "The intent is on record; we will ask what happened, and will not send it twice."
        ) from cause


def _look(settings: Settings, gateways: Gateways, command: RefundCharge, actor: Actor) -> _Look:
    """Judge by policy, read the charge live, and judge what it can give and who may give that much."""
    decision = policy.decide(settings, command, actor, command.amount or command.seen_refundable)
    if not decision.allowed:
        return _Look(decision)
    ref = command.charge
    gateway = gateways.get((ref.gateway, ref.account))
    if gateway is None:
        words = f"No account {ref.account} of {ref.gateway} is configured. Nothing was sent."
        return _Look(Decision(False, "gateway.unknown", words))
    name = outcomes.title(ref.gateway)
    try:
        live = gateway.read_charge(ref.id)
    except NotFound:
        return _Look(Decision(False, "charge.unknown", f"{name} has no such charge. Nothing was sent."))
    except (Transient, OutcomeUnknown) as cause:
        words = (
            f"{name} did not answer when we looked at the charge ({cause}). "
            "Nothing was sent and nothing moved. Try again in a minute."
        )
        return _Look(Decision(False, "gateway.unreachable", words))
    except BillhouseError as cause:
        words = f"The charge could not be read: {cause} Nothing was sent."
        return _Look(Decision(False, "charge.unreadable", words))
    decision = checks.decide(command, live)
    amount = live.refundable if command.amount is None else command.amount
    if decision.allowed:
        decision = policy.decide(settings, command, actor, amount)
    return _Look(decision, amount, live)


def _intend(
    engine: Engine, command: RefundCharge, actor: Actor, look: _Look, others: frozenset[tuple[str, str]]
) -> Request:
    """Commit the intent and its audit entry.

    Raises:
        IntegrityError: the action id is taken, or another action on the charge has no outcome yet.
        _Overtaken: another action on the charge was made or settled since `others` was read.
    """
    assert look.amount is not None
    assert look.live is not None
    message = outcomes.in_progress(command.charge.gateway, look.amount)
    data = {
        **_asked(command),
        "amount_minor": look.amount.minor,
        "currency": look.amount.currency,
        "before": dict(look.live.raw),
        "rule": look.decision.rule,
        "words": look.decision.words,
    }
    with transaction(engine) as connection:
        # Insert first: on PostgreSQL it waits for a neighbour that is just settling, and only then do we look.
        request = store.add(connection, command, look.amount, actor, message)
        if store.others(connection, command.charge, command.action_id) != others:
            raise _Overtaken
        audit.record(connection, _entry("charge.refund.requested", command, actor, data))
    return request


def _send(gateway: GatewayActions, request: Request) -> Outcome:
    """Ask the gateway, outside of any transaction, and say what came of it."""
    name = outcomes.title(request.charge.gateway)
    if clock.now() - request.requested_at > SEND_WITHIN:
        return outcomes.failed(request, "Recording the refund took too long, so it was not sent.")
    try:
        for attempt in stamina.retry_context(
            on=_not_begun, attempts=3, timeout=_RETRY_SECONDS, wait_initial=0.3, wait_max=_LONGEST_PAUSE
        ):
            with attempt:
                refund = gateway.refund(request.charge.id, request.amount, request.reason, request.action_id)
        return outcomes.of_refund(request, refund)
    except Transient as cause:
        return outcomes.failed(request, f"{name} is too busy to take the refund.", error=str(cause))
    except Refused as cause:
        return outcomes.failed(
            request, f"{name} refused the refund ({cause}).", error=str(cause), code=cause.code
        )
    except Exception as cause:  # noqa: BLE001 - whatever went wrong, the request may have left the house
        return outcomes.unknown(request, f"{type(cause).__name__}: {cause}")


def _not_begun(error: Exception) -> bool | timedelta:
    """Tell stamina to send again only what the gateway did not begin, and to wait as long as it asks for."""
    if not isinstance(error, Transient) or (error.retry_after or 0) > _LONGEST_PAUSE:
        return False
    return timedelta(seconds=error.retry_after) if error.retry_after else True


def _taken(engine: Engine, command: RefundCharge, actor: Actor, look: _Look) -> ActionResult:
    """Answer whom the database refused: a second click, or a second agent."""
    with transaction(engine) as connection:
        recorded = store.find(connection, command.action_id)
    if recorded is not None:
        return _replay(engine, recorded, command, actor)
    words = (
        "Another refund of this charge is in progress. Nothing was sent. "
        "Wait for its outcome, then look at the charge again."
    )
    return _deny(engine, command, actor, replace(look, decision=Decision(False, "charge.in_progress", words)))


def _replay(engine: Engine, recorded: Request, command: RefundCharge, actor: Actor) -> ActionResult:
    """Return what is recorded for an action id, unless it is used for something else now."""
    with transaction(engine) as connection:
        written = audit.entries(connection, action_id=command.action_id)
    asked = next(one["data"] for one in written if one["type"] == "charge.refund.requested")
    same = (
        (recorded.charge, recorded.reason, recorded.note, recorded.ticket, recorded.actor.name)
        == (command.charge, command.reason, command.note, command.ticket, actor.name)
    ) and all(asked[key] == value for key, value in _asked(command).items())
    if not same:
        raise NotAllowed(
            "This action id was used for another action. Nothing was sent. Start the refund anew."
        )
    return outcomes.result_of(recorded, is_replay=True)


def _deny(engine: Engine, command: RefundCharge, actor: Actor, look: _Look) -> ActionResult:
    decision = look.decision
    data = {
        **_asked(command),
        "rule": decision.rule,
        "words": decision.words,
        "before": dict(look.live.raw) if look.live else None,
    }
    with transaction(engine) as connection:
        audit.record(connection, _entry("charge.refund.denied", command, actor, data))
    amount = look.amount or command.amount
    return ActionResult(command.action_id, ActionStatus.DENIED, decision.words, amount, rule=decision.rule)


def _asked(command: RefundCharge) -> dict[str, str | None]:
    """The amounts as asked for: None is "all that is refundable"."""
    return {
        "asked": str(command.amount) if command.amount else None,
        "seen_refundable": str(command.seen_refundable) if command.seen_refundable else None,
    }


def _entry(kind: str, command: RefundCharge, actor: Actor, data: Mapping[str, object]) -> Entry:
    return Entry(
        type=kind,
        actor=actor,
        action_id=command.action_id,
        object_ref=str(command.charge),
        ticket=command.ticket,
        reason=command.reason,
        snapshot=command.snapshot,
        data={**data, "note": command.note},
    )
