"""Money that moves without an object of its own: plain transfers, withdrawals to the bank, conversions."""

from decimal import Decimal

from sandbox.paypal import accounting, people
from sandbox.paypal.books import Books
from sandbox.paypal.money import fee
from sandbox.state import Json


def receive(books: Books, person: Json, amount: Decimal, currency: str, what: str) -> str:
    """Somebody sends money to the company's address: a payment that only the report knows."""
    id = books.new_id("transfer")
    kept = fee(amount, currency)
    books.record(currency, "charged", amount)
    accounting.sent(books, person, amount, currency, kept)
    books.report(
        "T0000", id, amount, currency, fee=kept,
        info={**people.account_info(person, False), "transaction_note": what, "transaction_subject": what},
        more=people.reported(person),
    )  # fmt: skip
    return id


def withdraw(books: Books, amount: Decimal, currency: str) -> None:
    """Send money to the company's bank."""
    books.report("T0400", books.new_id("withdrawal"), -amount, currency)


def convert(books: Books, amount: Decimal, currency: str, into: Decimal, other: str) -> None:
    """Turn money of one currency into another: two lines of the report with one transaction id."""
    id = books.new_id("conversion")
    books.report("T0200", id, -amount, currency)
    books.report("T0200", id, into, other)
