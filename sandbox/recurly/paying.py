"""Transactions: money asked for, taken, given back, taken away by a bank."""

from decimal import Decimal

from sandbox.recurly import accounting, accounts
from sandbox.recurly.accounts import BAD_CARD
from sandbox.recurly.books import Books
from sandbox.recurly.numbers import text
from sandbox.state import Json

_DECLINED = {"status_code": "declined", "status_message": "The transaction was declined."}
_APPROVED = {"status_code": None, "status_message": "Successful test transaction."}


def charge(
    books: Books, account: Json, amount: Decimal, currency: str, *, invoice: Json | None = None,
    type: str = "purchase", origin: str = "recurring", of: Json | None = None, manual: str | None = None,
    subscriptions: list[str] | None = None,
) -> Json:  # fmt: skip
    """Try to take money; the transaction says whether it worked. An authorization takes none yet.

    Args:
        books: the moment.
        account: who pays.
        amount: how much, in major units.
        currency: upper-case.
        invoice: what is paid.
        type: purchase, authorization or capture.
        origin: how it came about, in Recurly's words.
        of: the authorization that a capture completes.
        manual: a payment made elsewhere, by this method ("wire_transfer").
        subscriptions: the ids of the subscriptions paid for.
    """
    is_good = manual is not None or can_pay(account)
    method = {"object": manual} if manual else accounts.card(account) if account["card"] else None
    transaction = _transaction(books, account, type, origin, amount, currency) | {
        "original_transaction_id": of["id"] if of else None,
        "invoice_id": invoice["id"] if invoice else None,
        "subscription_ids": subscriptions or [],
        "status": "success" if is_good else "declined",
        "success": is_good,
        "collection_method": "manual" if manual else "automatic",
        "payment_method": method,
        "collected_at": books.now if is_good else None,
        **(_APPROVED if is_good else _DECLINED),
    }
    _add(books, transaction)
    if is_good and type != "authorization":
        books.note(currency, "charged", amount)
        if invoice is not None:
            accounting.received(books, invoice["id"], amount)
    books.notify("payment", "succeeded" if is_good else "failed", transaction)
    return transaction


def can_pay(account: Json) -> bool:
    """Say whether the account has a card that is not declined."""
    return account["card"] not in (None, BAD_CARD)


def give_back(books: Books, of: Json, credit_invoice: Json, amount: Decimal, status: str) -> Json:
    """Send money back to where a transaction took it from; `status` is success or pending."""
    account = books.must("account", of["account_id"])
    refund = _transaction(books, account, "refund", "api", amount, of["currency"]) | {
        "original_transaction_id": of["id"],
        "invoice_id": credit_invoice["id"],
        "subscription_ids": of["subscription_ids"],
        "status": status,
        "success": status == "success",
        "payment_method": of["payment_method"],
        "collected_at": books.now if status == "success" else None,
    }
    _add(books, refund)
    of["refunded"] = True
    books.save("transaction", of)
    books.note(of["currency"], "refunded", amount)
    accounting.given_back(books, of["invoice_id"], amount)
    books.notify("payment", "refunded", refund)
    return refund


def void(books: Books, transaction: Json, by_invoice: Json | None) -> None:
    """Call back money that has not settled yet: it was never taken."""
    was_taken = transaction["type"] != "authorization"
    transaction |= {
        "status": "void", "voided_at": books.now, "voided_by_invoice_id": by_invoice["id"] if by_invoice else None,
        "refunded": by_invoice is not None,
    }  # fmt: skip
    books.save("transaction", transaction)
    if was_taken:
        books.note(transaction["currency"], "charged", -Decimal(transaction["amount"]))
        accounting.received(books, transaction["invoice_id"], -Decimal(transaction["amount"]))
    books.notify("payment", "voided", transaction)


def charge_back(books: Books, transaction: Json) -> None:
    """A bank takes the money away; that is all that Recurly ever tells of a dispute."""
    transaction["status"] = "chargeback"
    accounting.charged_back(books, transaction["invoice_id"], Decimal(transaction["amount"]))
    books.save("transaction", transaction)
    books.notify("payment", "updated", transaction)


def _transaction(books: Books, account: Json, type: str, origin: str, amount: Decimal, currency: str) -> Json:
    return {
        "id": books.new_id(), "object": "transaction", "uuid": books.new_uuid(), "account_id": account["id"],
        "original_transaction_id": None, "initiator": "merchant", "invoice_id": None,
        "voided_by_invoice_id": None, "subscription_ids": [], "type": type, "origin": origin,
        "currency": currency, "description": None, "amount": text(amount), "status": "success", "success": True,
        "backup_payment_method_used": False, "refunded": False, "collection_method": "automatic",
        "payment_method": None, "ip_address_v4": None, "status_code": None, "status_message": None,
        "customer_message": None, "gateway_message": None,
        "gateway_reference": str(1_000_000 + books.state.next_number("recurly.gateway")),
        "voided_at": None, "collected_at": None, "vat_number": account["vat_number"],
    }  # fmt: skip


def _add(books: Books, transaction: Json) -> None:
    books.add(
        "transaction", transaction, account=transaction["account_id"], invoice=transaction["invoice_id"],
        captures=transaction["original_transaction_id"] if transaction["type"] == "capture" else None,
    )  # fmt: skip
