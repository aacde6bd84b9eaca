"""Disputes: opened by a bank, answered or left alone, won or lost."""

from decimal import Decimal

from sandbox.braintree import accounting, shapes
from sandbox.braintree.books import DAY, Books, day, moment
from sandbox.braintree.errors import Invalid
from sandbox.state import Json

_REPLY_DAYS = 10


def begin(
    books: Books, sale: Json, reason: str = "fraud", amount: str | None = None, outcome: str | None = None
) -> Json:
    """A bank disputes a sale. `outcome` "won" or "lost" comes 20 days later; without one it expires unanswered."""
    made = shapes.dispute(
        books.new_id("dispute", 16), moment(books.at), sale, amount=amount or sale["amount"], reason=reason,
        received=day(books.at), reply_by=day(books.at + _REPLY_DAYS * DAY),
    )  # fmt: skip
    books.record(made["currency-iso-code"], "disputed", Decimal(made["amount-disputed"]))
    accounting.disputed(books, sale["id"], Decimal(made["amount-disputed"]))
    move(books, made, "open")
    books.plan(books.at + _REPLY_DAYS * DAY, "expire_dispute", id=made["id"])
    if outcome:
        books.plan(books.at + 3 * DAY, "answer_dispute", id=made["id"])
        books.plan(books.at + 20 * DAY, "decide_dispute", id=made["id"], outcome=outcome)
    return made


def move(books: Books, made: Json, status: str) -> Json:
    """Give a dispute a state, and show it in its transaction too."""
    made["status"] = status
    made["updated-at"] = moment(books.at)
    made["status-history"].insert(
        0,
        {
            "status": status,
            "timestamp": moment(books.at),
            "effective-date": day(books.at),
            "disbursement-date": None,
        },
    )
    if status == "won":
        made |= {"date-won": day(books.at), "amount-won": made["amount-disputed"]}
        accounting.disputed(books, made["transaction"]["id"], -Decimal(made["amount-disputed"]))
    books.put("dispute", made)
    sale = books.must("transaction", made["transaction"]["id"])
    others = [one for one in sale["disputes"] if one["id"] != made["id"]]
    shown = {name: value for name, value in made.items() if name != "transaction"}
    books.touch("transaction", sale, disputes=[*others, shown])
    books.announce(f"dispute_{'opened' if status == 'open' else status}", "dispute", made)
    return made


def accept(books: Books, made: Json) -> Json:
    """Give in.

    Raises:
        Invalid: it is no longer open.
    """
    if made["status"] != "open":
        raise Invalid(
            "dispute", "95704", "status", "Disputes can only be accepted when they are in an Open state"
        )
    return move(books, made, "accepted")


def finalize(books: Books, made: Json) -> Json:
    """Hand the evidence in.

    Raises:
        Invalid: it is no longer open.
    """
    if made["status"] != "open":
        raise Invalid(
            "dispute", "95705", "status", "Disputes can only be finalized when they are in an Open state"
        )
    return move(books, made, "disputed")


def answer(books: Books, id: str) -> None:
    """The merchant answers in time."""
    made = books.must("dispute", id)
    if made["status"] == "open":
        move(books, made, "disputed")


def decide(books: Books, id: str, outcome: str) -> None:
    """The bank decides."""
    made = books.must("dispute", id)
    if made["status"] in ("disputed", "under_review"):
        move(books, made, outcome)


def expire(books: Books, id: str) -> None:
    """Nobody answered in time."""
    made = books.must("dispute", id)
    if made["status"] == "open":
        move(books, made, "expired")
