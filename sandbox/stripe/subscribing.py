"""Subscriptions: begun, renewed, changed with proration, told to end, ended."""

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from sandbox.state import Json
from sandbox.stripe import accounting, agenda, collecting, invoices, shapes, subscription_shapes
from sandbox.stripe.accounts import VENDOR
from sandbox.stripe.books import Books
from sandbox.stripe.currency import major, rounded
from sandbox.stripe.invoice_shapes import NESTED, Item
from sandbox.stripe.payments import DAY
from sandbox.stripe.taxes import Discount

DRAFT_SECONDS = 3600  # a renewal's invoice stays a draft for an hour


def months_after(anchor: int, months: int) -> int:
    """Return the same day and time so many months later; the month's last day where it has no such day."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_period(anchor: int, start: int, price: Json) -> int:
    """Return the end of the period that begins at `start`, counted in whole months from the anchor."""
    step = 12 if price["recurring"]["interval"] == "year" else 1
    first, now = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(start, UTC)
    n = max(0, (now.year - first.year) * 12 + now.month - first.month - 1) // step * step
    while months_after(anchor, n) <= start:
        n += step
    return months_after(anchor, n)


def create(
    books: Books,
    customer: Json,
    prices: Sequence[tuple[Json, int]],
    *,
    trial_days: int = 0,
    coupon: Json | None = None,
    rates: Sequence[Json] = (),
    metadata: Json | None = None,
) -> Json:
    """Begin a subscription to (price, quantity) pairs and bill the first period, or a free trial."""
    id = books.new_id("sub")
    currency = prices[0][0]["currency"]
    trial_end = books.at + trial_days * DAY if trial_days else None
    end = trial_end or next_period(books.at, books.at, prices[0][0])
    items = [
        subscription_shapes.item(books.new_id("si"), id, price, quantity, books.at, end)
        for price, quantity in prices
    ]
    for place, item in enumerate(items):
        # Listed in their own order, first item first: "newest first" of descending places.
        books.put(item, parent=id, born=len(items) - place)
    discounts = [_put_to_use(books, coupon, customer, id)] if coupon else []
    subscription = subscription_shapes.subscription(id, books.at, customer, currency, items, trial_end)
    subscription.update(default_tax_rates=list(rates), discounts=discounts, metadata=metadata or {})
    books.put(subscription)
    if customer["currency"] is None:
        books.change(customer, currency=currency)
    books.emit("customer.subscription.created", subscription)
    if trial_end is None:
        accounting.runs(books, subscription, items)
    invoice = _bill(books, subscription, items, "subscription_create", books.at, end)
    collecting.begin(books, invoice)
    subscription = books.must("subscription", id)
    books.change(subscription, latest_invoice=invoice["id"])
    agenda.plan(books.state, books.account, end, "renew", subscription=id)
    return subscription


def renew(books: Books, subscription: str) -> None:
    """A period or trial is over: bill the next one, or end what was told to end."""
    found = books.must("subscription", subscription)
    if found["status"] == "canceled":
        return
    if found["cancel_at_period_end"]:
        cancel(books, subscription, None)
        return
    items = items_of(books, subscription)
    if found["status"] == "trialing":
        books.change(found, "customer.subscription.updated", status="active", billing_cycle_anchor=books.at)
        accounting.runs(books, found, items)
    start = items[0]["current_period_end"]
    end = next_period(found["billing_cycle_anchor"], start, items[0]["price"])
    for item in items:
        item.update(current_period_start=start, current_period_end=end)
        books.put(item)
    found["items"]["data"] = items[:NESTED]
    invoice = _bill(books, found, items, "subscription_cycle", start, end)
    books.change(found, "customer.subscription.updated", latest_invoice=invoice["id"])
    later = books.at + DRAFT_SECONDS
    agenda.plan(books.state, books.account, later, "finalise_invoice", invoice=invoice["id"])
    agenda.plan(books.state, books.account, end, "renew", subscription=subscription)


def change_price(
    books: Books, subscription: Json, price: Json, *, quantity: int | None = None, is_prorated: bool = True
) -> None:
    """Move the subscription's first item to another price now; the difference is invoiced at once if prorated."""
    item = items_of(books, subscription["id"])[0]
    if quantity is not None or not is_prorated:
        _replace(books, subscription, item, price, quantity or item["quantity"])
        return
    old, quantity = item["price"], item["quantity"]
    start, end = item["current_period_start"], item["current_period_end"]
    share = Decimal(end - books.at) / Decimal(end - start)
    currency = price["currency"]
    last = subscription["latest_invoice"]
    before = tuple(line["id"] for line in invoices.lines_of(books, last)[:1]) if last else ()
    unused = -rounded(major(old["unit_amount"] * quantity, currency) * share, currency)
    rest = rounded(major(price["unit_amount"] * quantity, currency) * share, currency)
    since = datetime.fromtimestamp(books.at, UTC).strftime("%d %b %Y")
    pieces = ((f"Unused time on {old['nickname']} after {since}", unused, old),
              (f"Remaining time on {price['nickname']} after {since}", rest, price))  # fmt: skip
    lines = [
        Item(
            text, amount, books.at, end, quantity, of, subscription["id"], item["id"], is_proration=True,
            credits=(last, before) if last and amount < 0 else None,
        )
        for text, amount, of in pieces
    ]  # fmt: skip
    item.update(price=price, plan=shapes.plan(price))
    books.put(item)
    subscription["items"]["data"] = items_of(books, subscription["id"])[:NESTED]
    customer = books.must("customer", subscription["customer"])
    if subscription["status"] != "trialing":
        accounting.runs(books, subscription, items_of(books, subscription["id"]))
    invoice = invoices.draft(
        books, customer, currency, lines, reason="subscription_update", subscription=subscription,
        rates=subscription["default_tax_rates"],
    )  # fmt: skip
    books.change(subscription, "customer.subscription.updated", latest_invoice=invoice["id"])
    collecting.begin(books, invoice)


def _replace(books: Books, subscription: Json, item: Json, price: Json, quantity: int) -> None:
    """Change price and quantity from the next renewal's bill on; the sandbox prorates price changes alone."""
    item.update(price=price, plan=shapes.plan(price), quantity=quantity)
    books.put(item)
    items = items_of(books, subscription["id"])
    subscription["items"]["data"] = items[:NESTED]
    if subscription["status"] != "trialing":
        accounting.runs(books, subscription, items)
    books.change(subscription, "customer.subscription.updated")


def set_coupon(books: Books, subscription: Json, coupon: Json | None) -> None:
    """Put a coupon in the place of the discounts that there are, or take them all off."""
    for id in subscription["discounts"]:
        gone = books.must("discount", id)
        if gone["end"] is None or gone["end"] > books.at:
            books.change(gone, "customer.discount.deleted", end=books.at)
    customer = books.must("customer", subscription["customer"])
    fresh = [_put_to_use(books, coupon, customer, subscription["id"])] if coupon else []
    books.change(subscription, "customer.subscription.updated", discounts=fresh)


def set_cancel_at_period_end(books: Books, subscription: Json, value: bool) -> Json:
    """Let the subscription end with its paid period, or take that back."""
    items = subscription["items"]["data"]
    details = dict(subscription["cancellation_details"])
    details["reason"] = "cancellation_requested" if value else None
    return books.change(
        subscription,
        "customer.subscription.updated",
        cancel_at_period_end=value,
        cancel_at=items[0]["current_period_end"] if value else None,
        canceled_at=books.at if value else None,
        cancellation_details=details,
    )


def cancel(books: Books, subscription: str, reason: str | None) -> Json:
    """End a subscription now; nothing is refunded. `reason` None keeps the one already noted."""
    found = books.must("subscription", subscription)
    if found["status"] == "canceled":
        return found
    details = dict(found["cancellation_details"])
    details["reason"] = reason or details["reason"] or "cancellation_requested"
    accounting.ended(books, found)
    return books.change(
        found,
        "customer.subscription.deleted",
        status="canceled",
        canceled_at=found["canceled_at"] or books.at,
        ended_at=books.at,
        cancellation_details=details,
    )


def delete_customer(books: Books, customer: Json) -> Json:
    """Delete a customer and end the subscriptions; charges and invoices stay. Returns the stub that is left."""
    for subscription in books.linked("subscription", "customer", customer["id"]):
        cancel(books, subscription["id"], None)
    books.state.delete(VENDOR, books.account, "customer", customer["id"])
    stub = {"id": customer["id"], "object": "customer", "deleted": True}
    books.state.put(VENDOR, books.account, "deleted_customer", stub, created=customer["created"])
    books.emit("customer.deleted", customer)
    return stub


def items_of(books: Books, subscription: str) -> list[Json]:
    """Return all items of a subscription in their order."""
    return books.list("subscription_item", parent=subscription)


def _bill(books: Books, subscription: Json, items: Sequence[Json], reason: str, start: int, end: int) -> Json:
    currency = subscription["currency"]
    customer = books.must("customer", subscription["customer"])
    trial = subscription["status"] == "trialing"
    lines = [
        Item(
            _line_text(item, trial),
            Decimal(0) if trial else major(item["price"]["unit_amount"] * item["quantity"], currency),
            start, end, item["quantity"], item["price"], subscription["id"], item["id"],
        )
        for item in items
    ]  # fmt: skip
    discounts = [] if trial else list(_valid(books, subscription))
    rates = () if trial else subscription["default_tax_rates"]
    return invoices.draft(
        books,
        customer,
        currency,
        lines,
        reason=reason,
        subscription=subscription,
        rates=rates,
        discounts=discounts,
    )


def _line_text(item: Json, trial: bool) -> str:
    price = item["price"]
    if trial:
        return f"Trial period for {price['nickname']}"
    amount = major(price["unit_amount"], price["currency"])
    interval = price["recurring"]["interval"]
    return f"{item['quantity']} × {price['nickname']} (at {amount} {price['currency'].upper()} / {interval})"


def _valid(books: Books, subscription: Json) -> list[Discount]:
    found = [books.must("discount", id) for id in subscription["discounts"]]
    return [
        Discount.of(discount, books.must("coupon", discount["source"]["coupon"]))
        for discount in found
        if discount["end"] is None or discount["end"] > books.at
    ]


def _put_to_use(books: Books, coupon: Json, customer: Json, subscription: str) -> str:
    months = coupon["duration_in_months"]
    end = {"forever": None, "once": books.at + 1, "repeating": months_after(books.at, months or 0)}
    discount = shapes.discount(
        books.new_id("di"), books.at, coupon["id"], customer["id"], subscription, end[coupon["duration"]]
    )
    books.put(discount)
    books.change(coupon, "coupon.updated", times_redeemed=coupon["times_redeemed"] + 1)
    books.emit("customer.discount.created", discount)
    return str(discount["id"])
