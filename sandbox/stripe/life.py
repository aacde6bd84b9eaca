"""What Stripe does by itself as time passes: renewals, retries, late refunds, expiries, payouts."""

from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe import agenda, collecting, disputes, invoices, payments, payouts, refunds, subscribing
from sandbox.stripe.agenda import Deed
from sandbox.stripe.books import Books

DAY = payments.DAY


def advance(state: State, clock: Clock, seconds: int) -> None:
    """Let the sandbox's clock run on by so many seconds, and everything that falls due happen in its order.

    The clock moves from happening to happening, so that each has its own time, and ends `seconds` later.
    """
    until = clock.timestamp() + seconds
    agenda.run(state, until, DEEDS, clock=clock)
    clock.move_to(until)


def _cancel_subscription(books: Books, subscription: str, reason: str | None) -> None:
    subscribing.cancel(books, subscription, reason)


def _void_invoice(books: Books, invoice: str) -> None:
    invoices.void(books, books.must("invoice", invoice))


def _write_off_invoice(books: Books, invoice: str) -> None:
    invoices.write_off(books, books.must("invoice", invoice))


DEEDS: dict[str, Deed] = {
    "answer_dispute": disputes.answer,
    "cancel_subscription": _cancel_subscription,
    "close_dispute": disputes.close,
    "complete_refund": refunds.complete,
    "expire_authorisation": payments.expire_authorisation,
    "fail_refund": refunds.fail,
    "finalise_invoice": collecting.finalise,
    "payout": payouts.weekly,
    "payout_arrives": payouts.arrives,
    "renew": subscribing.renew,
    "retry_invoice": collecting.retry,
    "settle_charge": payments.settle,
    "void_invoice": _void_invoice,
    "write_off_invoice": _write_off_invoice,
}
