"""Invoices: drafted from items, finalised with a number, voided, written off. Collecting is not done here."""

from collections.abc import Sequence
from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import accounting
from sandbox.stripe import invoice_shapes as shapes
from sandbox.stripe.accounts import ACCOUNTS
from sandbox.stripe.books import Books
from sandbox.stripe.invoice_shapes import Item, Sums
from sandbox.stripe.taxes import Discount, discounted, summed, taxed

_PRIVATE = "sandbox"


def draft(
    books: Books,
    customer: Json,
    currency: str,
    items: Sequence[Item],
    *,
    reason: str,
    subscription: Json | None = None,
    rates: Sequence[Json] = (),
    discounts: Sequence[Discount] = (),
    days_until_due: int | None = None,
) -> Json:
    """Write a draft invoice. With `days_until_due` it is sent for payment, otherwise the card is charged."""
    id = books.new_id("in")
    off = discounted([item.amount for item in items], discounts, currency)
    reverse = customer["tax_exempt"] == "reverse"
    taxes = [
        taxed(item.amount - sum(cut.values()), rates, currency, reverse=reverse)
        for item, cut in zip(items, off, strict=True)
    ]
    lines = [
        shapes.line(books, id, currency, item, cut, tax)
        for item, cut, tax in zip(items, off, taxes, strict=True)
    ]
    every = [tax for line in taxes for tax in line]
    sums = Sums(
        subtotal=sum((item.amount for item in items), Decimal(0)),
        discount=sum((amount for cut in off for amount in cut.values()), Decimal(0)),
        inclusive=sum((tax.amount for tax in every if tax.inclusive), Decimal(0)),
        exclusive=sum((tax.amount for tax in every if not tax.inclusive), Decimal(0)),
        untaxed=sum((_untaxed(item.amount, rates, currency, reverse) for item in items), Decimal(0)),
    )
    kept: Json = {"id": id, "total": str(sums.total), "tax": str(sums.inclusive + sums.exclusive)}
    kept |= {"taxes": accounting.kept(rates, summed(taxes))}
    books.state.put(_PRIVATE, books.account, "sums", kept)
    for place, line in enumerate(lines):
        # Lines are listed in their own order, first line first: "newest first" of descending places.
        books.put(line, parent=id, born=len(lines) - place)
    invoice = shapes.invoice(books, id, customer, currency, lines, sums, summed(taxes), discounts)
    invoice.update(
        billing_reason=reason,
        collection_method="charge_automatically" if days_until_due is None else "send_invoice",
        default_tax_rates=[] if subscription else list(rates),
        due_date=None if days_until_due is None else books.at + days_until_due * 86_400,
    )
    if subscription is not None:
        details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
        invoice["parent"] = {
            "quote_details": None,
            "subscription_details": details,
            "type": "subscription_details",
        }
    books.put(invoice, subscription=subscription["id"] if subscription else None)
    books.emit("invoice.created", invoice)
    return invoice


def finalise(books: Books, invoice: Json) -> Json:
    """Give a draft its number; from now on it counts, and its contents never change."""
    customer = books.must("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    books.put(customer)
    sums = _sums(books, invoice)
    books.record(invoice["currency"], "invoiced", Decimal(sums["total"]))
    books.record(invoice["currency"], "taxed", Decimal(sums["tax"]))
    accounting.issued(books, invoice)
    account = ACCOUNTS[books.account].id
    invoice["status_transitions"]["finalized_at"] = books.at
    return books.change(
        invoice,
        "invoice.finalized",
        status="open",
        number=number,
        effective_at=books.at,
        auto_advance=True,
        automatically_finalizes_at=None,
        hosted_invoice_url=f"https://invoice.stripe.com/i/{account}/{invoice['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{account}/{invoice['id']}/pdf",
        webhooks_delivered_at=books.at,
    )


def paid_in_full(books: Books, invoice: Json, cents: int) -> Json:
    """Note that an open invoice has been paid (Stripe's minor units)."""
    invoice["status_transitions"]["paid_at"] = books.at
    books.change(
        invoice,
        "invoice.paid",
        status="paid",
        amount_paid=cents,
        amount_remaining=0,
        next_payment_attempt=None,
        auto_advance=False,
        attempted=True,
    )
    books.emit("invoice.payment_succeeded", invoice)
    return invoice


def void(books: Books, invoice: Json) -> Json:
    """Declare a finalised invoice never to have been; it no longer counts."""
    sums = _sums(books, invoice)
    books.record(invoice["currency"], "invoiced", -Decimal(sums["total"]))
    books.record(invoice["currency"], "taxed", -Decimal(sums["tax"]))
    accounting.issued(books, invoice, sign=-1)
    invoice["status_transitions"]["voided_at"] = books.at
    return books.change(
        invoice, "invoice.voided", status="void", next_payment_attempt=None, auto_advance=False
    )


def write_off(books: Books, invoice: Json) -> Json:
    """Stop hoping for the money; the invoice still counts as invoiced."""
    invoice["status_transitions"]["marked_uncollectible_at"] = books.at
    invoice["status_details"] = {"uncollectible": {"reason": "user_forgiven"}}
    return books.change(
        invoice, "invoice.marked_uncollectible", status="uncollectible", next_payment_attempt=None
    )


def lines_of(books: Books, invoice: str) -> list[Json]:
    """Return all lines of an invoice, in their order."""
    return books.list("line_item", parent=invoice)


def _sums(books: Books, invoice: Json) -> Json:
    found = books.state.get(_PRIVATE, books.account, "sums", invoice["id"])
    if found is None:
        raise LookupError(f"no sums are kept for {invoice['id']}")
    return found


def _untaxed(amount: Decimal, rates: Sequence[Json], currency: str, reverse: bool) -> Decimal:
    taxes = taxed(amount, rates, currency, reverse=reverse)
    return amount - sum((tax.amount for tax in taxes if tax.inclusive), Decimal(0))
