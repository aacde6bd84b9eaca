"""WooCommerce Subscriptions 9.0.0: subscriptions, their states and their renewal orders."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.state import Json, Jsons
from sandbox.woocommerce import accounting, orders, pricing
from sandbox.woocommerce.books import Books, plain, seconds
from sandbox.woocommerce.errors import invalid_param

PERIODS = ("day", "week", "month", "year")
STATUSES = ("pending", "active", "on-hold", "cancelled", "switched", "expired", "pending-cancel")
_ENDED = ("cancelled", "expired", "switched")
_DAYS = {"day": 1, "week": 7}
_NOT_SHARED = ("transaction_id", "cart_hash", "currency_symbol")


def create(books: Books, given: Json) -> Json:
    """Make a subscription, as POST /subscriptions does; dates in a request are GMT."""
    found = orders.new(books, given)
    found = {name: value for name, value in found.items() if name not in _NOT_SHARED}
    found |= {
        "status": valid(given.get("status") or "pending", "status"),
        "created_via": given.get("created_via") or "rest-api",
        "is_editable": True,
        "billing_period": given.get("billing_period") or "month",
        "billing_interval": str(given.get("billing_interval") or 1),
        "trial_period": given.get("trial_period") or "",
        "suspension_count": 0,
        "requires_manual_renewal": not given.get("payment_method"),
        "start_date_gmt": _date(given.get("start_date")) or plain(datetime.fromtimestamp(books.now, UTC)),
        "trial_end_date_gmt": _date(given.get("trial_end_date")),
        "next_payment_date_gmt": _date(given.get("next_payment_date")),
        "last_payment_date_gmt": "",
        "cancelled_date_gmt": "",
        "end_date_gmt": _date(given.get("end_date")),
        "resubscribed_from": "",
        "resubscribed_subscription": "",
        "removed_line_items": [],
    }
    books.put("subscription", found)
    if found["status"] == "active" and not found["trial_end_date_gmt"]:
        accounting.runs(books, found)
    books.announce("subscription", "created", found["id"])
    return found


def update(books: Books, found: Json, given: Json) -> Json:
    """Change a subscription, as PUT /subscriptions/{id} does: a status set there changes none of its dates.

    Raises:
        WooError: 400, a status, period or product that does not exist.
    """
    for name in ("next_payment_date", "end_date", "trial_end_date"):
        if name in given:
            found[f"{name}_gmt"] = _date(given[name])
    if given.get("billing_period"):
        found["billing_period"] = valid(given["billing_period"], "billing_period", PERIODS)
    if given.get("billing_interval"):
        found["billing_interval"] = str(given["billing_interval"])
    for entry in given.get("meta_data") or ():
        found["meta_data"] = [old for old in found["meta_data"] if old["key"] != entry["key"]]
        found["meta_data"].append(books.meta(entry["key"], entry["value"]))
    if "line_items" in given:
        found |= pricing.with_lines(books, found, given["line_items"] or [])
    if given.get("status"):
        found["status"] = valid(given["status"], "status")
        if found["status"] in _ENDED:
            accounting.ended(books, found)
    return books.touch("subscription", found)


def move(books: Books, found: Json, status: str) -> None:
    """Bring a subscription into another state, as its customer or the shop does, with the dates that go with it."""
    found["status"] = status
    now = plain(datetime.fromtimestamp(books.now, UTC))
    is_long_cancelled = found["cancelled_date_gmt"] != ""
    if status == "pending-cancel":
        found |= {"cancelled_date_gmt": now, "end_date_gmt": found["next_payment_date_gmt"]}
        found["next_payment_date_gmt"] = ""
    elif status in _ENDED:
        accounting.ended(books, found)
        found |= {
            "cancelled_date_gmt": found["cancelled_date_gmt"] if is_long_cancelled else now,
            "end_date_gmt": now,
            "next_payment_date_gmt": "",
        }
    elif status == "on-hold":
        found["suspension_count"] += 1


def related(books: Books, found: Json) -> Jsons:
    """Return the orders of a subscription, newest first: the first one and its renewals, with their kind."""
    renewals = [
        (order, "renewal_order") for order in books.every("order", None) if _renews(order) == found["id"]
    ]
    first = books.get("order", found["parent_id"]) if found["parent_id"] else None
    parents: list[tuple[Json, str]] = [(first, "parent_order")] if first else []
    return [{**order, "order_type": kind} for order, kind in [*renewals, *parents]]


def renew(books: Books, found: Json, *, is_paid: bool) -> Json:
    """Make the renewal order that is due: paid, or failed with the subscription put on hold."""
    accounting.runs(books, found)
    lines = [
        {"product_id": line["product_id"], "quantity": line["quantity"], "subtotal": line["subtotal"]}
        for line in found["line_items"]
    ]
    order = orders.create(
        books,
        {
            "status": "processing" if is_paid else "failed",
            "customer_id": found["customer_id"],
            "billing": found["billing"],
            "shipping": found["shipping"],
            "payment_method": found["payment_method"],
            "payment_method_title": found["payment_method_title"],
            "created_via": "subscription",
            "transaction_id": f"ch_woo_{found['id']}_{books.now}"
            if is_paid and found["payment_method"]
            else "",
            "line_items": lines,
            "meta_data": [{"key": "_subscription_renewal", "value": str(found["id"])}],
        },
    )
    if is_paid:
        found["last_payment_date_gmt"] = plain(datetime.fromtimestamp(books.now, UTC))
        found["next_payment_date_gmt"] = plain(after(found))
    else:
        move(books, found, "on-hold")
        found["next_payment_date_gmt"] = plain(after(found))
    books.touch("subscription", found)
    return order


def after(found: Json) -> datetime:
    """Return when the period after the next payment begins (naive, GMT)."""
    due = datetime.fromisoformat(found["next_payment_date_gmt"])
    every = int(found["billing_interval"])
    if found["billing_period"] in _DAYS:
        return due + timedelta(days=_DAYS[found["billing_period"]] * every)
    months = due.month - 1 + every * (12 if found["billing_period"] == "year" else 1)
    year, month = due.year + months // 12, months % 12 + 1
    return due.replace(year=year, month=month, day=min(due.day, monthrange(year, month)[1]))


def due_at(found: Json) -> int | None:
    """Return when the next payment is due, in Unix seconds."""
    return seconds(found["next_payment_date_gmt"]) if found["next_payment_date_gmt"] else None


def _renews(order: Json) -> int | None:
    for meta in order["meta_data"]:
        if meta["key"] == "_subscription_renewal":
            return int(meta["value"])
    return None


def _date(given: Any) -> str:
    return str(given).replace(" ", "T") if given else ""


def valid(given: Any, name: str, known: tuple[str, ...] = STATUSES) -> str:
    """Return a parameter's value.

    Raises:
        WooError: 400, it is none of those that are known.
    """
    if given not in known:
        raise invalid_param(name, f"{name} is not one of {', '.join(known)}.", "rest_not_in_enum")
    return str(given)
