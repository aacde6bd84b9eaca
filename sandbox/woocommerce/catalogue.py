"""Customers, products, coupons, tax rates and webhooks: what a shop keeps beside its orders."""

import re
from decimal import Decimal

from sandbox.state import Json
from sandbox.woocommerce.books import Books, text
from sandbox.woocommerce.errors import WooError
from sandbox.woocommerce.shapes import address


def customer(books: Books, given: Json) -> Json:
    """Make a customer. Meta whose key begins with an underscore is kept but never shown.

    Raises:
        WooError: 400, the e-mail is missing or taken.
    """
    email = given.get("email") or ""
    if not email:
        raise WooError(400, "rest_missing_callback_param", "Missing parameter(s): email")
    if any(other["email"].lower() == email.lower() for other in books.every("customer")):
        words = "An account is already registered with your email address. Please log in."
        raise WooError(400, "registration-error-email-exists", words)
    found = {
        "id": books.number("users"),
        **books.dates("created", books.now),
        **books.dates("modified", books.now),
        "email": email,
        "first_name": given.get("first_name") or "",
        "last_name": given.get("last_name") or "",
        "role": "customer",
        "username": given.get("username") or email.partition("@")[0],
        "billing": address(given.get("billing") or {}, is_billing=True),
        "shipping": address(given.get("shipping") or {}, is_billing=False),
        "is_paying_customer": False,
        "meta_data": [books.meta("default_password_nag", "1")]
        + [books.meta(entry["key"], entry["value"]) for entry in given.get("meta_data") or ()],
    }
    books.put("customer", found)
    books.announce("customer", "created", found["id"])
    return found


def product(books: Books, given: Json) -> Json:
    """Make a product; a price may be empty."""
    regular, sale = given.get("regular_price") or "", given.get("sale_price") or ""
    name = given.get("name") or "Product"
    found: Json = {
        "id": books.number("posts"), "name": name,
        "slug": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        **books.dates("created", books.now), **books.dates("modified", books.now),
        "type": given.get("type") or "simple", "status": given.get("status") or "publish", "featured": False,
        "catalog_visibility": "visible", "description": "", "short_description": "",
        "sku": given.get("sku") or "", "price": sale or regular, "regular_price": regular, "sale_price": sale,
        **books.dates("on_sale_from", None), **books.dates("on_sale_to", None),
        "on_sale": bool(sale), "purchasable": bool(sale or regular), "total_sales": 0,
        "virtual": bool(given.get("virtual")), "downloadable": False, "downloads": [], "download_limit": -1,
        "download_expiry": -1, "external_url": "", "button_text": "", "tax_status": "taxable", "tax_class": "",
        "manage_stock": False, "stock_quantity": None, "backorders": "no", "backorders_allowed": False,
        "backordered": False, "low_stock_amount": None, "sold_individually": False, "weight": "",
        "dimensions": {"length": "", "width": "", "height": ""}, "shipping_required": not given.get("virtual"),
        "shipping_taxable": not given.get("virtual"), "shipping_class": "", "shipping_class_id": 0,
        "reviews_allowed": True, "average_rating": "0.00", "rating_count": 0, "upsell_ids": [],
        "cross_sell_ids": [], "parent_id": 0, "purchase_note": "",
        "categories": [{"id": 15, "name": "Uncategorized", "slug": "uncategorized"}], "brands": [], "tags": [],
        "images": [], "attributes": [], "default_attributes": [], "variations": [], "grouped_products": [],
        "menu_order": 0, "price_html": _price_html(books, sale or regular), "related_ids": [],
        "meta_data": [books.meta(entry["key"], entry["value"]) for entry in given.get("meta_data") or ()],
        "stock_status": "instock", "has_options": False, "post_password": "", "global_unique_id": "",
    }  # fmt: skip
    books.put("product", found)
    books.announce("product", "created", found["id"])
    return found


def coupon(books: Books, given: Json) -> Json:
    """Make a coupon: "percent", "fixed_cart" or "fixed_product".

    Raises:
        WooError: 400, the code is taken.
    """
    code = (given.get("code") or "").lower()
    if any(other["code"] == code for other in books.every("coupon")):
        raise WooError(400, "woocommerce_rest_coupon_code_already_exists", "The coupon code already exists")
    found: Json = {
        "id": books.number("posts"), "code": code, "amount": text(Decimal(given.get("amount") or "0")),
        "status": given.get("status") or "publish",
        **books.dates("created", books.now), **books.dates("modified", books.now),
        "discount_type": given.get("discount_type") or "fixed_cart",
        "description": given.get("description") or "",
        "date_expires": given.get("date_expires"), "date_expires_gmt": given.get("date_expires"),
        "usage_count": 0, "individual_use": False, "product_ids": [], "excluded_product_ids": [],
        "usage_limit": given.get("usage_limit"), "usage_limit_per_user": None, "limit_usage_to_x_items": None,
        "free_shipping": bool(given.get("free_shipping")), "product_categories": [],
        "excluded_product_categories": [], "exclude_sale_items": False, "minimum_amount": "0.00",
        "maximum_amount": "0.00", "email_restrictions": [], "used_by": [], "meta_data": [],
    }  # fmt: skip
    books.put("coupon", found)
    books.announce("coupon", "created", found["id"])
    return found


def tax(books: Books, given: Json) -> Json:
    """Make a tax rate, such as {"country": "GB", "rate": "20.0000", "name": "VAT"}."""
    found: Json = {
        "id": books.number("taxes"),
        "country": (given.get("country") or "").upper(),
        "state": (given.get("state") or "").upper(),
        "postcode": "",
        "city": "",
        "rate": f"{Decimal(given.get('rate') or '0'):.4f}",
        "name": given.get("name") or "Tax",
        "priority": int(given.get("priority") or 1),
        "compound": False,
        "shipping": bool(given.get("shipping", True)),
        "order": 0,
        "class": "standard",
        "postcodes": [],
        "cities": [],
    }
    return books.put("tax", found)


_HOOKS = {
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.created": ["woocommerce_new_order"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order", "woocommerce_before_delete_order"],
}


def webhook(books: Books, given: Json) -> Json:
    """Make a webhook, active at once.

    Raises:
        WooError: 400, the topic or the address is missing.
    """
    topic = given.get("topic") or ""
    resource, _, event = topic.partition(".")
    if not event:
        raise WooError(400, "woocommerce_rest_invalid_webhook_topic", "Webhook topic must be valid.")
    if not given.get("delivery_url"):
        words = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise WooError(400, "woocommerce_rest_invalid_webhook_delivery_url", words)
    found = {
        "id": books.number("webhooks"),
        "name": given.get("name") or f"Webhook on {topic}",
        "status": given.get("status") or "active",
        "topic": topic,
        "resource": resource,
        "event": event,
        "hooks": _HOOKS.get(topic, [f"woocommerce_{event}_{resource}"]),
        "delivery_url": given["delivery_url"],
        **books.dates("created", books.now),
        **books.dates("modified", None),
    }
    return books.put("webhook", found)


def change(books: Books, kind: str, obj: Json, given: Json) -> Json:
    """Change fields of a customer, product, coupon, tax rate or webhook, as PUT does.

    Raises:
        WooError: 400, a customer's e-mail is another one's.
    """
    email = str(given.get("email") or "").lower()
    others = [one for one in books.every("customer") if one["id"] != obj["id"]] if kind == "customer" else []
    if email and any(one["email"].lower() == email for one in others):
        raise WooError(400, "woocommerce_rest_customer_invalid_email", "Email address is invalid.")
    for name, value in given.items():
        if name in ("billing", "shipping"):
            obj[name] |= value
        elif name == "meta_data":
            keys = {entry["key"] for entry in value}
            obj[name] = [entry for entry in obj[name] if entry["key"] not in keys]
            obj[name] += [books.meta(entry["key"], entry["value"]) for entry in value]
        elif name in obj and name != "id":
            obj[name] = value
    if kind == "product":
        obj["price"] = obj["sale_price"] or obj["regular_price"]
        obj["price_html"] = _price_html(books, obj["price"])
    if kind == "tax":
        return books.put("tax", obj)
    return books.touch(kind, obj)


def delete(books: Books, kind: str, obj: Json) -> Json:
    """Delete one of these for good."""
    books.remove(kind, obj["id"])
    books.announce(kind, "deleted", obj["id"])
    return obj


def _price_html(books: Books, price: str) -> str:
    if not price:
        return ""
    sign = "".join(f"&#{ord(letter)};" for letter in books.shop.symbol)
    return (
        '<span class="woocommerce-Price-amount amount"><bdi><span class="woocommerce-Price-currencySymbol" '
        f'translate="no">{sign}</span>{price}</bdi></span>'
    )
