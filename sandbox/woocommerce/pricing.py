"""What an order costs: lines, coupons, shipping, fees and taxes, in Decimal, to the cent as WooCommerce counts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.state import Json, Jsons
from sandbox.woocommerce.books import Books, cents, seconds, text
from sandbox.woocommerce.errors import WooError

ZERO = Decimal(0)


@dataclass
class Priced:
    """The priced parts of an order, in the shapes that the API shows."""

    line_items: Jsons
    shipping_lines: Jsons
    fee_lines: Jsons
    coupon_lines: Jsons
    tax_lines: Jsons
    totals: Json
    net: Decimal
    """What everything costs without tax, after coupons."""
    worth: Decimal
    """What the goods cost without tax, before coupons."""
    tax: Decimal
    rate: tuple[str, Decimal] | None
    """The country and the percentage of the rate that holds."""


def rate_for(books: Books, billing: Json) -> Json | None:
    """Return the tax rate of an address: that of its state, else of its country; None where nothing is due."""
    country = billing.get("country") or ""
    fitting = [
        rate
        for rate in books.every("tax")
        if country and rate["country"] == country and rate["state"] in ("", billing.get("state") or "")
    ]
    return max(fitting, key=lambda rate: len(rate["state"]), default=None)


def price(books: Books, given: Json, billing: Json) -> Priced:
    """Price what is ordered: line_items, coupon_lines, shipping_lines and fee_lines of a request.

    Raises:
        WooError: 400, a product or coupon that does not exist.
    """
    rate = rate_for(books, billing)
    coupons = [_coupon(books, line["code"]) for line in given.get("coupon_lines") or ()]
    lines = [_line(books, item, coupons, rate) for item in given.get("line_items") or ()]
    shipping = [
        _extra(books, line, rate, "method_title", "shipping") for line in given.get("shipping_lines") or ()
    ]
    fees = [_extra(books, line, rate, "name", "fee") for line in given.get("fee_lines") or ()]
    tax_lines = _tax_lines(books, rate, [*lines, *fees], shipping)
    used, totals = _used(books, coupons, lines), _totals(lines, shipping, fees)
    every = [*lines, *fees, *shipping]
    known = (rate["country"], Decimal(rate["rate"])) if rate else None
    sums = (_sum(every, "total"), _sum(lines, "subtotal"), _sum(every, "total_tax"))
    return Priced(lines, shipping, fees, used, tax_lines, totals, *sums, known)


def with_coupons(books: Books, order: Json, codes: Iterable[str]) -> Json:
    """Return the fields of an order that change when it has these coupons and no others; its items stay the same.

    Raises:
        WooError: 400, a coupon that does not exist or has expired.
    """
    rate = rate_for(books, order["billing"])
    coupons = [_coupon(books, code, is_new=True) for code in codes]
    lines = [_discounted(books, line, coupons, rate) for line in order["line_items"]]
    return _repriced(books, order, lines, coupons, rate)


def with_lines(books: Books, order: Json, given: Jsons) -> Json:
    """Return the fields that change when lines are put in or taken out (an id with the quantity 0, or no product).

    Raises:
        WooError: 400, a product that does not exist, or an item that is not the order's.
    """
    rate = rate_for(books, order["billing"])
    gone = {int(item["id"]) for item in given if item.get("id") is not None and _is_gone(item)}
    if gone - {line["id"] for line in order["line_items"]}:
        words = "Order item ID provided is not associated with order."
        raise WooError(400, "woocommerce_rest_invalid_item_id", words)
    coupons = [_coupon(books, line["code"]) for line in order["coupon_lines"]]
    kept = [_discounted(books, line, coupons, rate) for line in order["line_items"] if line["id"] not in gone]
    lines = kept + [_line(books, item, coupons, rate) for item in given if not item.get("id")]
    return _repriced(books, order, lines, coupons, rate)


def _repriced(books: Books, order: Json, lines: Jsons, coupons: Jsons, rate: Json | None) -> Json:
    shipping, fees = order["shipping_lines"], order["fee_lines"]
    return {
        "tax_lines": _tax_lines(books, rate, [*lines, *fees], shipping),
        "coupon_lines": _used(books, coupons, lines),
        "line_items": lines,
        **_totals(lines, shipping, fees),
    }


def _is_gone(item: Json) -> bool:
    return item.get("quantity") == 0 or ("product_id" in item and item["product_id"] is None)


def _used(books: Books, coupons: Jsons, lines: Jsons) -> Jsons:
    found = [_coupon_line(books, coupon, lines) for coupon in coupons]
    for line in lines:
        del line["~off"]
    return found


def _totals(lines: Jsons, shipping: Jsons, fees: Jsons) -> Json:
    discount, discount_tax = _off(lines, ""), _off(lines, "_tax")
    return {
        "discount_total": text(discount),
        "discount_tax": text(discount_tax),
        "shipping_total": text(_sum(shipping, "total")),
        "shipping_tax": text(_sum(shipping, "total_tax")),
        "cart_tax": text(_sum([*lines, *fees], "total_tax")),
        "total": text(sum((_sum([*lines, *fees, *shipping], name) for name in ("total", "total_tax")), ZERO)),
        "total_tax": text(_sum([*lines, *fees, *shipping], "total_tax")),
    }


def _line(books: Books, item: Json, coupons: Jsons, rate: Json | None) -> Json:
    product = books.get("product", item.get("product_id"))
    if product is None:
        raise WooError(400, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
    quantity = int(item.get("quantity", 1))
    asked = item.get("subtotal")
    worth = Decimal(asked) if asked is not None else Decimal(product["price"] or "0") * quantity
    if asked is not None and books.shop.includes_tax:
        worth += cents(worth * _percent(rate))  # a subtotal in a request is without tax
    subtotal, subtotal_tax = _split(books, worth, rate)
    line = {
        "id": books.number("items"),
        "name": item.get("name") or product["name"],
        "product_id": product["id"],
        "variation_id": 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": text(subtotal),
        "subtotal_tax": text(subtotal_tax),
        "total": "",
        "total_tax": "",
        "taxes": [],
        "meta_data": [],
        "sku": product["sku"],
        "global_unique_id": "",
        "price": 0,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }
    return _discounted(books, line, coupons, rate, worth)


def _discounted(
    books: Books, line: Json, coupons: Jsons, rate: Json | None, worth: Decimal | None = None
) -> Json:
    """Return a line with what coupons leave of it; `worth` is what it costs before them, in the shop's own way."""
    if worth is None:
        inside = Decimal(line["subtotal_tax"]) if books.shop.includes_tax else ZERO
        worth = Decimal(line["subtotal"]) + inside
    off: dict[str, Decimal] = {}
    left, quantity = worth, line["quantity"]
    for coupon in coupons:
        off[coupon["code"]] = min(left, _coupon_worth(coupon, left, quantity))
        left -= off[coupon["code"]]
    total, total_tax = _split(books, left, rate)
    taxes = [{"id": rate["id"], "total": text(total_tax), "subtotal": line["subtotal_tax"]}] if rate else []
    return {
        **line,
        "total": text(total),
        "total_tax": text(total_tax),
        "taxes": taxes,
        "price": number(total / quantity if quantity else total),
        "~off": {code: _split(books, amount, rate) for code, amount in off.items()},
    }


def number(amount: Decimal) -> int | float:
    """Write an amount as a bare JSON number, as WooCommerce does for a line's price."""
    return int(amount) if amount == int(amount) else float(amount)


def _split(books: Books, worth: Decimal, rate: Json | None) -> tuple[Decimal, Decimal]:
    """Return (without tax, tax) of an amount in the shop's own way: with tax inside, or to be added."""
    percent = _percent(rate)
    if books.shop.includes_tax:
        net = cents(worth / (1 + percent))
        return net, cents(worth) - net
    return cents(worth), cents(worth * percent)


def _percent(rate: Json | None) -> Decimal:
    return Decimal(rate["rate"]) / 100 if rate else ZERO


def _coupon(books: Books, code: str, *, is_new: bool = False) -> Json:
    for coupon in books.every("coupon"):
        if coupon["code"] == code.lower():
            if is_new and coupon["date_expires_gmt"] and seconds(coupon["date_expires_gmt"]) < books.now:
                words = f'Coupon "{coupon["code"]}" has expired.'
                raise WooError(400, "woocommerce_rest_invalid_coupon", words)
            return coupon
    raise WooError(
        400, "woocommerce_rest_invalid_coupon", f'Coupon "{code}" does not exist!', {"status": 400}
    )


def _coupon_worth(coupon: Json, left: Decimal, quantity: int) -> Decimal:
    amount = Decimal(coupon["amount"])
    if coupon["discount_type"] == "percent":
        return cents(left * amount / 100)
    return amount * quantity if coupon["discount_type"] == "fixed_product" else amount


def _coupon_line(books: Books, coupon: Json, lines: Jsons) -> Json:
    off = sum((line["~off"].get(coupon["code"], (ZERO, ZERO))[0] for line in lines), ZERO)
    tax = sum((line["~off"].get(coupon["code"], (ZERO, ZERO))[1] for line in lines), ZERO)
    nominal = number(Decimal(coupon["amount"]))
    info = json.dumps([coupon["id"], coupon["code"], coupon["discount_type"], nominal], separators=(",", ":"))
    meta = books.meta("coupon_info", info)
    return {
        "id": books.number("items"),
        "code": coupon["code"],
        "discount": bare(off),
        "discount_tax": bare(tax),
        "meta_data": [{**meta, "display_key": meta["key"], "display_value": meta["value"]}],
        "discount_type": coupon["discount_type"],
        "nominal_amount": nominal,
        "free_shipping": coupon["free_shipping"],
    }


def bare(amount: Decimal) -> str:
    """Write an amount without needless zeros: a coupon's discount is "30", not "30.00"."""
    return format(amount.normalize(), "f") if amount else "0"


def _extra(books: Books, line: Json, rate: Json | None, title: str, kind: str) -> Json:
    """Return a shipping or fee line; its `total` in the request is without tax."""
    total = cents(Decimal(str(line.get("total") or "0")))
    status = line.get("tax_status") or "taxable"
    if status == "none":
        rate = None
    tax = cents(total * _percent(rate))
    found: Json = {
        "id": books.number("items"),
        title: line.get(title) or kind.title(),
        "total": text(total),
        "total_tax": text(tax),
        "taxes": [{"id": rate["id"], "total": text(tax), "subtotal": ""}] if rate else [],
        "meta_data": [],
    }
    if kind == "shipping":
        found |= {
            "method_id": line.get("method_id") or "flat_rate",
            "instance_id": "1",
            "tax_status": "taxable",
        }
    else:
        found |= {"tax_class": "", "tax_status": status, "amount": text(total)}
    return found


def _tax_lines(books: Books, rate: Json | None, goods: Jsons, shipping: Jsons) -> Jsons:
    if rate is None or not any(line["taxes"] for line in (*goods, *shipping)):
        return []
    return [tax_line(books, rate, text(_sum(goods, "total_tax")), text(_sum(shipping, "total_tax")))]


def tax_line(books: Books, rate: Json, tax: str, shipping_tax: str) -> Json:
    """Return the line that sums up one rate over an order or refund."""
    parts = [rate["country"], rate["state"], rate["name"], str(rate["priority"])]
    return {
        "id": books.number("items"),
        "rate_code": "-".join(part for part in parts if part).upper(),
        "rate_id": rate["id"],
        "label": rate["name"],
        "compound": rate["compound"],
        "tax_total": tax,
        "shipping_tax_total": shipping_tax,
        "rate_percent": number(Decimal(rate["rate"])),
        "meta_data": [],
    }


def _sum(lines: Iterable[Json], name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in lines), ZERO)


def _off(lines: Jsons, suffix: str) -> Decimal:
    """Return what coupons took off, without tax ("") or of the tax ("_tax")."""
    found: Any = _sum(lines, f"subtotal{suffix}") - _sum(lines, f"total{suffix}")
    return Decimal(found)
