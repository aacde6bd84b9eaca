"""Carries out commands: policy, live re-read, intent, gateway, outcome. Every step leaves its record first.

Why two agents cannot both move the same money: the intent is a row, and a partial unique index allows one row
without outcome per object. An agent whose look at the object is older than another's finished act is caught
too: what others did to the object is read before the look and compared when the intent is written. Limits are
judged in the transaction that writes the intent, one person at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from actions import acts, checks, outcomes, policy, store
from actions.commands import Command
from actions.live import Live
from actions.outcomes import ActionResult
from actions.policy import Decision, Verdict
from actions.ports import GatewayActions
from actions.sending import send
from actions.store import Intent, Request
from actions.wording import WORDS, say
from billing import clock
from billing.errors import BillhouseError, NotAllowed, NotFound, OutcomeUnknown, Transient
from billing.ids import email_key
from billing.money import Money
from billing.rates import Rates
from billing.settings import Settings
from billing.store import audit
from billing.store.audit import Actor, Entry
from billing.store.engine import serialize, transaction
from billing.verbs import ObjectKind
from billing.vocabulary import ActionStatus
from gateways import REGISTRY
from gateways.manifest import Cannot


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that acting needs, opened once: the store, the rules, the gateways and the exchange rates."""

    engine: Engine
    settings: Settings
    gateways: Mapping[tuple[str, str], GatewayActions]
    """(gateway, account) -> adapter, as `actions.wiring.adapters` makes it."""
    rates: Rates


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen before acting; `intent` and `live` are there where `decision` does not deny."""

    decision: Decision
    kind: ObjectKind
    live: Live | None = None
    amount: Money | None = None


class Overtaken(Exception):
    """Another action on the object moved between our look and our intent."""


class _Denied(Exception):
    """Policy, asked in the transaction of the intent, does not allow it after all."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.words)
        self.decision = decision


def perform(desk: Desk, command: Command, actor: Actor) -> ActionResult:
    """Carry out a command once, on the record, or ask for approval where policy says so. MONEY MAY MOVE.

    The same action id again returns what is recorded and sends nothing. Whatever is refused before the intent
    comes back with status `denied`, its rule and its words, and stands in the audit log.

    Raises:
        NotAllowed: the action id belongs to an action with other parameters.
        OutcomeUnknown: the store failed after the gateway was asked; the reconciler will settle it.
    """
    actor = known_as(desk.settings, actor)
    with transaction(desk.engine) as connection:
        recorded = store.find(connection, command.action_id)
        others = store.others(connection, command.target, command.action_id)
    if recorded is not None:
        return _replay(desk, recorded, command, actor)
    look = look_at(desk, command, actor)
    if look.decision.verdict is Verdict.DENY:
        return deny(desk, command, actor, look)
    request = _intended(desk, command, actor, look, others)
    return request if isinstance(request, ActionResult) else finish(desk, request, actor)


def known_as(settings: Settings, actor: Actor) -> Actor:
    """Return the actor by their one name and present role, however they wrote their address."""
    return replace(actor, name=email_key(actor.name), role=settings.role_of(actor.name))


def look_at(desk: Desk, command: Command, actor: Actor) -> Look:
    """Judge by role, verb and reason, read the object live, and judge what it can give."""
    ref, verb = command.target, command.act.verb
    manifest = REGISTRY.get(ref.gateway)
    can = manifest.verbs.get(verb) if manifest else None
    kind = can if isinstance(can, ObjectKind) else ObjectKind.CHARGE
    decision = policy.may(desk.settings, command, actor)
    if not decision.allowed:
        return Look(decision, kind)
    gateway = desk.gateways.get((ref.gateway, ref.account))
    if gateway is None:
        words = f"No account {ref.account} of {ref.gateway} is configured. Nothing was sent."
        return Look(Decision(Verdict.DENY, "gateway.unknown", words), kind)
    if not isinstance(can, ObjectKind):
        why = (
            f"{can.why} {can.instead}"
            if isinstance(can, Cannot)
            else f"{ref.gateway} does not say that it can."
        )
        return Look(Decision(Verdict.DENY, "gateway.cannot", f"{why} Nothing was sent."), kind)
    return _read(desk, gateway, command, kind)


def _read(desk: Desk, gateway: GatewayActions, command: Command, kind: ObjectKind) -> Look:
    ref, name = command.target, outcomes.title(command.target.gateway)
    try:
        live = gateway.read(kind, ref.id)
    except NotFound:
        words = f"{name} has no such {kind.value}. Nothing was sent."
        return Look(Decision(Verdict.DENY, f"{kind.value}.unknown", words), kind)
    except (Transient, OutcomeUnknown) as cause:
        words = (
            f"{name} did not answer when we looked at the {kind.value} ({cause}). "
            "Nothing was sent and nothing moved. Try again in a minute."
        )
        return Look(Decision(Verdict.DENY, "gateway.unreachable", words), kind)
    except BillhouseError as cause:
        words = f"The {kind.value} could not be read: {cause} Nothing was sent."
        return Look(Decision(Verdict.DENY, f"{kind.value}.unreadable", words), kind)
    amount = acts.amount_of(command.act) or live.ceilings.get(command.act.verb)
    return Look(checks.decide(command, live), kind, live, amount)


def _intended(
    desk: Desk, command: Command, actor: Actor, look: Look, others: frozenset[tuple[str, str]]
) -> Request | ActionResult:
    """Return the committed intent, or what is said where nothing may be sent (yet)."""
    try:
        request = _intend(desk, command, actor, look, others)
    except _Denied as denied:
        return deny(desk, command, actor, replace(look, decision=denied.decision))
    except IntegrityError:
        return _taken(desk, command, actor, look)
    except Overtaken:
        return deny(desk, command, actor, overtaken(look))
    if request.status is ActionStatus.AWAITING_APPROVAL:
        return replace(outcomes.result_of(request), rule="approval.needed")
    return request


def _intend(
    desk: Desk, command: Command, actor: Actor, look: Look, others: frozenset[tuple[str, str]]
) -> Request:
    """Commit the intent, or the request for approval, and its audit entry.

    Raises:
        IntegrityError: the action id is taken, or another action on the object has no outcome yet.
        Overtaken: another action on the object was made or settled since `others` was read.
        _Denied: a limit says no.
    """
    with transaction(desk.engine) as connection:
        serialize(connection, actor.name)  # nobody passes a limit by asking twice at once
        decision = judged(desk, connection, command, actor, look)
        if decision.verdict is Verdict.DENY:
            raise _Denied(decision)
        expires_at, message = (
            None,
            outcomes.in_progress(command.target.gateway, command.act.verb, look.amount),
        )
        if decision.verdict is Verdict.APPROVAL:
            expires_at = clock.now() + timedelta(hours=desk.settings.policy.approval_hours)
            message = f"{decision.words} It was asked for; nothing was sent yet."
        # Insert first: on PostgreSQL it waits for a neighbour that is just settling, and only then do we look.
        request = store.add(
            connection, intent_of(command, look, decision, message), actor, expires_at=expires_at
        )
        if store.others(connection, command.target, command.action_id) != others:
            raise Overtaken
        what = "approval_requested" if expires_at else "requested"
        record(connection, command, actor, look, decision, what)
    return request


def judged(desk: Desk, connection: Connection, command: Command, actor: Actor, look: Look) -> Decision:
    """Ask policy with what the actor moved so far; call it in the transaction that writes the intent."""
    spent = store.spent(
        connection, actor.name, command.act.verb, command.target, desk.settings.policy.base_currency
    )
    return policy.decide(desk.settings, desk.rates, command, actor, look.amount, spent)


def intent_of(command: Command, look: Look, decision: Decision, message: str) -> Intent:
    """Return what is to be recorded, with the amount said where the command left it open."""
    act = acts.with_amount(command.act, look.amount) if look.amount else command.act
    before = dict(look.live.raw) if look.live else {}
    return Intent(command, act, look.kind, look.amount, decision.counted, before, message)


def finish(desk: Desk, request: Request, actor: Actor) -> ActionResult:
    """Send a committed intent and record what came of it. MONEY MAY MOVE.

    Raises:
        OutcomeUnknown: the store failed after the gateway was asked.
    """
    outcome = send(desk.gateways[request.target.gateway, request.target.account], request)
    try:
        return outcomes.conclude(desk.engine, request, outcome, actor)
    except SQLAlchemyError as cause:
        thing = say(WORDS[request.verb].thing, request.amount)
        raise OutcomeUnknown(
            f"{thing[:1].upper()}{thing[1:]} was sent, but its outcome could not be recorded. "
            "The intent is on record; we will ask what happened, and will not send it twice."
        ) from cause


def overtaken(look: Look) -> Look:
    """Return the look with the decision that somebody else was quicker."""
    words = (
        f"Another action on this {look.kind.value} was made while you confirmed. Nothing was sent. "
        f"Look at the {look.kind.value} again, then confirm."
    )
    return replace(look, decision=Decision(Verdict.DENY, f"{look.kind.value}.overtaken", words))


def in_progress(look: Look) -> Look:
    """Return the look with the decision that something else has no outcome yet."""
    words = (
        f"Another action on this {look.kind.value} is in progress. Nothing was sent. "
        f"Wait for its outcome, then look at the {look.kind.value} again."
    )
    return replace(look, decision=Decision(Verdict.DENY, f"{look.kind.value}.in_progress", words))


def _taken(desk: Desk, command: Command, actor: Actor, look: Look) -> ActionResult:
    """Answer whom the database refused: a second click, or a second agent."""
    with transaction(desk.engine) as connection:
        recorded = store.find(connection, command.action_id)
    if recorded is not None:
        return _replay(desk, recorded, command, actor)
    return deny(desk, command, actor, in_progress(look))


def _replay(desk: Desk, recorded: Request, command: Command, actor: Actor) -> ActionResult:
    """Return what is recorded for an action id, unless it is used for something else now."""
    with transaction(desk.engine) as connection:
        written = audit.entries(connection, action_id=command.action_id)
    asked = written[-1]["data"] if written else {}
    same = (
        (recorded.target, recorded.reason, recorded.note, recorded.ticket, recorded.actor.name)
        == (command.target, command.reason, command.note, command.ticket, actor.name)
    ) and all(asked.get(key) == value for key, value in _asked(command).items())
    if not same:
        raise NotAllowed("This action id was used for another action. Nothing was sent. Start anew.")
    return outcomes.result_of(recorded, is_replay=True)


def deny(desk: Desk, command: Command, actor: Actor, look: Look) -> ActionResult:
    """Record a refusal and return it in words."""
    with transaction(desk.engine) as connection:
        record(connection, command, actor, look, look.decision, "denied")
    amount = look.amount or acts.amount_of(command.act)
    decision = look.decision
    return ActionResult(command.action_id, ActionStatus.DENIED, decision.words, amount, rule=decision.rule)


def record(
    connection: Connection, command: Command, actor: Actor, look: Look, decision: Decision, what: str
) -> None:
    """Append what was decided about a command to the audit log; `what` ends its dotted type."""
    counted = decision.counted
    data = {
        **_asked(command),
        **({"amount_minor": look.amount.minor, "currency": look.amount.currency} if look.amount else {}),
        **(
            {
                "counted": str(counted.money),
                "rate": str(counted.rate),
                "rated_on": counted.rated_on.isoformat(),
            }
            if counted
            else {}
        ),
        "before": dict(look.live.raw) if look.live else None,
        "rule": decision.rule,
        "words": decision.words,
        "note": command.note,
    }
    audit.record(
        connection,
        Entry(
            type=outcomes.audit_type(look.kind, command.act.verb, what),
            actor=actor,
            action_id=command.action_id,
            object_ref=str(command.target),
            ticket=command.ticket,
            reason=command.reason,
            snapshot=command.snapshot,
            data=data,
        ),
    )


def _asked(command: Command) -> dict[str, object]:
    """The act as it was asked for, before its amount was said."""
    return {"act": acts.dump(command.act), "seen": str(command.seen) if command.seen else None}
