"""Which verbs a screen offers for a row of a mart: now, not now and why, or never here and what to do instead.

The rules are those of the live look (`actions.live`), asked of what the warehouse knows. The live look decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions import live
from actions.live import Live
from billing.money import Money
from billing.verbs import FACTS, ObjectKind, Verb
from billing.vocabulary import ChargeStatus, DisputeStatus, InvoiceStatus, SubscriptionStatus
from gateways import REGISTRY
from gateways.manifest import Cannot

Row = Mapping[str, Any]
_PAID = (ChargeStatus.PAID, ChargeStatus.PARTIALLY_REFUNDED, ChargeStatus.REFUNDED, ChargeStatus.DISPUTED)


@dataclass(frozen=True, slots=True)
class Offer:
    """One verb for one object. `why_not` None: it can be done now, as far as the warehouse knows."""

    verb: Verb
    is_supported: bool
    why_not: str | None = None
    ceiling: Money | None = None
    """The most that it can move, for verbs that have such a limit."""


def offers(kind: ObjectKind, row: Row) -> list[Offer]:
    """Return an offer for each verb that acts upon this kind of object, in the verbs' order.

    What the gateway cannot do is listed where it would stand, with the reason and an alternative.
    """
    manifest, now = REGISTRY[row["gateway"]], _READERS[kind](row)
    found = []
    for verb in Verb:
        can = manifest.verbs.get(verb)
        if can is kind:
            found.append(Offer(verb, True, now.why_not(verb), now.ceilings.get(verb)))
        elif isinstance(can, Cannot) and FACTS[verb].home is kind:
            found.append(Offer(verb, False, f"{can.why} {can.instead}"))
    return found


def permitted(found: Sequence[Offer], may: Callable[[Verb], bool]) -> list[Offer]:
    """Return the offers of verbs that a role may use."""
    return [offer for offer in found if may(offer.verb)]


def _charge(row: Row) -> Live:
    currency, status = row["currency"], ChargeStatus(row["status"])
    zero = Money(0, currency)
    is_authorized = status is ChargeStatus.AUTHORIZED
    return live.charge(
        row["charge_id"],
        status.value.replace("_", " "),
        is_paid=status in _PAID,
        is_authorized=is_authorized,
        is_disputed=status is ChargeStatus.DISPUTED,
        refunded=Money(row["refunded_minor"] or 0, currency),
        refundable=Money(row["refundable_minor"] or 0, currency),
        capturable=Money(row["amount_minor"], currency) if is_authorized else zero,
        failure=row["failure_message"] or row["failure_code"],
    )


def _subscription(row: Row) -> Live:
    return live.subscription(
        row["subscription_id"],
        SubscriptionStatus(row["status"]),
        is_ending=bool(row["is_cancel_at_period_end"]),
    )


def _invoice(row: Row) -> Live:
    due = Money(row["due_minor"] or 0, row["currency"])
    return live.invoice(row["invoice_id"], InvoiceStatus(row["status"]), due=due)


def _dispute(row: Row) -> Live:
    amount = Money(row["amount_minor"], row["currency"])
    return live.dispute(row["dispute_id"], DisputeStatus(row["status"]), amount=amount)


def _customer(row: Row) -> Live:
    return live.customer(row["customer_id"], is_deleted=bool(row["is_deleted"]))


_READERS: Mapping[ObjectKind, Callable[[Row], Live]] = {
    ObjectKind.CHARGE: _charge,
    ObjectKind.SUBSCRIPTION: _subscription,
    ObjectKind.INVOICE: _invoice,
    ObjectKind.DISPUTE: _dispute,
    ObjectKind.CUSTOMER: _customer,
}
