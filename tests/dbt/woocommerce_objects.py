"""Orders of a shop, with the fields that the models read: one paid, with VAT on goods and parcel, and a cart."""

from typing import Any

Object = dict[str, Any]


def _tax(amount: str) -> list[Object]:
    return [{"id": 1, "total": amount, "subtotal": amount}]


def order(id: int, status: str = "processing", *, paid: str | None = "2026-11-20T10:00:00") -> Object:
    """An order over 109.43 EUR: two posters at 43.51 with coupon, a parcel at 4.90, 19 % on top of both."""
    items: Object = {
        "id": id * 10, "name": "Poster Harbour", "product_id": 7, "quantity": 2, "subtotal": "90.00",
        "total": "87.06", "total_tax": "16.54", "taxes": _tax("16.54"),
    }  # fmt: skip
    parcel = {
        "id": id * 10 + 1, "method_title": "Parcel", "total": "4.90", "total_tax": "0.93", "taxes": _tax("0.93"),
    }  # fmt: skip
    return {
        "id": id, "number": str(id), "parent_id": 0, "customer_id": 0, "status": status, "currency": "EUR",
        "total": "109.43", "total_tax": "17.47", "shipping_total": "4.90", "shipping_tax": "0.93",
        "discount_total": "2.94", "discount_tax": "0.56",
        "billing": {
            "email": "guest@example.org", "first_name": "Gerda", "last_name": "Gast", "company": "",
            "country": "DE",
        },
        "payment_method": "stripe", "payment_method_title": "Card", "transaction_id": "ch_shop",
        "created_via": "checkout", "payment_url": f"https://shop.example/pay/{id}",
        "date_created_gmt": "2026-11-20T09:58:00", "date_created": "2026-11-20T10:58:00",
        "date_modified_gmt": "2026-11-20T10:00:00", "date_paid_gmt": paid,
        "line_items": [items], "shipping_lines": [parcel], "fee_lines": [],
        "meta_data": [{"id": 1, "key": "_note", "value": "none"}],
        "tax_lines": [{"id": 1, "rate_id": 1, "rate_code": "DE-VAT-1", "label": "VAT", "rate_percent": 19}],
    }  # fmt: skip


def orders() -> list[Object]:
    """Order 18 is paid; 19 waits in its cart."""
    return [order(18), order(19, "checkout-draft", paid=None)]
