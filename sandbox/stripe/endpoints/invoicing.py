"""Invoices paid, voided and written off; credit notes."""

from collections.abc import Callable

from sandbox.state import Json
from sandbox.stripe import collecting, credits, invoices
from sandbox.stripe import params as read
from sandbox.stripe.call import Call
from sandbox.stripe.currency import major
from sandbox.stripe.errors import StripeError, required


def _open(call: Call, id: str, verb: str) -> Json:
    found = call.find("invoice", id)
    if found["status"] != "open" and not (
        found["status"] == "uncollectible" and verb != "mark uncollectible"
    ):
        raise StripeError(
            400,
            f"You can only {verb} an open invoice. Invoice {id} is {found['status']}.",
            code="invoice_not_editable",
        )
    return found


def _pay(call: Call, id: str) -> Json:
    read.allow(call.params)
    found = call.find("invoice", id)
    if found["status"] == "paid":
        raise StripeError(400, "Invoice is already paid")
    paid = collecting.pay(call.books, _open(call, id, "pay"))
    if paid["status"] != "paid":
        raise StripeError(
            402, "Your card was declined.", type="card_error", code="card_declined", is_deed=True
        )
    return paid


def _void(call: Call, id: str) -> Json:
    read.allow(call.params)
    return invoices.void(call.books, _open(call, id, "void"))


def _write_off(call: Call, id: str) -> Json:
    read.allow(call.params)
    return invoices.write_off(call.books, _open(call, id, "mark uncollectible"))


def _send(call: Call, id: str) -> Json:
    read.allow(call.params)
    found = call.find("invoice", id)
    if found["status"] not in ("open", "paid"):
        raise StripeError(
            400,
            f"You can only send invoices that are finalized. Invoice {id} is {found['status']}.",
            code="invoice_not_editable",
        )
    if not found["customer_email"]:
        raise StripeError(
            400, "Missing email. In order to send the invoice, the customer must have a valid email.",
            code="missing_email",
        )  # fmt: skip
    call.books.emit("invoice.sent", found)
    return found


def _credit(call: Call) -> Json:
    params = call.params
    read.allow(params, "invoice", "amount", "refund_amount", "reason", "memo")
    invoice, amount = read.text(params, "invoice"), read.whole(params, "amount", least=1)
    if invoice is None:
        raise required("invoice")
    if amount is None:
        raise required("amount")
    reason = read.choice(
        params, "reason", "duplicate", "fraudulent", "order_change", "product_unsatisfactory"
    )
    found = call.find("invoice", invoice, param="invoice")
    total = major(amount, found["currency"])
    refunded = read.whole(params, "refund_amount", least=0)
    rest = found["amount_paid"] - found["post_payment_credit_notes_amount"]
    if found["status"] == "paid" and refunded == amount and amount <= rest:
        return credits.refund_and_note(
            call.books, found, total, reason=reason, memo=read.text(params, "memo")
        )
    if found["status"] == "open" and not refunded and amount <= found["amount_remaining"]:
        return credits.issue(call.books, found, total, reason=reason, memo=read.text(params, "memo"))
    raise StripeError(
        400,
        "The sum of credit amount, refund amount and out of band amount must equal the credit note amount.",
        param="amount",
    )


ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", "/v1/invoices/{id}/pay", _pay),
    ("POST", "/v1/invoices/{id}/void", _void),
    ("POST", "/v1/invoices/{id}/mark_uncollectible", _write_off),
    ("POST", "/v1/invoices/{id}/send", _send),
    ("POST", "/v1/credit_notes", _credit),
]
