"""What is read of a shop's order: it is the charge and the invoice at once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from actions.adapters.woocommerce.sending import money
from actions.ports import Order
from billing.errors import BillhouseError
from billing.money import Money
from gateways.woocommerce.api import WooApi

PAID = ("processing", "completed", "refunded")
WAITING = ("pending", "on-hold")
_OTHERS = ("failed", "cancelled", "trash", "checkout-draft", "auto-draft")
_RECORDED = (
    "id", "status", "currency", "total", "total_tax", "discount_total", "customer_id", "payment_method",
    "transaction_id", "date_paid_gmt", "needs_payment",
)  # fmt: skip


def path(order: Order) -> str:
    """Return where an act's shop order is."""
    return f"/orders/{order.target.id}"


def recorded(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a shop's order that the audit log keeps."""
    return {
        **{name: found.get(name) for name in _RECORDED},
        "refunded": str(
            -sum((Decimal(refund["total"]) for refund in found.get("refunds") or ()), Decimal(0))
        ),
        "coupons": codes(found),
    }


def is_paid(found: Mapping[str, Any]) -> bool:
    """Say whether an order was paid; states that a plug-in added ("shipped") are paid where the date says so."""
    is_known = found["status"] in (*WAITING, *_OTHERS)
    return bool(found["date_paid_gmt"]) and not is_known


def total(found: Mapping[str, Any]) -> Money:
    """Return what an order costs, with its tax.

    Raises:
        MoneyError: it has more decimals than its currency.
    """
    return money(found["total"], found["currency"])


def codes(found: Mapping[str, Any]) -> list[str]:
    """Return the codes of the coupons on an order or subscription."""
    return [str(line["code"]) for line in found.get("coupon_lines") or ()]


def after(api: WooApi, order: Order) -> dict[str, Any] | None:
    """Return the recorded fields of an act's shop order as it is now; None if it cannot be read now."""
    try:
        return recorded(api.get(path(order)))
    except BillhouseError:  # the act itself is done, and that is what counts
        return None
