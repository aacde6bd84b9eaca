"""Real purchases from a CSV as the history of the account stripe_us, in place of the made-up American company.

Each row becomes a payment intent, its charge and a balance transaction; rows that are alike stay apart. Stripe has
no charge of zero: a purchase that cost nothing becomes a paid invoice of total 0 instead. Both can be counted.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson

from sandbox import finance, ledger
from sandbox.clock import Clock
from sandbox.state import Json, Row, State
from sandbox.stripe import accounts, agenda, invoices, payment_shapes, payments, shapes
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.books import LINKS, Books, ident
from sandbox.stripe.currency import rounded, units
from sandbox.stripe.invoice_shapes import Item
from sandbox.stripe.payment_shapes import CARD

ACCOUNT = accounts.US.name
_LOADED = "history.loaded"
_CURRENCY = "usd"
_REVENUE = {"charged": "gross", "fees": "fees"}
_TABLES = (
    "objects",
    "links",
    "ledger",
    "ledger_revenue",
    "ledger_tax",
    "mrr_movements",
    "agenda",
    "deliveries",
)


def load(state: State, clock: Clock, csv_path: Path) -> None:
    """Load the purchases; does nothing if they are there already.

    Args:
        state: the sandbox's memory; what the company did at stripe_us is forgotten.
        clock: unused by the purchases, which bring their own days.
        csv_path: columns customer_id, purchased_on, quantity, amount_usd.
    """
    if state.get_setting(_LOADED):
        return
    with csv_path.open(newline="") as file:
        purchases = list(csv.DictReader(file))
    moments = _moments(purchases)
    with state.transaction():
        for table in _TABLES:
            state.execute(f"delete from {table} where account = ?", (ACCOUNT,))  # noqa: S608 - names of our own
        opening = min(moments, default=clock.timestamp())
        accounts.set_opening(state, ACCOUNT, opening // 86_400 * 86_400)
        customers = _customers(state, purchases, moments)
        writer = _Writer(state, customers)
        state.put_many(VENDOR, ACCOUNT, writer.paid(purchases, moments))
        writer.note_totals()
        for n, purchase in enumerate(purchases):
            if Decimal(purchase["amount_usd"]) == 0:
                writer.free(purchase, moments[n], n + 1)
        agenda.plan(state, ACCOUNT, clock.timestamp() + 7 * 86_400, "payout", currency=_CURRENCY)
        state.set_setting(_LOADED, True)


def _moments(purchases: list[dict[str, str]]) -> list[int]:
    """Midday (UTC) of each purchase's day, plus one second for each earlier row of that day."""
    so_far: dict[str, int] = {}
    found = []
    for purchase in purchases:
        day = purchase["purchased_on"]
        noon = int(datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC).timestamp())
        found.append(noon + so_far.setdefault(day, 0))
        so_far[day] += 1
    return found


def _customers(state: State, purchases: list[dict[str, str]], moments: list[int]) -> dict[str, Json]:
    first: dict[str, int] = {}
    for purchase, at in zip(purchases, moments, strict=True):
        key = purchase["customer_id"]
        first[key] = min(at, first.get(key, at))
    found = {
        key: shapes.customer(
            ident("history", "cus", key), at, currency=_CURRENCY, email=f"c{key}@history.example",
            name=f"Customer {key}", metadata={"customer_id": key},
        )
        for key, at in first.items()
    }  # fmt: skip
    rows = (
        Row("customer", one["id"], one["created"], orjson.dumps(one), email=one["email"])
        for one in found.values()
    )
    state.put_many(VENDOR, ACCOUNT, rows)
    return found


class _Writer:
    """Writes the purchases of known customers and adds up what the ledger has to know."""

    def __init__(self, state: State, customers: dict[str, Json]) -> None:
        self._state = state
        self._customers = customers
        self._totals: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)

    def paid(self, purchases: list[dict[str, str]], moments: list[int]) -> Iterator[Row]:
        """Yield the objects of every purchase that cost something."""
        percent, fixed = payments.FEES[_CURRENCY]
        for n, (purchase, at) in enumerate(zip(purchases, moments, strict=True), 1):
            amount = Decimal(purchase["amount_usd"])
            if amount == 0:
                continue
            fee = min(rounded(amount * percent / 100 + fixed, _CURRENCY), amount)
            day = at // 86_400 * 86_400
            for measure, major in (("charged", amount), ("fees", fee), ("net", amount - fee)):
                self._totals[measure, day] += major
            customer = self._customers[purchase["customer_id"]]
            yield from _objects(n, at, customer, purchase["quantity"], amount, fee)

    def note_totals(self) -> None:
        """Write the sums of the paid purchases into the ledger."""
        for (measure, day), major in self._totals.items():
            ledger.record(self._state, VENDOR, ACCOUNT, _CURRENCY, measure, major, day)
            if measure in _REVENUE:
                desk = finance.Desk(self._state, VENDOR, ACCOUNT, day)
                desk.revenue(_CURRENCY, None, _REVENUE[measure], major)

    def free(self, purchase: dict[str, str], at: int, n: int) -> None:
        """Write a purchase that cost nothing: an invoice of total 0, paid without any payment."""
        books = Books(self._state, ACCOUNT, at, quiet_before=at + 1)
        text = f"{purchase['quantity']} CDs, free of charge"
        item = Item(text, Decimal(0), at, at, int(purchase["quantity"]))
        customer = books.must("customer", self._customers[purchase["customer_id"]]["id"])
        invoice = invoices.draft(books, customer, _CURRENCY, [item], reason="manual")
        invoice["metadata"] = {"quantity": purchase["quantity"], "row": str(n)}
        invoices.finalise(books, invoice)
        invoices.paid_in_full(books, invoice, 0)


def _objects(n: int, at: int, customer: Json, quantity: str, amount: Decimal, fee: Decimal) -> Iterator[Row]:
    ids = {prefix: ident("history", prefix, n) for prefix in ("pi", "ch", "txn")}
    metadata = {"quantity": quantity, "row": str(n)}
    description = f"{quantity} CDs"
    cents = units(amount, _CURRENCY)
    intent = payment_shapes.intent(
        ids["pi"], at, cents, _CURRENCY, customer=customer["id"], metadata=metadata, description=description,
        status="succeeded", latest_charge=ids["ch"], amount_received=cents,
    )  # fmt: skip
    charge = payment_shapes.charge(ids["ch"], at, intent, CARD, shapes.billing_details(customer))
    charge.update(captured=True, amount_captured=charge["amount"], balance_transaction=ids["txn"])
    moved = payment_shapes.balance_transaction(
        ids["txn"], at, "charge", ids["ch"], _CURRENCY, charge["amount"], units(fee, _CURRENCY), at + 2 * 86_400,
        description=description, status="available",
    )  # fmt: skip
    for obj in (intent, charge, moved):
        links = {name: obj[name] for name in LINKS[obj["object"]]}
        yield Row(obj["object"], obj["id"], at, orjson.dumps(obj), links=links)
