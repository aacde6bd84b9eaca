"""Subscriptions that a shop makes of an order: POST /orders/{id}/subscriptions, one for each rhythm of payment."""

from datetime import UTC, datetime, timedelta

from sandbox.state import Json, Jsons
from sandbox.woocommerce import orders, subscriptions
from sandbox.woocommerce.books import Books, plain, seconds
from sandbox.woocommerce.errors import WooError

_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}


def from_order(books: Books, order: Json) -> Jsons:
    """Make the subscriptions of an order's subscription products; none if it has no such products.

    Raises:
        WooError: 404, the order has no customer, or has subscriptions already.
    """
    if not order["customer_id"]:
        words = "Order does not have a customer associated with it. Subscriptions require a customer."
        raise WooError(404, "woocommerce_rest_invalid_order", words)
    if any(found["parent_id"] == order["id"] for found in books.every("subscription")):
        words = "Order already has subscriptions associated with it."
        raise WooError(404, "woocommerce_rest_invalid_order", words)
    groups: dict[tuple[str, str, str], Jsons] = {}
    for line in order["line_items"]:
        product = books.get("product", line["product_id"])
        if product is not None and product["type"] == "subscription":
            groups.setdefault(_rhythm(product), []).append(line)
    return [_begin(books, order, rhythm, lines) for rhythm, lines in groups.items()]


def _rhythm(product: Json) -> tuple[str, str, str]:
    """Return (period, interval, days of trial) of a subscription product, from its meta."""
    meta = {entry["key"]: str(entry["value"]) for entry in product["meta_data"]}
    length = int(meta.get("_subscription_trial_length") or 0)
    days = length * _UNITS[meta.get("_subscription_trial_period") or "day"]
    return (
        meta.get("_subscription_period") or "month",
        meta.get("_subscription_period_interval") or "1",
        str(days),
    )


def _begin(books: Books, order: Json, rhythm: tuple[str, str, str], lines: Jsons) -> Json:
    period, interval, trial = rhythm
    start = datetime.fromtimestamp(seconds(order["date_created_gmt"]), UTC)
    first = plain(start + timedelta(days=int(trial)))
    made = subscriptions.create(
        books,
        {
            "status": "active" if order["status"] in orders.PAID else "pending",
            "parent_id": order["id"],
            "customer_id": order["customer_id"],
            "billing": dict(order["billing"]),
            "shipping": dict(order["shipping"]),
            "currency": order["currency"],
            "billing_period": period,
            "billing_interval": interval,
            "payment_method": order["payment_method"],
            "payment_method_title": order["payment_method_title"],
            "start_date": plain(start),
            "trial_end_date": first if int(trial) else "",
            "trial_period": "day" if int(trial) else "",
            "next_payment_date": first,
            "line_items": [
                {"product_id": line["product_id"], "quantity": line["quantity"]} for line in lines
            ],
        },
    )
    if not int(trial):
        made["next_payment_date_gmt"] = plain(subscriptions.after(made))
    return books.put("subscription", made)
