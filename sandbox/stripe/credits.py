"""Credit notes: before payment they lessen what is due, afterwards they explain a refund."""

from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import accounting, collecting, invoices, refunds
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major, rounded, units


def issue(
    books: Books,
    invoice: Json,
    amount: Decimal,
    *,
    reason: str | None,
    memo: str | None,
    refund: Json | None = None,
) -> Json:
    """Issue a credit note over `amount` (major units, taxes included); with `refund` on a paid invoice."""
    currency = invoice["currency"]
    cents = units(amount, currency)
    taxes = [_share(tax, amount, invoice) for tax in invoice["total_taxes"]]
    exclusive = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    every = sum(tax["amount"] for tax in taxes)
    id = books.new_id("cn")
    so_far = len(books.linked("credit_note", "invoice", invoice["id"]))
    line = _line(books, invoices.lines_of(books, invoice["id"])[0], cents - exclusive, taxes)
    refunded: list[Json] = []
    if refund is not None:
        refunded = [{"amount_refunded": refund["amount"], "refund": refund["id"], "type": "refund"}]
    note: Json = {
        "id": id,
        "object": "credit_note",
        "amount": cents,
        "amount_shipping": 0,
        "created": books.at,
        "currency": currency,
        "customer": invoice["customer"],
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": books.at,
        "invoice": invoice["id"],
        "lines": {"object": "list", "data": [line], "has_more": False, "url": f"/v1/credit_notes/{id}/lines"},
        "livemode": False,
        "memo": memo,
        "metadata": {},
        "number": f"{invoice['number']}-CN-{so_far + 1:02d}",
        "out_of_band_amount": None,
        "pdf": f"https://pay.stripe.com/credit_notes/{id}/pdf",
        "post_payment_amount": cents if refund else 0,
        "pre_payment_amount": 0 if refund else cents,
        "pretax_credit_amounts": [],
        "reason": reason,
        "refunds": refunded,
        "shipping_cost": None,
        "status": "issued",
        "subtotal": cents - exclusive,
        "subtotal_excluding_tax": cents - every,
        "total": cents,
        "total_excluding_tax": cents - every,
        "total_taxes": taxes,
        "type": "post_payment" if refund else "pre_payment",
        "voided_at": None,
    }
    accounting.credited(books, invoice, amount)
    books.put(line, parent=id, born=1)
    books.put(note)
    books.emit("credit_note.created", note)
    if refund is not None:
        total = invoice["post_payment_credit_notes_amount"] + cents
        books.change(invoice, "invoice.updated", post_payment_credit_notes_amount=total)
    else:
        _lessen(books, invoice, cents)
    return note


def refund_and_note(
    books: Books, invoice: Json, amount: Decimal, *, reason: str | None, memo: str | None
) -> Json:
    """Refund a part of a paid invoice (major units) and issue the credit note that says so. Money moves."""
    payment = collecting.payment_of(books, invoice)
    intent = books.must("payment_intent", payment["payment"]["payment_intent"])
    charge = books.must("charge", intent["latest_charge"])
    given = refunds.create(
        books, charge, units(amount, invoice["currency"]), reason="requested_by_customer", noted=True
    )
    return issue(books, invoice, amount, reason=reason, memo=memo, refund=given)


def _lessen(books: Books, invoice: Json, cents: int) -> None:
    remaining = invoice["amount_remaining"] - cents
    books.change(
        invoice,
        "invoice.updated",
        pre_payment_credit_notes_amount=invoice["pre_payment_credit_notes_amount"] + cents,
        amount_due=remaining,
        amount_remaining=remaining,
    )


def _share(tax: Json, amount: Decimal, invoice: Json) -> Json:
    currency = invoice["currency"]
    part = amount / major(invoice["total"], currency)
    shared = {
        name: units(rounded(major(tax[name], currency) * part, currency), currency)
        for name in ("amount", "taxable_amount")
    }
    return tax | shared


def _line(books: Books, line: Json, cents: int, taxes: list[Json]) -> Json:
    return {
        "id": books.new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": cents,
        "description": line["description"],
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": line["id"],
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": taxes,
        "type": "invoice_line_item",
        "unit_amount": None,
        "unit_amount_decimal": None,
    }
