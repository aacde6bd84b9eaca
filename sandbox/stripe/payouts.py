"""Payouts: once a week the available balance of a currency goes to the bank, and arrives two days later."""

from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import agenda
from sandbox.stripe.accounts import ACCOUNTS
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major
from sandbox.stripe.payments import DAY

_LOOKBACK_DAYS = 35


def weekly(books: Books, currency: str) -> None:
    """Pay out what has become available in the currency, and do so again in a week. A debt waits."""
    agenda.plan(books.state, books.account, books.at + 7 * DAY, "payout", currency=currency)
    ready = books.list(
        "balance_transaction",
        where=("currency", (currency,)),
        since=books.at - _LOOKBACK_DAYS * DAY,
        match=lambda moved: moved["status"] == "pending" and moved["available_on"] <= books.at,
    )
    total = sum((major(moved["net"], currency) for moved in ready), Decimal(0))
    if total <= 0:
        return
    payout = _shape(books, currency, sum(moved["net"] for moved in ready))
    moved = books.balance("payout", payout["id"], currency, -total, description="STRIPE PAYOUT")
    payout["balance_transaction"] = moved["id"]
    books.put(payout)
    for one in ready:
        one["status"] = "available"
        books.put(one, payout=payout["id"])
    books.put(moved, payout=payout["id"])
    books.emit("payout.created", payout)
    agenda.plan(books.state, books.account, payout["arrival_date"], "payout_arrives", payout=payout["id"])


def arrives(books: Books, payout: str) -> None:
    """The bank has the money."""
    found = books.must("payout", payout)
    books.change(found, "payout.paid", status="paid", reconciliation_status="completed")
    books.emit("payout.reconciliation_completed", found)


def _shape(books: Books, currency: str, amount: int) -> Json:
    id = books.new_id("po")
    return {
        "id": id,
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": (books.at // DAY + 2) * DAY,
        "automatic": True,
        "balance_transaction": None,
        "created": books.at,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": f"ba_{ACCOUNTS[books.account].country}{currency.upper()}",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    }
