"""The bookkeeper's side of Recurly's deeds: revenue by the country billed, taxes by rate, a subscription's worth.

Everything comes from what was agreed (prices, quantities, discounts, rates), in Decimal major units.
"""

from collections.abc import Sequence
from decimal import Decimal

from sandbox import bills
from sandbox.bills import Bill, percent
from sandbox.finance import NOWHERE, TaxPart, to_minor_unit
from sandbox.recurly.books import Books
from sandbox.recurly.site import ACCOUNT
from sandbox.state import Json


def agreed(
    books: Books,
    invoice: str,
    currency: str,
    prices: Sequence[Decimal],
    country: str | None,
    tax: Json | None,
    *,
    is_reverse: bool,
) -> None:
    """Keep the bill of a new invoice and book its taxes as owed.

    Args:
        books: the moment.
        invoice: its id.
        currency: upper-case.
        prices: of each line, after discounts and without tax.
        country: where the account is.
        tax: Recurly's tax_info, None where no tax is charged.
        is_reverse: whether the buyer owes the tax instead of the seller.
    """
    net = sum(prices, Decimal(0))
    parts: tuple[TaxPart, ...] = ()
    if tax is not None:
        rate = Decimal(tax["rate"])
        taxes = sum((to_minor_unit(price * rate, currency) for price in prices), Decimal(0))
        parts = (TaxPart(country or NOWHERE, percent(rate * 100), "exclusive", net, taxes),)
    elif is_reverse:
        parts = (TaxPart(country or NOWHERE, percent("0"), "reverse charge", net, Decimal(0)),)
    total = net + sum((part.amount for part in parts), Decimal(0))
    bill = bills.keep(books.state, ACCOUNT, f"invoice:{invoice}", Bill(currency, country, total, parts))
    bill.owes(books.desk)


def received(books: Books, invoice: str, amount: Decimal) -> None:
    """Book money that came in for an invoice (below 0: was called back before it settled)."""
    _bill(books, invoice).received(books.desk, amount)


def given_back(books: Books, invoice: str, amount: Decimal) -> None:
    """Book money that goes back to who paid an invoice (below 0: it did not arrive)."""
    _bill(books, invoice).given_back(books.desk, amount)


def charged_back(books: Books, invoice: str, amount: Decimal) -> None:
    """Book money that a bank took away."""
    _bill(books, invoice).disputed(books.desk, amount)


def credited(books: Books, invoice: str, amount: Decimal) -> None:
    """Book what a credit invoice takes back of an invoice's taxes, wherever its money goes."""
    _bill(books, invoice).owes_for(books.desk, -amount)


def runs(books: Books, subscription: Json, price: Decimal, months: int) -> None:
    """Note what a subscription is worth in a month; `price` is that of its period, before discounts and tax."""
    currency = subscription["currency"]
    worth = to_minor_unit(price / months, currency)
    books.desk.worth(currency, subscription["account_id"], subscription["id"], worth)


def ended(books: Books, subscription: Json) -> None:
    """Note that a subscription is worth nothing any more."""
    books.desk.worth(subscription["currency"], subscription["account_id"], subscription["id"], Decimal(0))


def _bill(books: Books, invoice: str) -> Bill:
    return bills.find(books.state, ACCOUNT, f"invoice:{invoice}")
