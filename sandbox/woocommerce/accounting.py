"""The bookkeeper's side of a shop's deeds: revenue by billing country, taxes by rate, a subscription's worth.

A bill is kept when an order is priced, in Decimal major units; nothing is read back from what the API shows.
A shop writes its lines without tax, whatever its prices show: so the category is always exclusive.
"""

from decimal import Decimal

from sandbox import bills
from sandbox.bills import Bill, percent
from sandbox.finance import TaxPart, to_minor_unit
from sandbox.state import Json
from sandbox.woocommerce.books import Books

_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
_DAYS_OF_A_MONTH = Decimal("30.4375")


def agreed(
    books: Books, order: int, country: str, net: Decimal, tax: Decimal, rate: tuple[str, Decimal] | None
) -> None:
    """Keep the bill of an order: what it costs without tax, its tax, and the rate's country and percentage."""
    parts = (TaxPart(rate[0], percent(rate[1]), "exclusive", net, tax),) if rate else ()
    bill = Bill(books.shop.currency, country or None, net + tax, parts)
    bills.keep(books.state, books.shop.name, f"order:{order}", bill)


def owes(books: Books, order: int, sign: int) -> None:
    """Book an order's taxes, or back (sign -1) when it does not count any more."""
    _bill(books, order).owes(books.desk, sign)


def received(books: Books, order: int, sign: int = 1) -> None:
    """Book the payment of an order, or back (sign -1) when it does not count any more."""
    bill = _bill(books, order)
    bill.received(books.desk, sign * bill.total)


def given_back(books: Books, order: int, amount: Decimal) -> None:
    """Book a refund (below 0: its record is deleted), and the tax that is not owed any more."""
    bill = _bill(books, order)
    bill.given_back(books.desk, amount)
    bill.owes_for(books.desk, -amount)


def runs(books: Books, subscription: Json) -> None:
    """Note what a subscription is worth in a month: its lines without tax, before coupons."""
    every, unit = int(subscription["billing_interval"]), subscription["billing_period"]
    net = Decimal(subscription["~net"])
    months = Decimal(_MONTHS[unit]) if unit in _MONTHS else _DAYS[unit] / _DAYS_OF_A_MONTH
    worth = net / (months * every)
    currency = books.shop.currency
    books.desk.worth(
        currency, str(subscription["customer_id"]), str(subscription["id"]), to_minor_unit(worth, currency)
    )


def ended(books: Books, subscription: Json) -> None:
    """Note that a subscription is worth nothing any more."""
    who = (str(subscription["customer_id"]), str(subscription["id"]))
    books.desk.worth(books.shop.currency, *who, Decimal(0))


def _bill(books: Books, order: int) -> Bill:
    return bills.find(books.state, books.shop.name, f"order:{order}")
