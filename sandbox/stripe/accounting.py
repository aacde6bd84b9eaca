"""The bookkeeper's side of Stripe's deeds: taxes by rate, and what subscriptions are worth in a month.

Everything comes from what the company agreed (prices, rates, amounts in Decimal), not from what its API shows.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sandbox.finance import NOWHERE, TaxPart, to_minor_unit
from sandbox.state import Json
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major
from sandbox.stripe.payments import country_of
from sandbox.stripe.taxes import Tax, taxed

_PRIVATE = "sandbox"


def kept(rates: Sequence[Json], taxes: Sequence[Tax]) -> list[list[str]]:
    """Return an invoice's taxes as they are remembered with its sums: one entry per rate."""
    by_id = {rate["id"]: rate for rate in rates}
    found = []
    for tax in taxes:
        rate = by_id[tax.rate]
        word = "inclusive" if tax.inclusive else "exclusive"
        category = "reverse charge" if tax.reason == "reverse_charge" else word
        country = rate["country"] or NOWHERE
        percent = f"{Decimal(str(rate['percentage'])):.4f}"
        found.append([country, percent, category, str(tax.base), str(tax.amount)])
    return found


def issued(books: Books, invoice: Json, sign: int = 1) -> None:
    """Book an invoice's taxes on the day it is finalised, or back (sign -1) on the day it is declared void."""
    _, _, parts = _sums(books, invoice["id"])
    whole = Decimal(1)
    books.desk.taxes(
        invoice["currency"], [part.share(sign * whole, whole, invoice["currency"]) for part in parts]
    )


def credited(books: Books, invoice: Json, amount: Decimal) -> None:
    """Book what a credit note over `amount` (major units) takes back of an invoice's taxes."""
    total, _, parts = _sums(books, invoice["id"])
    if total:
        books.desk.taxes(
            invoice["currency"], [part.share(-amount, total, invoice["currency"]) for part in parts]
        )


def received(books: Books, invoice: Json, charge: Json) -> None:
    """Book the tax inside a payment of an invoice as part of the day's revenue."""
    total, tax, _ = _sums(books, invoice["id"])
    currency = charge["currency"]
    if total:
        share = to_minor_unit(tax * major(charge["amount_captured"], currency) / total, currency)
        books.desk.revenue(currency, country_of(charge), "tax", share)


def given_back(books: Books, charge: Json, refund: str, amount: Decimal, *, noted: bool = False) -> None:
    """Book a refund (or, with a negative amount, its failure): revenue, the tax inside it, and the tax owed.

    A refund that is `noted` lessens the tax owed by its credit note instead; its failure then changes nothing.
    """
    currency, country = charge["currency"], country_of(charge)
    books.desk.revenue(currency, country, "refunds", amount)
    if noted:
        books.state.put(_PRIVATE, books.account, "noted_refund", {"id": refund})
    links = books.linked("invoice_payment", "payment_intent", charge["payment_intent"] or "")
    if not links:
        return
    total, tax, parts = _sums(books, links[0]["invoice"])
    if not total:
        return
    books.desk.revenue(currency, country, "tax", -to_minor_unit(tax * amount / total, currency))
    if books.state.get(_PRIVATE, books.account, "noted_refund", refund) is None:
        books.desk.taxes(currency, [part.share(-amount, total, currency) for part in parts])


def runs(books: Books, subscription: Json, items: Sequence[Json]) -> None:
    """Note what a running subscription is worth in a month: its prices, before coupons and without tax."""
    customer = books.must("customer", subscription["customer"])
    rates, currency = subscription["default_tax_rates"], subscription["currency"]
    worth = Decimal(0)
    for item in items:
        price = major(item["price"]["unit_amount"] * item["quantity"], currency)
        taxes = taxed(price, rates, currency, reverse=customer["tax_exempt"] == "reverse")
        net = price - sum((tax.amount for tax in taxes if tax.inclusive), Decimal(0))
        months = 12 if item["price"]["recurring"]["interval"] == "year" else 1
        worth += to_minor_unit(net / months, currency)
    books.desk.worth(currency, subscription["customer"], subscription["id"], worth)


def ended(books: Books, subscription: Json) -> None:
    """Note that a subscription is worth nothing any more."""
    books.desk.worth(subscription["currency"], subscription["customer"], subscription["id"], Decimal(0))


def _sums(books: Books, invoice: str) -> tuple[Decimal, Decimal, list[TaxPart]]:
    """Return an invoice's total, its tax, and the tax of each rate."""
    found: dict[str, Any] | None = books.state.get(_PRIVATE, books.account, "sums", invoice)
    if found is None:
        raise LookupError(f"no sums are kept for {invoice}")
    parts = [
        TaxPart(country, rate, category, Decimal(base), Decimal(amount))
        for country, rate, category, base, amount in found["taxes"]
    ]
    return Decimal(found["total"]), Decimal(found["tax"]), parts
