"""Orders: placed, paid, moved from state to state, put into the trash, deleted. The ledger follows each step."""

from decimal import Decimal

from sandbox.state import Json, Jsons
from sandbox.woocommerce import accounting, pricing, refunds
from sandbox.woocommerce.books import Books
from sandbox.woocommerce.errors import WooError, invalid_param
from sandbox.woocommerce.shapes import address
from sandbox.woocommerce.shops import VERSION

STATUSES = (
    "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft", "trash",
)  # fmt: skip
PAID = ("processing", "completed", "refunded")
_COUNTED = ("pending", "on-hold", "failed", *PAID)


def create(books: Books, given: Json) -> Json:
    """Place an order: a request's body as POST /orders takes it.

    Raises:
        WooError: 400, a customer, product, coupon or status that does not exist.
    """
    status = _status(given.get("status") or "pending")
    order = new(books, given)
    order |= {"created_via": given.get("created_via") or "rest-api", "cart_hash": "", "status": status}
    order |= {"transaction_id": given.get("transaction_id") or "", "currency_symbol": books.shop.symbol}
    if given.get("set_paid") and status not in PAID:
        order["status"] = "processing"
    if order["status"] in PAID:
        order |= books.dates("paid", books.now)
    if order["status"] == "completed":
        order |= books.dates("completed", books.now)
    for line in order["coupon_lines"]:
        _use_coupon(books, line["code"], order)
    _settle_flags(order)
    _count(books, order, 1)
    books.put("order", order)
    books.announce("order", "created", order["id"])
    _pays(books, order)
    return order


def new(books: Books, given: Json) -> Json:
    """Return what orders and subscriptions have in common, priced, with a new number of posts."""
    customer_id = int(given.get("customer_id") or 0)
    customer = books.get("customer", customer_id) if customer_id else None
    if customer_id and customer is None:
        raise WooError(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
    billing = dict(given.get("billing") or {})
    if customer is not None and not billing.get("email"):
        billing["email"] = customer["email"]
    id = books.number("posts")
    priced = pricing.price(books, given, billing)
    accounting.agreed(books, id, billing.get("country") or "", priced.net, priced.tax, priced.rate)
    return {
        "id": id,
        "parent_id": int(given.get("parent_id") or 0),
        "status": "pending",
        "currency": given.get("currency") or books.shop.currency,
        "version": VERSION,
        "prices_include_tax": books.shop.includes_tax,
        **books.dates("created", books.now),
        **books.dates("modified", books.now),
        **priced.totals,
        "customer_id": customer_id,
        "order_key": f"wc_order_{books.shop.path}{id:09d}",
        "billing": address(billing, is_billing=True),
        "shipping": address(given.get("shipping") or {}, is_billing=False),
        "payment_method": given.get("payment_method") or "",
        "payment_method_title": given.get("payment_method_title") or "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "customer_note": given.get("customer_note") or "",
        **books.dates("completed", None),
        **books.dates("paid", None),
        "number": str(id),
        "meta_data": [books.meta(entry["key"], entry["value"]) for entry in given.get("meta_data") or ()],
        "line_items": priced.line_items,
        "tax_lines": priced.tax_lines,
        "shipping_lines": priced.shipping_lines,
        "fee_lines": priced.fee_lines,
        "coupon_lines": priced.coupon_lines,
        "is_editable": True,
        "needs_payment": False,
        "needs_processing": True,
        "~net": str(priced.worth),
    }


def update(books: Books, order: Json, given: Json) -> Json:
    """Change an order as PUT /orders/{id} does: its status, payment, note, addresses, coupons or meta.

    Raises:
        WooError: 400, a status or coupon that does not exist.
    """
    for name in ("transaction_id", "customer_note", "payment_method", "payment_method_title"):
        if name in given:
            order[name] = given[name]
    for name in ("billing", "shipping"):
        if name in given:
            order[name] |= given[name]
    for entry in given.get("meta_data") or ():
        order["meta_data"] = [old for old in order["meta_data"] if old["key"] != entry["key"]]
        order["meta_data"].append(books.meta(entry["key"], entry["value"]))
    if "coupon_lines" in given:
        _recount_coupons(books, order, given["coupon_lines"] or [])
    if given.get("set_paid") and order["date_paid_gmt"] is None:
        given = {"status": "processing", **given}
    if given.get("status"):
        return move(books, order, _status(given["status"]))
    return books.touch("order", order)


def move(books: Books, order: Json, status: str) -> Json:
    """Bring an order into another state. Setting "refunded" records a refund of the rest and moves no money."""
    before = order["status"]
    if status == before:
        return books.touch("order", order)
    _count(books, order, -1)
    order["status"] = status
    was_unpaid = order["date_paid_gmt"] is None
    if status in PAID and was_unpaid:
        order |= books.dates("paid", books.now)
    if status == "completed":
        order |= books.dates("completed", books.now)
    _settle_flags(order)
    _count(books, order, 1)
    _moves_money(books, order, before, was_unpaid=was_unpaid)
    books.touch("order", order)
    if status == "refunded":
        refunds.record_rest(books, order)
    return order


def trash(books: Books, order: Json) -> Json:
    """Put an order into the trash: lists leave it out, its page still answers."""
    order["~before_trash"] = order["status"]
    _forget_money(books, order)
    _count(books, order, -1)
    order["status"] = "trash"
    order |= books.dates("modified", books.now)
    books.put("order", order)
    books.announce("order", "deleted", order["id"])
    return order


def delete(books: Books, order: Json) -> Json:
    """Delete an order with its refunds, for good."""
    if order["status"] != "trash":
        _forget_money(books, order)
        _count(books, order, -1)
    for refund in books.every("refund", order["id"]):
        books.remove("refund", refund["id"])
    books.remove("order", order["id"])
    books.announce("order", "deleted", order["id"])
    return order


def _forget_money(books: Books, order: Json) -> None:
    if order["status"] in PAID and order["date_paid_gmt"] is not None:
        given = refunds.so_far(books, order)
        books.book("charged", -Decimal(order["total"]), order["currency"])
        books.book("refunded", -given, order["currency"])
        accounting.received(books, order["id"], -1)
        accounting.given_back(books, order["id"], -given)


def _moves_money(books: Books, order: Json, before: str, *, was_unpaid: bool) -> None:
    if was_unpaid:
        _pays(books, order)
    elif before in PAID and order["status"] not in PAID:
        books.book("charged", -Decimal(order["total"]), order["currency"])
        accounting.received(books, order["id"], -1)
    elif before not in PAID and order["status"] in PAID:
        books.book("charged", Decimal(order["total"]), order["currency"])
        accounting.received(books, order["id"])


def _pays(books: Books, order: Json) -> None:
    if order["date_paid_gmt"] is None:
        return
    books.book("charged", Decimal(order["total"]), order["currency"])
    accounting.received(books, order["id"])
    customer = books.get("customer", order["customer_id"]) if order["customer_id"] else None
    if customer is not None and not customer["is_paying_customer"]:
        customer["is_paying_customer"] = True
        books.touch("customer", customer)


def _count(books: Books, order: Json, sign: int) -> None:
    if order["status"] in _COUNTED:
        books.book("invoiced", sign * Decimal(order["total"]), order["currency"])
        books.book("taxed", sign * Decimal(order["total_tax"]), order["currency"])
        accounting.owes(books, order["id"], sign)


def _settle_flags(order: Json) -> None:
    order["is_editable"] = order["status"] in ("pending", "on-hold", "checkout-draft")
    order["needs_payment"] = order["status"] in ("pending", "failed") and Decimal(order["total"]) > 0


def _recount_coupons(books: Books, order: Json, lines: Jsons) -> None:
    """Give an order these coupons and no others, and price it anew."""
    if any(line.get("id") for line in lines):
        raise WooError(400, "woocommerce_rest_coupon_item_id_readonly", "Coupon item ID is readonly.")
    if not all(line.get("code") for line in lines):
        raise WooError(400, "woocommerce_rest_invalid_coupon", "Coupon code is required.")
    priced = pricing.with_coupons(books, order, [line["code"] for line in lines])
    for line in order["coupon_lines"]:
        _use_coupon(books, line["code"], order, -1)
    _count(books, order, -1)
    order |= priced
    _settle_flags(order)
    _count(books, order, 1)
    for line in order["coupon_lines"]:
        _use_coupon(books, line["code"], order)


def _use_coupon(books: Books, code: str, order: Json, uses: int = 1) -> None:
    """Count a coupon's use, or take it back. WooCommerce writes this past the coupon's own date of change."""
    who = str(order["customer_id"] or order["billing"]["email"])
    for coupon in books.every("coupon"):
        if coupon["code"] == code:
            coupon["usage_count"] += uses
            if uses > 0:
                coupon["used_by"].append(who)
            elif who in coupon["used_by"]:
                coupon["used_by"].remove(who)
            books.put("coupon", coupon)


def _status(given: str) -> str:
    if given not in STATUSES:
        raise invalid_param("status", f"status is not one of {', '.join(STATUSES)}.", "rest_not_in_enum")
    return given
