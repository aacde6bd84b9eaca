"""The rows of `action_requests`: intents, their outcomes, and what screens show before the warehouse knows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select

from actions import acts
from actions.acts import Act
from actions.commands import Command
from actions.policy import Spent
from actions.ports import Order
from billing import clock
from billing.ids import GatewayRef
from billing.money import Money
from billing.rates import Converted
from billing.store.audit import Actor
from billing.store.clocktext import from_text, now_text, to_text
from billing.store.engine import transaction
from billing.store.tables import action_requests
from billing.verbs import ObjectKind, Verb
from billing.vocabulary import OPEN_ACTIONS, ActionStatus, Channel

rows = action_requests.c
MOVED = (*OPEN_ACTIONS, ActionStatus.PENDING, ActionStatus.SUCCEEDED)
"""Where money moved, or may have."""


@dataclass(frozen=True, slots=True)
class Request:
    """One action as it is recorded; `made_id` is the gateway's id of what it made."""

    action_id: str
    kind: ObjectKind
    target: GatewayRef
    act: Act
    amount: Money | None
    reason: str
    note: str | None
    ticket: str | None
    actor: Actor
    approver: str | None
    snapshot: str | None
    status: ActionStatus
    made_id: str | None
    url: str | None
    message: str | None
    requested_at: datetime
    settled_at: datetime | None
    expires_at: datetime | None
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> Verb:
        """The act's verb."""
        return self.act.verb

    @property
    def order(self) -> Order:
        """What the adapter is asked to do, or to look for."""
        return Order(self.action_id, self.target, self.act, self.amount, self.reason, self.before)

    @property
    def command(self) -> Command:
        """The command that led to it, with its amount said."""
        return Command(
            self.action_id, self.target, self.act, self.reason, self.note, self.ticket, None, self.snapshot
        )


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be recorded before anything is sent."""

    command: Command
    act: Act
    kind: ObjectKind
    amount: Money | None
    counted: Converted | None
    before: dict[str, Any]
    message: str


def add(
    connection: Connection, intent: Intent, actor: Actor, *, expires_at: datetime | None = None
) -> Request:
    """Record an intent; one that expires waits for approval, and sends nothing yet.

    Raises:
        IntegrityError: the action id is taken, or another action on the object has no outcome yet.
    """
    command, ref, counted = intent.command, intent.command.target, intent.counted
    status = ActionStatus.AWAITING_APPROVAL if expires_at else ActionStatus.REQUESTED
    connection.execute(
        action_requests.insert().values(
            action_id=command.action_id,
            verb=intent.act.verb.value,
            kind=intent.kind.value,
            gateway=ref.gateway,
            account=ref.account,
            object_id=ref.id,
            object_ref=str(ref),
            act=acts.dump(intent.act),
            amount_minor=intent.amount.minor if intent.amount else None,
            currency=intent.amount.currency if intent.amount else None,
            counted_minor=counted.money.minor if counted else None,
            counted_currency=counted.money.currency if counted else None,
            before=json.dumps(intent.before, default=str),
            reason=command.reason,
            note=command.note,
            ticket=command.ticket,
            actor=actor.name,
            role=actor.role,
            channel=actor.channel.value,
            snapshot=command.snapshot,
            status=status.value,
            message=intent.message,
            requested_at=now_text(),
            expires_at=to_text(expires_at) if expires_at else None,
        )
    )
    return _must_find(connection, command.action_id)


def release(connection: Connection, intent: Intent, approver: str) -> Request | None:
    """Turn what waits for approval into an intent; None if it does not wait any more.

    Raises:
        IntegrityError: another action on the object has no outcome yet.
    """
    done = connection.execute(
        action_requests.update()
        .where(
            rows.action_id == intent.command.action_id, rows.status == ActionStatus.AWAITING_APPROVAL.value
        )
        .values(
            status=ActionStatus.REQUESTED.value,
            approver=approver,
            before=json.dumps(intent.before, default=str),
            message=intent.message,
            # The moment from which the reconciler counts: nothing was sent before it.
            requested_at=now_text(),
            counted_minor=intent.counted.money.minor if intent.counted else None,
            counted_currency=intent.counted.money.currency if intent.counted else None,
        )
    )
    return _must_find(connection, intent.command.action_id) if done.rowcount == 1 else None


def find(connection: Connection, action_id: str) -> Request | None:
    """Return an action, or None."""
    found = connection.execute(select(action_requests).where(rows.action_id == action_id)).one_or_none()
    return _request(found) if found else None


def _must_find(connection: Connection, action_id: str) -> Request:
    found = find(connection, action_id)
    assert found is not None
    return found


def others(connection: Connection, target: GatewayRef, action_id: str) -> frozenset[tuple[str, str]]:
    """Return (action id, status) of every other action on an object: it differs as soon as one of them moves."""
    query = select(rows.action_id, rows.status).where(
        rows.object_ref == str(target), rows.action_id != action_id
    )
    return frozenset((row.action_id, row.status) for row in connection.execute(query))


def spent(connection: Connection, person: str, verb: Verb, target: GatewayRef, currency: str) -> Spent:
    """Return what a person moved with a verb: on their own word, or by approving what others asked for."""
    mine = or_(and_(rows.actor == person, rows.approver.is_(None)), rows.approver == person)
    day_ago = to_text(clock.now() - timedelta(hours=24))

    def total(condition: ColumnElement[bool]) -> Money:
        query = select(func.coalesce(func.sum(rows.counted_minor), 0)).where(
            mine,
            condition,
            rows.verb == verb.value,
            rows.counted_currency == currency,
            rows.status.in_([one.value for one in MOVED]),
        )
        return Money(int(connection.execute(query).scalar_one()), currency)

    return Spent(total(rows.object_ref == str(target)), total(rows.requested_at > day_ago))


def close(
    connection: Connection,
    action_id: str,
    status: ActionStatus,
    *,
    before: Iterable[ActionStatus],
    made_id: str | None = None,
    url: str | None = None,
    message: str,
) -> bool:
    """Record an outcome if the action still stands at one of the statuses `before`; say whether it did.

    An action that failed at the gateway, and so names what it made, is never changed again.
    """
    settled_at = None if status in OPEN_ACTIONS else now_text()
    done = connection.execute(
        action_requests.update()
        .where(
            rows.action_id == action_id,
            rows.status.in_([one.value for one in before]),
            or_(rows.status != ActionStatus.FAILED.value, rows.result_id.is_(None)),
        )
        .values(
            status=status.value, result_id=made_id, result_url=url, message=message, settled_at=settled_at
        )
    )
    return done.rowcount == 1


def standing(engine: Engine, statuses: Iterable[ActionStatus] = OPEN_ACTIONS) -> list[Request]:
    """Return the actions that stand at one of `statuses`, oldest first."""
    query = (
        select(action_requests)
        .where(rows.status.in_([one.value for one in statuses]))
        .order_by(rows.requested_at)
    )
    with transaction(engine) as connection:
        return [_request(row) for row in connection.execute(query)]


def recent(
    engine: Engine, targets: Sequence[GatewayRef], verbs: Iterable[Verb] = tuple(Verb)
) -> list[Request]:
    """Return what was done to some objects here, or is under way or waiting, newest first.

    A screen lays them over the warehouse's rows: what the warehouse lacks is shown from here; once the warehouse
    has it, its row is the newer truth. Denied, declined and failed ones moved nothing and are left out.
    """
    shown = (*MOVED, ActionStatus.AWAITING_APPROVAL)
    query = (
        select(action_requests)
        .where(
            rows.verb.in_([verb.value for verb in verbs]),
            rows.object_ref.in_([str(ref) for ref in targets]),
            rows.status.in_([one.value for one in shown]),
        )
        .order_by(rows.requested_at.desc())
    )
    with transaction(engine) as connection:
        return [_request(row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Search:
    """Which actions to list; None leaves a part open. Days are UTC, both counted."""

    verbs: tuple[Verb, ...] = tuple(Verb)
    actor: str | None = None
    status: ActionStatus | None = None
    since: date | None = None
    until: date | None = None


def search(engine: Engine, wanted: Search, limit: int = 1000) -> list[Request]:
    """Return actions, newest first."""
    query = select(action_requests).where(rows.verb.in_([verb.value for verb in wanted.verbs]))
    if wanted.actor:
        query = query.where(or_(rows.actor == wanted.actor, rows.approver == wanted.actor))
    if wanted.status:
        query = query.where(rows.status == wanted.status.value)
    if wanted.since:
        query = query.where(rows.requested_at >= to_text(datetime.combine(wanted.since, time(), UTC)))
    if wanted.until:
        after = datetime.combine(wanted.until, time(), UTC) + timedelta(days=1)
        query = query.where(rows.requested_at < to_text(after))
    with transaction(engine) as connection:
        found = connection.execute(query.order_by(rows.requested_at.desc()).limit(limit))
        return [_request(row) for row in found]


def actors(engine: Engine) -> list[str]:
    """Return everybody who asked for an action or approved one, in order."""
    query = select(rows.actor).union(select(rows.approver).where(rows.approver.is_not(None)))
    with transaction(engine) as connection:
        return sorted(connection.execute(query).scalars())


def _request(row: Row[Any]) -> Request:
    has_amount = row.amount_minor is not None
    return Request(
        action_id=row.action_id,
        kind=ObjectKind(row.kind),
        target=GatewayRef(row.gateway, row.account, row.object_id),
        act=acts.load(row.act),
        amount=Money(row.amount_minor, row.currency) if has_amount else None,
        reason=row.reason,
        note=row.note,
        ticket=row.ticket,
        actor=Actor(row.actor, row.role, Channel(row.channel)),
        approver=row.approver,
        snapshot=row.snapshot,
        status=ActionStatus(row.status),
        made_id=row.result_id,
        url=row.result_url,
        message=row.message,
        requested_at=from_text(row.requested_at),
        settled_at=from_text(row.settled_at) if row.settled_at else None,
        expires_at=from_text(row.expires_at) if row.expires_at else None,
        before=json.loads(row.before),
    )
