"""Lays our own recent refunds over what the marts say, so that a screen is right before the next load.

Pure. Amounts are ISO minor units of the charge's currency. A refund that the marts know already (by its id or by
our action's id) is theirs to tell, a failed one too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from actions.store import Request
from billing import clock
from billing.vocabulary import OPEN_ACTIONS, ActionStatus, ChargeStatus
from billing.warehouse.customers import CustomerPage
from dashboards.wording import Row

_MOVED = (ActionStatus.PENDING, ActionStatus.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Shown:
    """A charge as a screen shows it: the marts' row, corrected, and the action on it without an outcome."""

    row: Row
    open_action: Request | None = None


def lay_over(page: CustomerPage, requests: Iterable[Request]) -> tuple[CustomerPage, list[Shown]]:
    """Return the page with the refunds counted that the marts lack, and its charges as they are shown."""
    known = {refund["refund_id"] for refund in page.refunds}
    known_actions = {refund["action_id"] for refund in page.refunds if refund["action_id"]}
    fresh = [r for r in requests if r.action_id not in known_actions and r.made_id not in known]
    moved = [r for r in fresh if r.status in _MOVED]
    shown = [_charge(row, [r for r in fresh if str(r.target) == row["charge_ref"]]) for row in page.charges]
    corrected = replace(
        page,
        charges=[charge.row for charge in shown],
        totals=[_total(row, moved) for row in page.totals],
        timeline=[*(_event(page, request) for request in fresh), *page.timeline],
    )
    return corrected, shown


def _charge(row: Row, fresh: Sequence[Request]) -> Shown:
    open_action = next((r for r in fresh if r.status in OPEN_ACTIONS), None)
    moved = sum(r.amount.minor for r in fresh if r.amount and r.status in _MOVED)
    if not moved:
        return Shown(row, open_action)
    refunded = int(row["refunded_minor"]) + moved
    status = row["status"]
    if status in (ChargeStatus.PAID, ChargeStatus.PARTIALLY_REFUNDED):
        whole = refunded >= int(row["captured_minor"])
        status = (ChargeStatus.REFUNDED if whole else ChargeStatus.PARTIALLY_REFUNDED).value
    corrected = {
        **row,
        "refunded_minor": refunded,
        "refundable_minor": max(int(row["refundable_minor"]) - moved, 0),
        "status": status,
    }
    return Shown(corrected, open_action)


def _total(row: Row, moved: Sequence[Request]) -> Row:
    minor = sum(r.amount.minor for r in moved if r.amount and r.amount.currency == row["currency"])
    refunded, lifetime = int(row["refunded_minor"]) + minor, int(row["lifetime_minor"]) - minor
    return {**row, "refunded_minor": refunded, "lifetime_minor": lifetime}


def _event(page: CustomerPage, request: Request) -> Row:
    return {
        "timeline_ref": f"action:{request.action_id}",
        "customer_ref": page.customer["customer_ref"],
        "occurred_at": clock.naive(request.requested_at),
        "kind": "refund",
        "title": f"Refund by {request.actor.name} ({request.reason.replace('_', ' ')})",
        "amount_minor": request.amount.minor if request.amount else None,
        "currency": request.amount.currency if request.amount else None,
        "status": request.status.value,
        "object_ref": str(request.target),
    }
