"""Lays our own recent refunds over the marts' charges, so that a screen is right before the next load.

Pure. Amounts are ISO minor units of the charge's currency. A refund that the marts know already (by its id or by
our action's id) is theirs to tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.store import Request
from billing.vocabulary import OPEN_ACTIONS, ChargeStatus
from dashboards.wording import Row


@dataclass(frozen=True, slots=True)
class Shown:
    """A charge as a screen shows it: the marts' row, corrected, and the action on it without an outcome."""

    row: Row
    open_action: Request | None = None
    is_newer: bool = False


def lay_over(charges: Sequence[Row], refunds: Iterable[Row], requests: Iterable[Request]) -> list[Shown]:
    """Return the charges with the refunds counted that the marts lack, in the charges' order."""
    known = list(refunds)  # a failed one too: that it failed is the newer truth
    known_ids = {r["refund_id"] for r in known}
    known_actions = {r["action_id"] for r in known if r["action_id"]}
    fresh: dict[str, list[Request]] = {}
    for request in requests:
        if request.action_id not in known_actions and request.refund_id not in known_ids:
            fresh.setdefault(str(request.charge), []).append(request)
    return [_correct(row, fresh.get(row["charge_ref"], [])) for row in charges]


def _correct(row: Row, fresh: list[Request]) -> Shown:
    open_action = next((r for r in fresh if r.status in OPEN_ACTIONS), None)
    moved = sum(r.amount.minor for r in fresh if r.status not in OPEN_ACTIONS)
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
    return Shown(corrected, open_action, is_newer=True)
