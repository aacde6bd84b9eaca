"""The sales report: gross sales by day of the order's creation in local time, refunds over the whole range.

As WC_Report_Sales_By_Date counts: orders that are completed, processing, on hold or refunded; a day's refunds are
those of orders not fully refunded, and the whole total of an order whose last refund made it "refunded".
"""

from datetime import date, timedelta
from decimal import Decimal

from sandbox.state import Json
from sandbox.woocommerce.books import Books, text
from sandbox.woocommerce.errors import invalid_param

_COUNTED = ("completed", "processing", "on-hold", "refunded")
_MOST_MONTHS_BY_DAY = 3


def sales(books: Books, date_min: str | None, date_max: str | None) -> Json:
    """Return the report of a range of local days; today's by default."""
    first, last = _day("date_min", date_min), _day("date_max", date_max)
    last = last or first or date.fromisoformat(books.dates("x", books.now)["date_x"][:10])
    first = first or last
    is_daily = _months(first, last) <= _MOST_MONTHS_BY_DAY
    width = 10 if is_daily else 7
    inside = [order for order in books.every("order") if order["status"] in _COUNTED]
    inside = [order for order in inside if str(first) <= order["date_created"][:10] <= str(last)]
    totals = {str(first + timedelta(days=n))[:width]: _empty() for n in range((last - first).days + 1)}
    for order in inside:
        _add(totals[order["date_created"][:width]], order)
    refunds = _refunds(books, str(first), str(last))
    gross = sum((Decimal(order["total"]) for order in inside), Decimal(0))
    tax = sum((Decimal(order["total_tax"]) for order in inside), Decimal(0))
    shipping = sum((Decimal(order["shipping_total"]) for order in inside), Decimal(0))
    net = gross - refunds - shipping - tax
    return {
        "total_sales": text(gross - refunds),
        "net_sales": text(net),
        "average_sales": text(net / max(1, len(totals))),
        "total_orders": len(inside),
        "total_items": sum(line["quantity"] for order in inside for line in order["line_items"]),
        "total_tax": text(tax),
        "total_shipping": text(shipping),
        "total_refunds": _bare(refunds),
        "total_discount": text(sum((Decimal(order["discount_total"]) for order in inside), Decimal(0))),
        "totals_grouped_by": "day" if is_daily else "month",
        "totals": totals,
        "total_customers": 0,
    }


def _refunds(books: Books, first: str, last: str) -> Decimal:
    """Return what was refunded in a range; a fully refunded order counts once, with its whole total."""
    total = Decimal(0)
    full: dict[int, Decimal] = {}
    for refund in books.every("refund"):
        order = books.get("order", refund["parent_id"])
        if order is None or not first <= refund["date_created"][:10] <= last:
            continue
        if order["status"] == "refunded":
            full[order["id"]] = Decimal(order["total"])
        elif order["status"] in _COUNTED:
            total += Decimal(refund["amount"])
    return total + sum(full.values(), Decimal(0))


def _empty() -> Json:
    return {
        "sales": "0.00",
        "orders": 0,
        "items": 0,
        "tax": "0.00",
        "shipping": "0.00",
        "discount": "0.00",
        "customers": 0,
    }


def _add(day: Json, order: Json) -> None:
    for name, field in (
        ("sales", "total"),
        ("tax", "total_tax"),
        ("shipping", "shipping_total"),
        ("discount", "discount_total"),
    ):
        day[name] = text(Decimal(day[name]) + Decimal(order[field]))
    day["orders"] += 1
    day["items"] += sum(line["quantity"] for line in order["line_items"])


def _bare(amount: Decimal) -> int | float:
    """The report's refunds are a bare JSON number."""
    return int(amount) if amount == int(amount) else float(amount)


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _day(name: str, given: str | None) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise invalid_param(name, "The date you provided is invalid.", "rest_invalid_date") from None
