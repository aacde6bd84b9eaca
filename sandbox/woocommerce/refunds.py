"""Refunds of orders: recorded at once and for good; a full one turns its order to "refunded"."""

from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.state import Json
from sandbox.woocommerce import accounting, pricing
from sandbox.woocommerce.books import Books, text
from sandbox.woocommerce.errors import WooError, refund_refused

REFUNDING = ("stripe", "paypal")
"""Payment methods whose plugins can give money back by themselves."""
BROKEN = "stripe_broken"
"""A payment method whose refunds its gateway refuses."""
_ITEMS = ("line_items", "shipping_lines", "fee_lines")


def so_far(books: Books, order: Json) -> Decimal:
    """Return what has been refunded of an order, positive."""
    return sum((Decimal(refund["amount"]) for refund in books.every("refund", order["id"])), Decimal(0))


def create(books: Books, order: Json, given: Json) -> Json:
    """Refund a part of an order, as POST /orders/{id}/refunds does; `amount` wins over the lines.

    Raises:
        WooError: 400 for an amount that is none; 500 with a bare number for everything else.
    """
    amount = _amount(given)
    left = Decimal(order["total"]) - so_far(books, order)
    if amount > left:
        raise refund_refused("Invalid refund amount.")
    id = books.number("posts")  # taken even where the gateway then refuses
    is_called = bool(given.get("api_refund", True))
    if is_called:
        _call_gateway(order)
    return _record(books, order, amount, given, id, is_full=amount == left, is_called=is_called)


def record_rest(books: Books, order: Json) -> None:
    """Record a refund of what is left, as a hand-set status "refunded" does; no gateway is asked."""
    left = Decimal(order["total"]) - so_far(books, order)
    if left > 0:
        given = {"reason": "Order fully refunded."}
        _record(books, order, left, given, books.number("posts"), is_full=True, is_called=False)


def delete(books: Books, refund: Json) -> Json:
    """Delete the record of a refund; no money moves, and the order's date of change stays."""
    books.remove("refund", refund["id"])
    books.book("refunded", -Decimal(refund["amount"]), books.must("order", refund["parent_id"])["currency"])
    accounting.given_back(books, refund["parent_id"], -Decimal(refund["amount"]))
    return refund


def _record(
    books: Books, order: Json, amount: Decimal, given: Json, id: int, *, is_full: bool, is_called: bool
) -> Json:
    items, taxes = _items(books, order, given.get("line_items") or ())
    tax = sum((-Decimal(line["tax_total"]) for line in taxes), Decimal(0))
    refund = {
        "id": id,
        "parent_id": order["id"],
        **books.dates("created", books.now),
        "amount": text(amount),
        "reason": given.get("reason") or "",
        "refunded_by": 1,
        "refunded_payment": is_called,
        "meta_data": [
            *(books.meta(entry["key"], entry["value"]) for entry in given.get("meta_data") or ()),
            books.meta("_refund_type", "full" if is_full else "partial"),
        ],
        "line_items": items,
        "shipping_lines": [],
        "tax_lines": taxes,
        "fee_lines": [],
        "~tax": text(tax),
    }
    books.put("refund", refund, order["id"])
    books.book("refunded", amount, order["currency"])
    accounting.given_back(books, order["id"], amount)
    if is_full:
        order["status"] = "refunded"
        order["is_editable"] = False
    books.touch("order", order)
    return refund


def _items(books: Books, order: Json, asked: Any) -> tuple[list[Json], list[Json]]:
    """Return the refund's own lines and its tax lines, both negative."""
    lines = {str(line["id"]): line for line in order["line_items"]}
    items: list[Json] = []
    taxes: dict[int, Decimal] = {}
    for part in asked:
        line = lines.get(str(part["id"]))
        if line is None:
            continue
        total = Decimal(str(part.get("refund_total") or 0))
        own = {int(tax["id"]): Decimal(str(tax["refund_total"])) for tax in part.get("refund_tax") or ()}
        for rate, amount in own.items():
            taxes[rate] = taxes.get(rate, Decimal(0)) + amount
        items.append(_item(books, line, int(part.get("quantity") or 0), total, own))
    found = []
    for rate_id, amount in taxes.items():
        kept = books.get("tax", rate_id)
        if kept is not None:
            found.append(pricing.tax_line(books, kept, text(-amount), "0.00"))
    return items, found


def _item(books: Books, line: Json, quantity: int, total: Decimal, taxes: dict[int, Decimal]) -> Json:
    tax = sum(taxes.values(), Decimal(0))
    meta = {"id": books.number("meta"), "key": "_refunded_item_id", "value": str(line["id"])}
    return {
        **line,
        "id": books.number("items"),
        "quantity": -quantity,
        "subtotal": text(-total),
        "subtotal_tax": text(-tax),
        "total": text(-total),
        "total_tax": text(-tax),
        "taxes": [
            {"id": rate, "total": text(-amount), "subtotal": text(-amount)} for rate, amount in taxes.items()
        ],
        "meta_data": [{**meta, "display_key": meta["key"], "display_value": meta["value"]}],
        "price": pricing.number(total / quantity if quantity else total),
    }


def _amount(given: Json) -> Decimal:
    try:
        amount = Decimal(str(given.get("amount")))
    except InvalidOperation:
        words = "Refund amount must be greater than zero."
        raise WooError(400, "woocommerce_rest_invalid_order_refund", words) from None
    if amount < 0:
        words = "Refund amount must be greater than zero."
        raise WooError(400, "woocommerce_rest_invalid_order_refund", words)
    return amount


def _call_gateway(order: Json) -> None:
    if order["payment_method"] == BROKEN:
        raise refund_refused("There was a problem initiating a refund: the card's bank does not take it.")
    if not order["payment_method"]:
        raise refund_refused("The payment gateway for this order does not exist.")
    if order["payment_method"] not in REFUNDING:
        raise refund_refused("The payment gateway for this order does not support automatic refunds.")
