"""Whether a charge, as the gateway describes it now, can give what a command asks of it. Pure."""

from collections.abc import Iterator

from actions.commands import RefundCharge
from actions.policy import Decision
from actions.ports import LiveCharge


def decide(command: RefundCharge, live: LiveCharge) -> Decision:
    """Compare a command with the charge it names, read a moment ago; the first obstacle decides."""
    for rule, words in _obstacles(command, live):
        return Decision(False, rule, f"{words} Nothing was sent.")
    return Decision(True, "charge.refundable", f"{live.refundable} of the charge can be refunded.")


def _obstacles(command: RefundCharge, live: LiveCharge) -> Iterator[tuple[str, str]]:
    currency, asked, seen = live.amount.currency, command.amount, command.seen_refundable
    if asked is not None and asked.currency != currency:
        yield (
            "currency.mismatch",
            f"The charge is in {currency}; {asked.currency} cannot be refunded from it.",
        )
    if not live.is_paid:
        yield (
            "charge.not_paid",
            f"This charge was never paid ({live.failure or live.status}), so there is nothing to refund.",
        )
    if live.is_disputed:
        yield (
            "charge.disputed",
            "The customer's bank disputes this charge. A refund could pay the customer twice; "
            "answer the dispute instead.",
        )
    if live.refundable.minor <= 0:
        yield "charge.exhausted", f"All {live.refunded} of this charge are refunded already."
    if seen is not None and seen != live.refundable:
        yield (
            "charge.changed",
            f"The charge changed since you looked: {live.refundable} can be refunded now, not {seen}. "
            "Confirm again.",
        )
    if asked is not None and asked > live.refundable:
        yield (
            "amount.over_refund",
            f"{asked} is more than what can still be refunded of this charge: {live.refundable}.",
        )
