"""The bookkeeper's side of Braintree's deeds: revenue by the buyer's country, taxes, a subscription's worth.

A bill is kept when a sale is made, in Decimal major units. Braintree is told an amount of tax and no rate.
"""

from decimal import Decimal

from sandbox import bills
from sandbox.bills import Bill
from sandbox.braintree.books import Books
from sandbox.braintree.merchant import ACCOUNT
from sandbox.finance import NOWHERE, UNRATED, TaxPart, to_minor_unit
from sandbox.state import Json


def agreed(
    books: Books, sale: str, amount: Decimal, currency: str, country: str | None, tax: Decimal | None
) -> None:
    """Keep the bill of a sale over `amount`, with the tax inside it if any was told."""
    parts: tuple[TaxPart, ...] = ()
    if tax:
        parts = (TaxPart(country or NOWHERE, "0.0000", UNRATED, amount - tax, tax),)
    bills.keep(books.state, ACCOUNT, f"sale:{sale}", Bill(currency, country, amount, parts))


def received(books: Books, sale: str, amount: Decimal) -> None:
    """Book a sale's money (below 0: it was voided or declined after all) and the tax owed for it."""
    bill = _bill(books, sale)
    bill.received(books.desk, amount)
    bill.owes_for(books.desk, amount)


def given_back(books: Books, sale: str, amount: Decimal) -> None:
    """Book a refund (below 0: it did not arrive), and the tax that is not owed any more."""
    bill = _bill(books, sale)
    bill.given_back(books.desk, amount)
    bill.owes_for(books.desk, -amount)


def disputed(books: Books, sale: str, amount: Decimal) -> None:
    """Book money that a chargeback took (below 0: gave back)."""
    _bill(books, sale).disputed(books.desk, amount)


def runs(books: Books, subscription: Json, price: Decimal, months: int, currency: str) -> None:
    """Note what a subscription is worth in a month; `price` is its plan's for so many months, before discounts."""
    worth = to_minor_unit(price / months, currency)
    books.desk.worth(currency, subscription["_customer"], subscription["id"], worth)


def ended(books: Books, subscription: Json, currency: str) -> None:
    """Note that a subscription is worth nothing any more."""
    books.desk.worth(currency, subscription["_customer"], subscription["id"], Decimal(0))


def _bill(books: Books, sale: str) -> Bill:
    return bills.find(books.state, ACCOUNT, f"sale:{sale}")
