"""The rows of `action_requests`: intents, their outcomes, and what screens show before the warehouse knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, or_, select

from actions.commands import RefundCharge
from billing.ids import GatewayRef
from billing.money import Money
from billing.store.audit import Actor
from billing.store.clocktext import from_text, now_text
from billing.store.engine import transaction
from billing.store.tables import action_requests
from billing.vocabulary import OPEN_ACTIONS, ActionStatus, Channel

REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Request:
    """One action as it is recorded; `refund_id` is the gateway's id of what it made."""

    action_id: str
    charge: GatewayRef
    amount: Money
    reason: str
    note: str | None
    ticket: str | None
    actor: Actor
    snapshot: str | None
    status: ActionStatus
    refund_id: str | None
    message: str | None
    requested_at: datetime
    settled_at: datetime | None


def add(connection: Connection, command: RefundCharge, amount: Money, actor: Actor, message: str) -> Request:
    """Record an intent to refund `amount`.

    Raises:
        IntegrityError: the action id is taken, or another action on the charge has no outcome yet.
    """
    ref = command.charge
    connection.execute(
        action_requests.insert().values(
            action_id=command.action_id,
            verb=REFUND,
            gateway=ref.gateway,
            account=ref.account,
            object_id=ref.id,
            object_ref=str(ref),
            amount_minor=amount.minor,
            currency=amount.currency,
            reason=command.reason,
            note=command.note,
            ticket=command.ticket,
            actor=actor.name,
            role=actor.role,
            channel=actor.channel.value,
            snapshot=command.snapshot,
            status=ActionStatus.REQUESTED.value,
            message=message,
            requested_at=now_text(),
        )
    )
    request = find(connection, command.action_id)
    assert request is not None
    return request


def find(connection: Connection, action_id: str) -> Request | None:
    """Return an action, or None."""
    row = connection.execute(
        select(action_requests).where(action_requests.c.action_id == action_id)
    ).mappings()
    return next((_request(found) for found in row), None)


def others(connection: Connection, charge: GatewayRef, action_id: str) -> frozenset[tuple[str, str]]:
    """Return (action id, status) of every other action on a charge: it differs as soon as one of them moves."""
    query = select(action_requests.c.action_id, action_requests.c.status).where(
        action_requests.c.object_ref == str(charge), action_requests.c.action_id != action_id
    )
    return frozenset((row.action_id, row.status) for row in connection.execute(query))


def close(
    connection: Connection,
    action_id: str,
    status: ActionStatus,
    *,
    before: Iterable[ActionStatus],
    refund_id: str | None,
    message: str,
) -> bool:
    """Record an outcome if the action still stands at one of the statuses `before`; say whether it did.

    An action that failed at the gateway, and so names a refund, is never changed again.
    """
    rows, settled_at = action_requests.c, None if status in OPEN_ACTIONS else now_text()
    done = connection.execute(
        action_requests.update()
        .where(
            rows.action_id == action_id,
            rows.status.in_([one.value for one in before]),
            or_(rows.status != ActionStatus.FAILED.value, rows.result_id.is_(None)),
        )
        .values(status=status.value, result_id=refund_id, message=message, settled_at=settled_at)
    )
    return done.rowcount == 1


def standing(engine: Engine, statuses: Iterable[ActionStatus] = OPEN_ACTIONS) -> list[Request]:
    """Return the actions that stand at one of `statuses`, oldest first."""
    query = (
        select(action_requests)
        .where(action_requests.c.status.in_([one.value for one in statuses]))
        .order_by(action_requests.c.requested_at)
    )
    with transaction(engine) as connection:
        return [_request(row) for row in connection.execute(query).mappings()]


def recent_refunds(engine: Engine, charges: Sequence[GatewayRef]) -> list[Request]:
    """Return the refunds of `charges` that were made or are under way here, newest first.

    A screen lays them over the warehouse's rows: a `refund_id` that the warehouse lacks (or an action without
    outcome) is shown from here; once the warehouse has it, its row is the newer truth. Denied and failed ones
    moved nothing and are left out.
    """
    shown = (*OPEN_ACTIONS, ActionStatus.PENDING, ActionStatus.SUCCEEDED)
    query = (
        select(action_requests)
        .where(
            action_requests.c.verb == REFUND,
            action_requests.c.object_ref.in_([str(ref) for ref in charges]),
            action_requests.c.status.in_([one.value for one in shown]),
        )
        .order_by(action_requests.c.requested_at.desc())
    )
    with transaction(engine) as connection:
        return [_request(row) for row in connection.execute(query).mappings()]


def _request(row: Any) -> Request:
    return Request(
        action_id=row["action_id"],
        charge=GatewayRef(row["gateway"], row["account"], row["object_id"]),
        amount=Money(row["amount_minor"], row["currency"]),
        reason=row["reason"],
        note=row["note"],
        ticket=row["ticket"],
        actor=Actor(row["actor"], row["role"], Channel(row["channel"])),
        snapshot=row["snapshot"],
        status=ActionStatus(row["status"]),
        refund_id=row["result_id"],
        message=row["message"],
        requested_at=from_text(row["requested_at"]),
        settled_at=from_text(row["settled_at"]) if row["settled_at"] else None,
    )
