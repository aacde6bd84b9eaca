"""The company's own book: what it charged, gave back, invoiced and owed in tax, told by its life.

Written in Decimal major units at the moment something happens; never computed from the API's objects, so that
a test can hold the two against each other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from iso4217 import Currency

from sandbox.state import State

MEASURES = ("charged", "refunded", "invoiced", "taxed", "disputed", "fees", "net")

_PLURALS = {
    "balance_transaction": "balance_transactions", "charge": "charges", "coupon": "coupons",
    "credit_note": "credit_notes", "customer": "customers", "deleted_customer": "deleted_customers",
    "dispute": "disputes", "invoice": "invoices", "invoice_payment": "invoice_payments",
    "payment_intent": "payment_intents", "payout": "payouts", "price": "prices", "product": "products",
    "refund": "refunds", "subscription": "subscriptions", "subscription_item": "subscription_items",
    "tax_id": "tax_ids", "tax_rate": "tax_rates",
}  # fmt: skip


class Book(Protocol):
    """A State or an SQLite connection: whatever runs a statement."""

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""


def record(
    book: Book, gateway: str, account: str, currency: str, measure: str, major: Decimal, at: int
) -> None:
    """Add an amount (major units, may be negative) to one measure on the UTC day of `at` (Unix seconds).

    Call it inside the deed's transaction.
    """
    if measure not in MEASURES:
        raise ValueError(f"{measure!r} is not a measure of the ledger.")
    day = datetime.fromtimestamp(at, UTC).date().isoformat()
    key = (gateway, account, currency.upper(), measure, day)
    sql = "select major from ledger where gateway = ? and account = ? and currency = ? and measure = ? and day = ?"
    before = next((Decimal(row[0]) for row in book.execute(sql, key)), Decimal(0))
    book.execute("insert or replace into ledger values (?, ?, ?, ?, ?, ?)", (*key, str(before + major)))


def rows(state: State) -> list[dict[str, Any]]:
    """Return the book: gateway, account, currency, measure, minor (ISO 4217 minor units), over all days.

    Raises:
        ValueError: an amount does not fit its currency's minor unit; the sandbox itself is at fault.
    """
    totals: dict[tuple[str, str, str, str], int] = {}
    for row in days(state):
        key = (row["gateway"], row["account"], row["currency"], row["measure"])
        totals[key] = totals.get(key, 0) + row["minor"]
    names = ("gateway", "account", "currency", "measure")
    return [{**dict(zip(names, key, strict=True)), "minor": minor} for key, minor in totals.items()]


def days(state: State) -> list[dict[str, Any]]:
    """Return the book day by day: as `rows`, with `day` (UTC, "2026-11-23") beside.

    Raises:
        ValueError: see `rows`.
    """
    found = state.execute("select * from ledger order by gateway, account, currency, measure, day")
    return [
        {
            "gateway": row["gateway"],
            "account": row["account"],
            "currency": row["currency"],
            "measure": row["measure"],
            "day": row["day"],
            "minor": _minor(Decimal(row["major"]), row["currency"]),
        }
        for row in found
    ]


def major(state: State, gateway: str, account: str, measure: str) -> dict[str, Decimal]:
    """Return one measure of one account by currency (upper-case), in major units."""
    sql = "select currency, major from ledger where gateway = ? and account = ? and measure = ?"
    found: dict[str, Decimal] = {}
    for row in state.execute(sql, (gateway, account, measure)):
        found[row["currency"]] = found.get(row["currency"], Decimal(0)) + Decimal(row["major"])
    return found


def counts(state: State) -> dict[str, dict[str, int]]:
    """Return how many objects of each kind a gateway's account would list, e.g. {"stripe_eu": {"charges": 9}}."""
    found: dict[str, dict[str, int]] = {}
    for row in state.count("stripe"):
        if row["kind"] in _PLURALS:
            found.setdefault(row["account"], {})[_PLURALS[row["kind"]]] = row["n"]
    return found


def _minor(amount: Decimal, currency: str) -> int:
    scaled = amount.scaleb(int(Currency(currency).exponent or 0))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{amount} {currency} has more decimals than the currency.")
    return int(scaled)
