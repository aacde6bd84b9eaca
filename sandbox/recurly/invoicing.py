"""Charge invoices: lines, discounts, tax, account credit used up first, then the card."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.recurly import accounting, accounts, paying
from sandbox.recurly.books import Books, moment
from sandbox.recurly.numbers import rounded, text
from sandbox.state import Json

DAY = 86_400
_TRY_AGAIN = 3 * DAY


@dataclass(frozen=True)
class Item:
    """What somebody buys, before tax."""

    what: str
    unit: Decimal
    quantity: int = 1
    discount: Decimal = Decimal(0)
    origin: str = "one_time"
    plan: Json | None = None
    subscription: Json | None = None
    period: tuple[int, int] | None = None
    is_untaxed: bool = False


def bill(
    books: Books, account: Json, items: Sequence[Item], currency: str, *, origin: str = "purchase",
    manual_days: int | None = None, coupon: Json | None = None, authorization: Json | None = None,
    notes: str | None = None, po_number: str | None = None, uses_credit: bool = True, net_days: int = 0,
) -> Json:  # fmt: skip
    """Make a charge invoice and collect it, now or in `net_days`; one of `manual_days` is to be paid by hand."""
    number = str(1000 + books.state.next_number("recurly.invoices"))
    net_terms = net_days if manual_days is None else manual_days
    due = books.at + DAY * net_terms
    invoice = draft(books, account, items, currency, origin=origin, number=number) | {
        "collection_method": "automatic" if manual_days is None else "manual",
        "net_terms": net_terms,
        "due_at": moment(due),
        "coupon_codes": [coupon["id"]] if coupon else [],
        "customer_notes": notes,
        "po_number": po_number,
    }
    books.add("invoice", invoice, account=account["id"], number=number)
    books.note(currency, "invoiced", Decimal(invoice["total"]))
    books.note(currency, "taxed", Decimal(invoice["tax"]))
    accounting.agreed(
        books, invoice["id"], currency, [rounded(item.unit * item.quantity) - item.discount for item in items],
        account["address"].get("country"), accounts.tax_of(account), is_reverse=_is_reverse(account),
    )  # fmt: skip
    books.notify("charge_invoice", "created", invoice, account_code=account["code"])
    if uses_credit:
        _use_credit(books, account, invoice)
    if Decimal(invoice["balance"]) == 0:
        settle(books, invoice, Decimal(0))
    elif manual_days is None and net_days:
        books.plan(due, "come_due", invoice=invoice["id"])
    elif manual_days is None:
        collect(books, invoice, authorization=authorization)
    else:
        books.plan(due + 60, "fall_due", invoice=invoice["id"])
    return invoice


def draft(
    books: Books, account: Json, items: Sequence[Item], currency: str, *, origin: str, number: str
) -> Json:
    """Return a charge invoice with its lines, tax and sums, which is in no list yet."""
    tax_info = accounts.tax_of(account)
    invoice = empty(books, account, "charge", origin, currency, number)
    invoice["line_items"] = [line(books, invoice, item, tax_info) for item in items]
    subscriptions = [item.subscription["id"] for item in items if item.subscription]
    invoice |= {"subscription_ids": subscriptions, "tax_info": tax_info}
    total(invoice)
    invoice["refundable_amount"] = "0.00"
    return invoice


def collect(
    books: Books, invoice: Json, *, authorization: Json | None = None, origin: str | None = None
) -> Json:
    """Try the account's card for what is still owed; `origin` says who asked, in Recurly's words."""
    account = books.must("account", invoice["account_id"])
    transaction = paying.charge(
        books, account, Decimal(invoice["balance"]), invoice["currency"], invoice=invoice,
        type="capture" if authorization else "purchase", of=authorization,
        origin=origin or ("recurring" if invoice["origin"] == "renewal" else "api"),
        subscriptions=invoice["subscription_ids"],
    )  # fmt: skip
    if transaction["success"]:
        settle(books, invoice, Decimal(transaction["amount"]))
    elif invoice["dunning_events_sent"] < 4:
        invoice |= {"state": "past_due", "dunning_events_sent": invoice["dunning_events_sent"] + 1}
        books.save("invoice", invoice)
        books.plan(books.at + _TRY_AGAIN, "try_again", invoice=invoice["id"])
        books.notify("charge_invoice", "past_due", invoice, account_code=account["code"])
    else:
        give_up(books, invoice)
    return transaction


def settle(books: Books, invoice: Json, paid: Decimal) -> None:
    """Note a payment on an invoice, which is paid when nothing is left."""
    invoice["paid"] = text(Decimal(invoice["paid"]) + paid)
    invoice["balance"] = text(Decimal(invoice["balance"]) - paid)
    if Decimal(invoice["balance"]) == 0:
        invoice |= {"state": "paid", "closed_at": books.now, "refundable_amount": invoice["total"]}
        books.notify("charge_invoice", "paid", invoice)
    books.save("invoice", invoice)


def give_up(books: Books, invoice: Json) -> None:
    """Stop collecting: the invoice has failed, and stays owed on paper."""
    invoice |= {"state": "failed", "closed_at": books.now}
    books.save("invoice", invoice)
    books.notify("charge_invoice", "failed", invoice)


def fall_due(books: Books, invoice: Json) -> None:
    """An invoice to be paid by hand has reached its date."""
    if invoice["state"] == "pending":
        invoice["state"] = "past_due"
        books.save("invoice", invoice)
        books.notify("charge_invoice", "past_due", invoice)


def empty(books: Books, account: Json, type: str, origin: str, currency: str, number: str) -> Json:
    """Return an invoice without lines."""
    address = {"name_on_account": _name(account), "company": account["company"], **account["address"]}
    return {
        "id": books.new_id(), "uuid": books.new_uuid(), "object": "invoice", "type": type, "origin": origin,
        "state": "pending" if type == "charge" else "open", "account_id": account["id"],
        "billing_info_id": account["card_id"], "subscription_ids": [], "previous_invoice_id": None,
        "number": number, "collection_method": "automatic", "po_number": None, "net_terms": 0,
        "net_terms_type": "net", "address": address, "currency": currency, "paid": "0.00",
        "refundable_amount": None, "coupon_codes": [], "tax_info": None, "used_tax_service": False,
        "vat_number": account["vat_number"],
        "vat_reverse_charge_notes": "VAT is due by the recipient." if _is_reverse(account) else None,
        "terms_and_conditions": None, "customer_notes": None, "dunning_events_sent": 0,
        "final_dunning_event": False, "due_at": None, "closed_at": None,
    }  # fmt: skip


def line(books: Books, invoice: Json, item: Item, tax_info: Json | None) -> Json:
    """Return one line of an invoice; a credit has a negative unit amount."""
    subtotal = rounded(item.unit * item.quantity)
    tax_info = None if item.is_untaxed else tax_info
    tax = rounded((subtotal - item.discount) * Decimal(tax_info["rate"])) if tax_info else Decimal(0)
    plan, period = item.plan or {}, item.period
    return {
        "id": books.new_id(), "object": "line_item", "uuid": books.new_uuid(),
        "type": "charge" if subtotal >= 0 else "credit", "state": "invoiced", "legacy_category": None,
        "account_id": invoice["account_id"], "subscription_id": (item.subscription or {}).get("id"),
        "plan_id": plan.get("id"), "plan_code": plan.get("code"), "add_on_id": None, "add_on_code": None,
        "invoice_id": invoice["id"], "invoice_number": invoice["number"], "previous_line_item_id": None,
        "original_line_item_invoice_id": None, "origin": item.origin, "accounting_code": None,
        "product_code": plan.get("code"), "credit_reason_code": None, "currency": invoice["currency"],
        "amount": text(subtotal - item.discount + tax), "description": item.what, "quantity": item.quantity,
        "quantity_decimal": None, "unit_amount": text(item.unit), "unit_amount_decimal": None,
        "tax_inclusive": False, "subtotal": text(subtotal), "discount": text(item.discount), "tax": text(tax),
        "taxable": tax_info is not None, "tax_exempt": False, "tax_code": "digital", "tax_info": tax_info,
        "proration_rate": None, "refund": False, "refunded_quantity": None, "credit_applied": "0.00",
        "start_date": moment(period[0]) if period else books.now,
        "end_date": moment(period[1]) if period else None,
        "created_at": books.now, "updated_at": books.now,
    }  # fmt: skip


def total(invoice: Json) -> None:
    """Add the lines up."""

    def added(name: str) -> Decimal:
        return sum((Decimal(one[name]) for one in invoice["line_items"]), Decimal(0))

    invoice |= {name: text(added(name)) for name in ("subtotal", "discount", "tax")}
    invoice["subtotal_after_discount"] = text(added("subtotal") - added("discount"))
    invoice["total"] = invoice["balance"] = text(added("amount"))


def apply_credit(books: Books, credit: Json, amount: Decimal, action: str, **more: str | None) -> Json:
    """Use up some of a credit invoice: for another invoice (payment), or given back (refund)."""
    use = {
        "id": books.new_id(), "object": "credit_payment", "uuid": books.new_uuid(), "action": action,
        "account_id": credit["account_id"], "applied_to_invoice_id": more.get("invoice"),
        "original_invoice_id": credit["id"], "currency": credit["currency"], "amount": text(amount),
        "original_credit_payment_id": None, "refund_transaction_id": more.get("refund"), "voided_at": None,
    }  # fmt: skip
    books.add(
        "credit_payment", use, account=credit["account_id"], original=credit["id"], applied=more.get("invoice"),
        refund=more.get("refund"),
    )  # fmt: skip
    credit["balance"] = text(Decimal(credit["balance"]) + amount)
    if Decimal(credit["balance"]) == 0:
        credit |= {"state": "closed", "closed_at": books.now}
        books.notify("credit_invoice", "closed", credit)
    books.save("invoice", credit)
    return use


def _use_credit(books: Books, account: Json, invoice: Json) -> None:
    for credit in accounts.open_credits(books, account, invoice["currency"]):
        amount = min(-Decimal(credit["balance"]), Decimal(invoice["balance"]))
        if amount > 0:
            apply_credit(books, credit, amount, "payment", invoice=invoice["id"])
            invoice["balance"] = text(Decimal(invoice["balance"]) - amount)
            books.save("invoice", invoice)


def _is_reverse(account: Json) -> bool:
    return bool(account["vat_number"]) and account["address"].get("country") != "DE"


def _name(account: Json) -> str:
    return " ".join(part for part in (account["first_name"], account["last_name"]) if part)
