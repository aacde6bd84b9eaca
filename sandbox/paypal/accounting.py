"""The bookkeeper's side of PayPal's deeds: revenue by the payer's country, taxes by rate, a subscription's worth.

Everything comes from what was agreed (amounts, rates, the payer's country in the company's script), in Decimal
major units; nothing is read back from reports, captures or invoices.
"""

from collections.abc import Sequence
from decimal import Decimal

from sandbox import bills
from sandbox.bills import Bill, percent
from sandbox.finance import NOWHERE, UNRATED, TaxPart, to_minor_unit
from sandbox.paypal.books import Books
from sandbox.state import Json


def agreed(
    books: Books,
    payment: str,
    person: Json,
    amount: Decimal,
    currency: str,
    *,
    tax: Decimal,
    rate: str | None,
    is_inclusive: bool,
    invoice: str | None,
) -> None:
    """Keep the bill of a payment, made or promised: its invoice's, or its own with the tax inside `amount`."""
    parts: tuple[TaxPart, ...] = ()
    if invoice is not None:
        bill = _bill(books, f"invoice:{invoice}")
        amount, parts = bill.total, bill.parts
    elif tax:
        known = (percent(rate), "inclusive" if is_inclusive else "exclusive") if rate else ("0.0000", UNRATED)
        parts = (TaxPart(person["country"], *known, amount - tax, tax),)
    kept = Bill(currency, person["country"], amount, parts)
    bills.keep(books.state, books.account.name, f"payment:{payment}", kept)


def received(books: Books, payment: str, amount: Decimal, fee: Decimal, *, is_invoiced: bool) -> None:
    """Book money that came in, and PayPal's fee. A payment without an invoice is itself what tax is owed for."""
    bill = _bill(books, f"payment:{payment}")
    bill.received(books.desk, amount)
    books.desk.revenue(bill.currency, bill.country, "fees", fee)
    if not is_invoiced:
        bill.owes(books.desk)


def given_back(books: Books, payment: str, amount: Decimal) -> None:
    """Book a refund (below 0: its failure) and the tax that is not owed any more."""
    bill = _bill(books, f"payment:{payment}")
    bill.given_back(books.desk, amount)
    bill.owes_for(books.desk, -amount)


def disputed(books: Books, payment: str, amount: Decimal, fee: Decimal = Decimal(0)) -> None:
    """Book money that a dispute took (below 0: gave back), and what PayPal asks for it."""
    bill = _bill(books, f"payment:{payment}")
    bill.disputed(books.desk, amount)
    books.desk.revenue(bill.currency, bill.country, "fees", fee)


def sent(books: Books, person: Json, amount: Decimal, currency: str, fee: Decimal) -> None:
    """Book money that somebody just sent."""
    books.desk.revenue(currency, person["country"], "gross", amount)
    books.desk.revenue(currency, person["country"], "fees", fee)


def billed(
    books: Books,
    invoice: str,
    person: Json | None,
    currency: str,
    total: Decimal,
    lines: Sequence[tuple[str, Decimal, Decimal]],
    *,
    is_inclusive: bool,
) -> None:
    """Keep the bill of an invoice; `lines` are (rate in percent, price after discounts, tax) of what is taxed."""
    country = person["country"] if person else None
    parts: dict[str, TaxPart] = {}
    for rate, price, tax in lines:
        base = to_minor_unit(price, currency) - (tax if is_inclusive else 0)
        before = parts.get(rate)
        category = "inclusive" if is_inclusive else "exclusive"
        sums = (base + before.base, tax + before.amount) if before else (base, tax)
        parts[rate] = TaxPart(country or NOWHERE, percent(rate), category, *sums)
    kept = Bill(currency, country, total, tuple(parts.values()))
    bills.keep(books.state, books.account.name, f"invoice:{invoice}", kept)


def owes(books: Books, invoice: str, sign: int) -> None:
    """Book an invoice's taxes when it is sent, or back (sign -1) when it is canceled."""
    _bill(books, f"invoice:{invoice}").owes(books.desk, sign)


def runs(books: Books, subscription: str, email: str, net: Decimal, currency: str, unit: str) -> None:
    """Note what a subscription is worth in a month; `net` is the price of its period without tax."""
    worth = to_minor_unit(net / (12 if unit == "YEAR" else 1), currency)
    books.desk.worth(currency, email, subscription, worth)


def ended(books: Books, subscription: str, email: str, currency: str) -> None:
    """Note that a subscription is worth nothing any more."""
    books.desk.worth(currency, email, subscription, Decimal(0))


def _bill(books: Books, sale: str) -> Bill:
    return bills.find(books.state, books.account.name, sale)
