"""The invoice and its lines in the shape of Stripe's API, and the items and sums they are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe.accounts import ACCOUNTS
from sandbox.stripe.books import Books
from sandbox.stripe.currency import units
from sandbox.stripe.taxes import Discount, Tax

NESTED = 10  # Stripe shows so many entries of a list within an object; the rest has its own address


@dataclass(frozen=True)
class Item:
    """One line to be: `amount` in major units, before discounts and exclusive taxes, for the whole quantity."""

    description: str
    amount: Decimal
    start: int
    end: int
    quantity: int = 1
    price: Json | None = None
    subscription: str | None = None
    subscription_item: str | None = None
    is_proration: bool = False
    credits: tuple[str, tuple[str, ...]] | None = None  # (invoice, its lines) that a proration gives back


@dataclass(frozen=True)
class Sums:
    """The totals of an invoice in major units; `untaxed` is the subtotal without its inclusive taxes."""

    subtotal: Decimal
    discount: Decimal
    inclusive: Decimal
    exclusive: Decimal
    untaxed: Decimal

    @property
    def total(self) -> Decimal:
        """What the customer is asked for."""
        return self.subtotal - self.discount + self.exclusive


def line(
    books: Books, invoice: str, currency: str, item: Item, off: dict[str, Decimal], taxes: Sequence[Tax]
) -> Json:
    """Return a line item; `off` is what each discount (by id) takes off it, in major units."""
    price = item.price
    return {
        "id": books.new_id("il"),
        "object": "line_item",
        "amount": units(item.amount, currency),
        "currency": currency,
        "description": item.description,
        "discount_amounts": [{"amount": units(cut, currency), "discount": id} for id, cut in off.items()],
        "discountable": not item.is_proration,
        "discounts": list(off),
        "invoice": invoice,
        "livemode": False,
        "metadata": {},
        "parent": _line_parent(books, item),
        "period": {"end": item.end, "start": item.start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        }
        if price
        else None,
        "quantity": item.quantity,
        "quantity_decimal": str(item.quantity),
        "subscription": item.subscription,
        "subtotal": units(item.amount, currency),
        "taxes": [tax.shape(currency) for tax in taxes],
    }


def _line_parent(books: Books, item: Item) -> Json:
    credited = (
        {"invoice": item.credits[0], "invoice_line_items": list(item.credits[1])} if item.credits else None
    )
    proration = {"proration": item.is_proration, "proration_details": {"credited_items": credited}}
    if item.subscription_item and not item.is_proration:
        details = {
            "invoice_item": None,
            "subscription": item.subscription,
            "subscription_item": item.subscription_item,
            **proration,
        }
        return {
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        }
    details = {"invoice_item": books.new_id("ii"), "subscription": item.subscription, **proration}
    return {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


_EMPTY = (
    "account_tax_ids", "application", "custom_fields", "customer_shipping", "default_payment_method",
    "default_source", "description", "effective_at", "footer", "from_invoice", "hosted_invoice_url",
    "invoice_pdf", "last_finalization_error", "latest_revision", "next_payment_attempt", "number",
    "on_behalf_of", "parent", "receipt_number", "rendering", "shipping_cost", "shipping_details",
    "statement_descriptor", "status_details", "test_clock", "threshold_reason", "webhooks_delivered_at",
)  # fmt: skip


def invoice(
    books: Books,
    id: str,
    customer: Json,
    currency: str,
    lines: Sequence[Json],
    sums: Sums,
    taxes: Sequence[Tax],
    discounts: Sequence[Discount],
) -> Json:
    """Return a draft invoice with its first ten lines; reads the customer's tax ids."""
    total = units(sums.total, currency)
    off: dict[str, int] = {}
    for line in lines:
        for cut in line["discount_amounts"]:
            off[cut["discount"]] = off.get(cut["discount"], 0) + cut["amount"]
    known = books.linked("tax_id", "customer", customer["id"])
    account = ACCOUNTS[books.account]
    return {
        **dict.fromkeys(_EMPTY),
        "id": id,
        "object": "invoice",
        "account_country": account.country,
        "account_name": account.title,
        "amount_due": max(total, 0),
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": max(total, 0),
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None
        },
        "automatically_finalizes_at": books.at + 3600,
        "created": books.at,
        "currency": currency,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [{"type": tax_id["type"], "value": tax_id["value"]} for tax_id in known],
        "discounts": [discount.id for discount in discounts],
        "ending_balance": 0,
        "issuer": {"type": "self"},
        "lines": {
            "object": "list",
            "data": list(lines[:NESTED]),
            "has_more": len(lines) > NESTED,
            "url": f"/v1/invoices/{id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "payment_settings": {
            "default_mandate": None, "payment_method_options": None, "payment_method_types": None
        },
        "period_end": max((line["period"]["end"] for line in lines), default=books.at),
        "period_start": min((line["period"]["start"] for line in lines), default=books.at),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None
        },
        "subtotal": units(sums.subtotal, currency),
        "subtotal_excluding_tax": units(sums.untaxed, currency),
        "total": total,
        "total_discount_amounts": [{"amount": cut, "discount": discount} for discount, cut in off.items()],
        "total_excluding_tax": units(sums.total - sums.inclusive - sums.exclusive, currency),
        "total_pretax_credit_amounts": [],
        "total_taxes": [tax.shape(currency) for tax in taxes],
    }  # fmt: skip
