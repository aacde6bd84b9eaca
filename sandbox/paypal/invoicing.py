"""Invoices: drafted, sent, paid at PayPal or elsewhere, in parts or whole, refunded, canceled, deleted."""

from decimal import Decimal
from typing import Any

from sandbox.paypal import accounting, payments, people
from sandbox.paypal.books import Books, Thing
from sandbox.paypal.errors import refused
from sandbox.paypal.money import day, major, money, rounded
from sandbox.paypal.payments import DAY
from sandbox.state import Json


def draft(
    books: Books,
    person: Json | None,
    items: list[tuple[str, int, str, str]],
    currency: str,
    *,
    invoice_discount: Decimal = Decimal(0),
    is_inclusive: bool = False,
    told: Json | None = None,
) -> Thing:
    """Make a draft of (name, quantity, unit price, tax percent) items; a discount counts before tax.

    Without a person it has no recipient: whoever gets its link pays it. `told` are further fields of its detail.
    """
    code = books.new_id("invoice", 16)
    id = "INV2-" + "-".join(code[n : n + 4] for n in range(0, 16, 4))
    number = f"{books.state.next_number('paypal.invoice_number'):04d}"
    lines = []
    for name, quantity, unit, percent in items:
        line: Json = {
            "id": f"ITEM-{books.new_id('item')}", "name": name, "quantity": str(quantity),
            "unit_amount": money(Decimal(unit), currency), "unit_of_measure": "QUANTITY",
        }  # fmt: skip
        if percent != "0":
            line["tax"] = {"name": "VAT", "percent": percent}
        lines.append(line)
    body: Json = {
        "id": id,
        "status": "DRAFT",
        "detail": {
            "currency_code": currency, "invoice_number": number, "invoice_date": day(books.at),
            "note": "Thank you.",
            "payment_term": {"term_type": "NET_15", "due_date": day(books.at + 15 * DAY)},
            "metadata": {
                "create_time": books.now, "created_by": books.account.email, "last_update_time": books.now,
            },
            **(told or {}),
        },
        "invoicer": {
            "business_name": "Lampa Studio GmbH", "email_address": books.account.email, "tax_id": "DE123456789",
        },
        **({"primary_recipients": [people.recipient(person)]} if person else {}),
        "items": lines,
        "configuration": {"tax_calculated_after_discount": True, "tax_inclusive": is_inclusive, "allow_tip": False},
    }  # fmt: skip
    taxed = _sum_up(body, currency, invoice_discount)
    total = major(body["amount"])
    accounting.billed(books, id, person, currency, total, taxed, is_inclusive=is_inclusive)
    return books.make("invoice", id, body, {"person": person, "discount": str(invoice_discount)})


def send(books: Books, found: Thing) -> None:
    """Send a draft; from now on it is owed. Sending what was sent already has no effect."""
    if found.body["status"] != "DRAFT":
        return
    base = "https://www.paypal.com/invoice"
    found.body["detail"]["metadata"] |= {
        "first_sent_time": books.now, "last_sent_time": books.now, "last_sent_by": books.account.email,
        "recipient_view_url": f"{base}/p/#{found.id}", "invoicer_view_url": f"{base}/details/{found.id}",
    }  # fmt: skip
    _change(books, found, "UPDATED", status="SENT")


def remind(books: Books, found: Thing) -> None:
    """Mail an unpaid invoice once more.

    Raises:
        PaypalError: it is a draft, paid or canceled.
    """
    if found.body["status"] not in ("SENT", "UNPAID", "PARTIALLY_PAID"):
        raise refused(422, "CANNOT_REMIND_INVOICE")
    found.body["detail"]["metadata"] |= {"last_sent_time": books.now, "last_sent_by": books.account.email}
    found.inner["reminders"] = found.inner.get("reminders", 0) + 1
    _change(books, found, "UPDATED")


def pay(books: Books, found: Thing, amount: Decimal | None = None) -> Thing:
    """The recipient pays at PayPal, everything or a part."""
    due, currency = major(found.body["due_amount"]), found.body["detail"]["currency_code"]
    amount = due if amount is None else amount
    number = found.body["detail"]["invoice_number"]
    total, tax = major(found.body["amount"]), major(found.body["amount"]["breakdown"]["tax_total"])
    taken = payments.take(
        books, found.inner["person"], amount, currency, f"Invoice {number}",
        invoice={"id": found.id, "number": number}, tax=tax if amount == total else Decimal(0),
        info={"invoice_id": number},
    )  # fmt: skip
    entry = {"type": "PAYPAL", "payment_id": taken.id, "method": "PAYPAL"}
    _settle(books, found, amount, currency, entry)
    return taken


def record_payment(books: Books, found: Thing, amount: Decimal | None, method: str) -> None:
    """Note a payment that came another way: nothing moves at PayPal."""
    due, currency = major(found.body["due_amount"]), found.body["detail"]["currency_code"]
    _settle(books, found, due if amount is None else amount, currency, {"type": "EXTERNAL", "method": method})


def record_refund(
    books: Books, found: Thing, amount: Decimal | None, method: str, *, refund: str | None = None
) -> None:
    """Note a refund: one that PayPal made by its id, or one made another way."""
    currency = found.body["detail"]["currency_code"]
    paid = major(found.body["payments"]["paid_amount"])
    amount = paid if amount is None else amount
    entry: Json = {"type": "PAYPAL" if refund else "EXTERNAL", "method": method, "refund_date": day(books.at)}
    entry |= {"amount": money(amount, currency)} | ({"refund_id": refund} if refund else {})
    given = found.body.setdefault(
        "refunds", {"refund_amount": money(Decimal(0), currency), "transactions": []}
    )
    given["transactions"].append(entry)
    total = major(given["refund_amount"]) + amount
    given["refund_amount"] = money(total, currency)
    whole = "REFUNDED" if refund else "MARKED_AS_REFUNDED"
    _change(books, found, "REFUNDED", status=whole if total >= paid else "PARTIALLY_REFUNDED")


def cancel(books: Books, found: Thing) -> None:
    """Cancel an invoice that was sent and not paid.

    Raises:
        PaypalError: it was paid, or never sent.
    """
    if found.body["status"] not in ("SENT", "UNPAID"):
        raise refused(422, "CANT_CANCEL_INVOICE")
    found.body["detail"]["metadata"] |= {"cancel_time": books.now, "cancelled_by": books.account.email}
    _change(books, found, "CANCELLED", status="CANCELLED")


def change(books: Books, found: Thing, fields: dict[str, Any]) -> None:
    """Replace recipients or details of an unpaid invoice: a buyer who sends a tax number afterwards.

    Raises:
        PaypalError: it is paid or canceled.
    """
    if found.body["status"] not in ("DRAFT", "SENT", "UNPAID"):
        raise refused(422, "CANNOT_UPDATE_INVOICE")
    for name in ("primary_recipients", "configuration"):
        if name in fields:
            found.body[name] = fields[name]
    if "note" in fields.get("detail", {}):
        found.body["detail"]["note"] = fields["detail"]["note"]
    _change(books, found, "UPDATED")


def _settle(books: Books, found: Thing, amount: Decimal, currency: str, entry: Json) -> None:
    entry |= {"payment_date": day(books.at), "amount": money(amount, currency)}
    made = found.body.setdefault("payments", {"paid_amount": money(Decimal(0), currency), "transactions": []})
    made["transactions"].append(entry)
    made["paid_amount"] = money(major(made["paid_amount"]) + amount, currency)
    left = major(found.body["due_amount"]) - amount
    found.body["due_amount"] = money(left, currency)
    whole = "PAID" if entry["type"] == "PAYPAL" else "MARKED_AS_PAID"
    _change(books, found, "PAID", status="PARTIALLY_PAID" if left else whole)


def _change(books: Books, found: Thing, event: str, *, status: str | None = None) -> None:
    before = _counted(found)
    if status is not None:
        found.body["status"] = status
    found.body["detail"]["metadata"] |= {
        "last_update_time": books.now,
        "last_updated_by": books.account.email,
    }
    books.put(found)
    now = _counted(found)
    if now != before:
        sign = 1 if now else -1
        currency = found.body["detail"]["currency_code"]
        books.record(currency, "invoiced", sign * major(found.body["amount"]))
        books.record(currency, "taxed", sign * major(found.body["amount"]["breakdown"]["tax_total"]))
        accounting.owes(books, found.id, sign)
    books.emit(f"INVOICING.INVOICE.{event}", "invoices", {"invoice": found.body})


def _counted(found: Thing) -> bool:
    return found.body["status"] not in ("DRAFT", "SCHEDULED", "CANCELLED")


def _sum_up(body: Json, currency: str, discount: Decimal) -> list[tuple[str, Decimal, Decimal]]:
    """Reckon taxes and totals as PayPal does: line by line, a discount spread over the lines.

    Returns:
        (rate in percent, price after discount, tax) of each line that is taxed.
    """
    is_inclusive = body["configuration"]["tax_inclusive"]
    gross = [Decimal(line["quantity"]) * major(line["unit_amount"]) for line in body["items"]]
    whole = sum(gross, Decimal(0))
    taxed = []
    for line, amount in zip(body["items"], gross, strict=True):
        if "tax" not in line:
            continue
        base, percent = amount - discount * amount / whole, Decimal(line["tax"]["percent"])
        tax = rounded(base * percent / (100 + percent if is_inclusive else 100), currency)
        line["tax"]["amount"] = money(tax, currency)
        taxed.append((line["tax"]["percent"], base, tax))
    taxes = sum((tax for _, _, tax in taxed), Decimal(0))
    total = whole - discount + (Decimal(0) if is_inclusive else taxes)
    breakdown: Json = {
        "item_total": money(whole, currency),
        "tax_total": money(taxes, currency),
        "discount": {
            "invoice_discount": {"amount": money(-discount, currency)},
            "item_discount": money(Decimal(0), currency),
        },
    }
    if not discount:
        del breakdown["discount"]
    body["amount"] = {**money(total, currency), "breakdown": breakdown}
    body["due_amount"] = money(total, currency)
    return taxed
