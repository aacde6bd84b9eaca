"""Pending orders that we make for a customer: how they are made, and found again by our action id."""

from collections.abc import Mapping
from typing import Any

from actions.adapters.woocommerce.sending import MAKER, is_ours, mark
from actions.ports import Order
from gateways.woocommerce.api import WooApi


def make(api: WooApi, order: Order, customer: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a pending order for a customer, with our action id. NO MONEY MOVES until the customer pays it.

    Raises:
        BillhouseError: see `WooApi.write`.
    """
    billing = {**customer["billing"], "email": customer["billing"]["email"] or customer["email"]}
    made: dict[str, Any] = api.write(
        "POST",
        "/orders",
        {
            "status": "pending",
            "created_via": MAKER,
            "customer_id": int(order.target.id),
            "billing": billing,
            "meta_data": mark(order),
            **body,
        },
    )
    return made


def made(api: WooApi, order: Order) -> dict[str, Any] | None:
    """Return the order that an act made for its customer, or None.

    The API finds nothing by meta_data, but by origin: those that we made for one customer are few.

    Raises:
        BillhouseError: see `WooApi.page`.
    """
    listed = api.pages("/orders", {"customer": order.target.id, "created_via": MAKER, "status": "any"})
    return next((found for found in listed if is_ours(found, order)), None)
