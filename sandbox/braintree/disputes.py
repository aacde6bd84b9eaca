"""Disputes: opened by a bank, answered or left alone, won or lost."""

from decimal import Decimal

from sandbox.braintree import accounting, shapes
from sandbox.braintree.books import DAY, Books, day, moment
from sandbox.braintree.errors import Invalid, not_found
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


def add_text(books: Books, made: Json, told: Json) -> Json:
    """Add a text as evidence; nothing goes to the bank before the dispute is finalized.

    Raises:
        Invalid: it is no longer open.
    """
    if made["status"] != "open":
        raise Invalid(
            "dispute",
            "95701",
            "evidence",
            "Evidence can only be attached to disputes that are in an Open state",
        )
    piece = {
        "id": books.new_id("evidence", 16),
        "comment": told.get("comments"),
        "category": told.get("category") or None,
        "sequence-number": told.get("sequence_number") or None,
        "created-at": moment(books.at),
        "sent-to-processor-at": None,
        "url": None,
    }
    books.touch("dispute", made, evidence=[*made["evidence"], piece])
    return piece


def remove_evidence(books: Books, made: Json, id: str) -> None:
    """Take a piece of evidence out again.

    Raises:
        Invalid: the dispute is no longer open.
        BraintreeError: 404, there is no such piece.
    """
    if made["status"] != "open":
        raise Invalid(
            "dispute",
            "95702",
            "evidence",
            "Evidence can only be removed from disputes that are in an Open state",
        )
    left = [piece for piece in made["evidence"] if piece["id"] != id]
    if len(left) == len(made["evidence"]):
        raise not_found()
    books.touch("dispute", made, evidence=left)


def finalize(books: Books, made: Json) -> Json:
    """Hand the evidence in.

    Raises:
        Invalid: it is no longer open.
    """
    if made["status"] != "open":
        raise Invalid(
            "dispute", "95705", "status", "Disputes can only be finalized when they are in an Open state"
        )
    for piece in made["evidence"]:
        piece["sent-to-processor-at"] = moment(books.at)
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
