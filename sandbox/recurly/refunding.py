"""Refunds: always a credit invoice. Its credit goes back to the card, or stays on the account."""

from decimal import Decimal

from sandbox.recurly import accounting, accounts, invoicing, paying
from sandbox.recurly.books import Books
from sandbox.recurly.numbers import rounded, text
from sandbox.state import Json, Jsons

_FAILED = {"status_code": "gateway_error", "status_message": "The refund was rejected by the card's bank."}


class Refusal(ValueError):
    """The refund cannot be made; `param` is the field at fault."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def refund(
    books: Books, invoice: Json, amount: Decimal | None = None, *, lines: dict[str, int] | None = None,
    method: str = "transaction_first", notes: str | None = None, is_slow: bool = False,
) -> Json:  # fmt: skip
    """Credit a paid invoice in whole or part, and send the money back as far as `method` says.

    Money of the same day, refunded whole, is called back (the transaction becomes void). `is_slow` leaves the
    refund transaction pending.

    Raises:
        Refusal: more is asked for than can be given back.
    """
    if invoice["type"] != "charge" or invoice["state"] != "paid":
        raise Refusal("Only paid charge invoices can be refunded.", "id")
    left = _left(books, invoice)
    wanted = _of_lines(invoice, lines) if lines else left if amount is None else amount
    if wanted <= 0 or wanted > left:
        raise Refusal(f"Refund amount must be greater than 0 and at most {left}.", "amount")
    if method == "all_transaction":
        money = sum(
            (Decimal(one["amount"]) - _back_already(books, one) for one in _taken(books, invoice)), Decimal(0)
        )
        if wanted > money:
            raise Refusal(f"Only {money} was paid by transactions that can be refunded.", "refund_method")
    credit = _credit_invoice(
        books, invoice, wanted, "line_item_refund" if lines else "open_amount_refund", notes
    )
    if method != "all_credit":
        _money_back(books, invoice, credit, wanted, is_slow=is_slow)
    invoice["refundable_amount"] = text(left - wanted)
    books.save("invoice", invoice)
    if credit["state"] == "open":
        books.notify("credit_invoice", "opened", credit)
    return credit


def settle(books: Books, transaction: Json) -> None:
    """A pending refund has arrived."""
    transaction |= {"status": "success", "success": True, "collected_at": books.now}
    books.save("transaction", transaction)
    books.notify("payment", "updated", transaction)


def fail(books: Books, transaction: Json) -> None:
    """A refund did not reach the card: its credit stays on the account instead."""
    transaction |= {"status": "error", "success": False, "collected_at": None, **_FAILED}
    books.save("transaction", transaction)
    amount = Decimal(transaction["amount"])
    books.note(transaction["currency"], "refunded", -amount)
    paid = books.must("transaction", transaction["original_transaction_id"])
    accounting.given_back(books, paid["invoice_id"], -amount)
    for use in books.linked("credit_payment", "refund", transaction["id"]):
        use["voided_at"] = books.now
        books.save("credit_payment", use)
        credit = books.must("invoice", use["original_invoice_id"])
        credit |= {"balance": text(Decimal(credit["balance"]) - amount), "state": "open", "closed_at": None}
        books.save("invoice", credit)
        books.notify("credit_invoice", "reopened", credit)
    books.notify("payment", "updated", transaction)


def write_credit(
    books: Books, account: Json, amount: Decimal, currency: str, what: str, *, origin: str = "credit",
    subscription: Json | None = None,
) -> Json:  # fmt: skip
    """Give an account credit that refunds no invoice: a present, or (taxed) the unused part of a subscription."""
    number = str(1000 + books.state.next_number("recurly.invoices"))
    credit = invoicing.empty(books, account, "credit", origin, currency, number)
    tax_info = accounts.tax_of(account) if subscription else None
    item = invoicing.Item(
        what, -amount, origin="plan" if subscription else "credit", subscription=subscription
    )
    credit["line_items"] = [
        invoicing.line(books, credit, item, tax_info)
        | {"credit_reason_code": None if subscription else "general"}
    ]
    credit |= {"tax_info": tax_info, "subscription_ids": [subscription["id"]] if subscription else []}
    invoicing.total(credit)
    books.add("invoice", credit, account=account["id"], number=number)
    books.notify("credit_invoice", "created", credit)
    return credit


def _left(books: Books, invoice: Json) -> Decimal:
    """Return what may still be refunded: what was paid, by money or credit, less the credit invoices upon it."""
    given = [one for one in books.linked("invoice", "refunds", invoice["id"]) if one["state"] != "voided"]
    return Decimal(invoice["total"]) + sum((Decimal(one["total"]) for one in given), Decimal(0))


def _of_lines(invoice: Json, lines: dict[str, int]) -> Decimal:
    known = {one["id"]: one for one in invoice["line_items"]}
    if set(lines) - set(known):
        raise Refusal("The invoice has no such line item.", "line_items")
    parts = [
        Decimal(known[id]["amount"]) * quantity / known[id]["quantity"] for id, quantity in lines.items()
    ]
    return rounded(sum(parts, Decimal(0)))


def _credit_invoice(books: Books, invoice: Json, wanted: Decimal, origin: str, notes: str | None) -> Json:
    account = books.must("account", invoice["account_id"])
    number = str(1000 + books.state.next_number("recurly.invoices"))
    credit = invoicing.empty(books, account, "credit", origin, invoice["currency"], number) | {
        "previous_invoice_id": invoice["id"],
        "subscription_ids": invoice["subscription_ids"],
        "tax_info": invoice["tax_info"],
        "vat_number": invoice["vat_number"],
        "customer_notes": notes,
    }
    tax = rounded(wanted * Decimal(invoice["tax"]) / Decimal(invoice["total"]))
    first = invoice["line_items"][0]
    item = invoicing.Item(first["description"], -(wanted - tax), origin=first["origin"])
    made = invoicing.line(books, credit, item, None)
    made |= {
        "tax": text(-tax), "amount": text(-wanted), "taxable": first["taxable"], "tax_info": first["tax_info"],
        "plan_id": first["plan_id"], "plan_code": first["plan_code"], "refund": True,
        "credit_reason_code": "refund", "previous_line_item_id": first["id"],
        "original_line_item_invoice_id": invoice["id"], "subscription_id": first["subscription_id"],
    }  # fmt: skip
    credit["line_items"] = [made]
    invoicing.total(credit)
    books.add("invoice", credit, account=account["id"], number=number, refunds=invoice["id"])
    accounting.credited(books, invoice["id"], wanted)
    books.notify("credit_invoice", "created", credit)
    return credit


def _money_back(books: Books, invoice: Json, credit: Json, wanted: Decimal, *, is_slow: bool) -> None:
    for taken in _taken(books, invoice):
        amount = min(wanted, Decimal(taken["amount"]) - _back_already(books, taken))
        if amount <= 0:
            continue
        wanted -= amount
        is_unsettled = (
            taken["created_at"][:10] == books.now[:10] and taken["payment_method"]["object"] == "credit_card"
        )
        if is_unsettled and amount == Decimal(taken["amount"]):
            paying.void(books, taken, credit)
            invoice["paid"] = text(Decimal(invoice["paid"]) - amount)
            invoicing.apply_credit(books, credit, amount, "reduction", invoice=invoice["id"])
        else:
            refund = paying.give_back(books, taken, credit, amount, "pending" if is_slow else "success")
            invoicing.apply_credit(books, credit, amount, "refund", refund=refund["id"])


def _taken(books: Books, invoice: Json) -> Jsons:
    return [
        one for one in books.linked("transaction", "invoice", invoice["id"])
        if one["status"] == "success" and one["type"] in ("purchase", "capture")
    ]  # fmt: skip


def _back_already(books: Books, taken: Json) -> Decimal:
    credits_ = books.linked("invoice", "refunds", taken["invoice_id"])
    refunds = [one for credit in credits_ for one in books.linked("transaction", "invoice", credit["id"])]
    kept = [
        one for one in refunds if one["original_transaction_id"] == taken["id"] and one["status"] != "error"
    ]
    return sum((Decimal(one["amount"]) for one in kept), Decimal(0))
