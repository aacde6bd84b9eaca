"""The objects that customers and catalogues are made of, in the shape of Stripe's API."""

from typing import Any

from sandbox.state import Json

ADDRESS_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


def empty_list(url: str) -> Json:
    """Return a list object without entries."""
    return {"object": "list", "data": [], "has_more": False, "url": url}


def address(given: Json | None) -> Json | None:
    """Return an address with all of Stripe's fields, or None."""
    return {name: (given.get(name) or None) for name in ADDRESS_FIELDS} if given else None


def customer(id: str, at: int, **given: Any) -> Json:
    """Return a customer; `given` may set email, name, phone, address, metadata, tax_exempt, currency and more."""
    where = address(given.pop("address", None))
    return {
        "id": id,
        "object": "customer",
        "address": where,
        "balance": 0,
        "created": at,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **given,
    }


def product(id: str, at: int, name: str) -> Json:
    """Return a service that is sold."""
    return {
        "id": id,
        "object": "product",
        "active": True,
        "created": at,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": at,
        "url": None,
    }


def price(
    id: str,
    at: int,
    product: str,
    currency: str,
    unit_amount: int,
    interval: str | None,
    nickname: str,
    tax: str,
) -> Json:
    """Return a price in Stripe's minor units: per `interval` (month, year), or one-time when that is None."""
    recurring = {
        "interval": interval,
        "interval_count": 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": at,
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": nickname,
        "product": product,
        "recurring": recurring if interval else None,
        "tax_behavior": tax,
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if interval else "one_time",
        "unit_amount": unit_amount,
        "unit_amount_decimal": str(unit_amount),
    }


def plan(price: Json) -> Json:
    """Return the old-style plan that Stripe still puts beside a recurring price."""
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def coupon(id: str, at: int, name: str | None, **given: Any) -> Json:
    """Return a coupon; give percent_off, or amount_off (minor units) with currency; and a duration."""
    return {
        "id": id,
        "object": "coupon",
        "amount_off": None,
        "created": at,
        "currency": None,
        "duration": "once",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": name,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
        **given,
    }


def discount(id: str, at: int, coupon: str, customer: str, subscription: str | None, end: int | None) -> Json:
    """Return a coupon put to use from now until `end` (None: for ever)."""
    return {
        "id": id,
        "object": "discount",
        "checkout_session": None,
        "customer": customer,
        "end": end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "source": {"coupon": coupon, "type": "coupon"},
        "start": at,
        "subscription": subscription,
        "subscription_item": None,
    }


def tax_rate(id: str, at: int, percent: float | int, country: str, *, inclusive: bool, **given: Any) -> Json:
    """Return a tax rate in percent; `given` may set display_name, description, state, tax_type."""
    return {
        "id": id,
        "object": "tax_rate",
        "active": True,
        "country": country,
        "created": at,
        "description": None,
        "display_name": "VAT",
        "effective_percentage": percent,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": country,
        "jurisdiction_level": "country",
        "livemode": False,
        "metadata": {},
        "percentage": percent,
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
        **given,
    }


def tax_id(id: str, at: int, customer: str, type: str, value: str, status: str, name: str | None) -> Json:
    """Return a customer's tax id; status is pending, verified, unverified or unavailable."""
    verified = status == "verified"
    return {
        "id": id,
        "object": "tax_id",
        "country": value[:2] if type == "eu_vat" else None,
        "created": at,
        "customer": customer,
        "livemode": False,
        "owner": {"customer": customer, "type": "customer"},
        "type": type,
        "value": value,
        "verification": {
            "status": status,
            "verified_address": None,
            "verified_name": name if verified else None,
        },
    }


def payment_method(id: str, at: int, customer: str | None, card: Json, billing: Json) -> Json:
    """Return a stored card; `card` has brand, last4, exp_month, exp_year, country, funding."""
    return {
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "always",
        "billing_details": billing,
        "card": {
            **card,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "display_brand": card["brand"],
            "fingerprint": id[-16:],
            "networks": {"available": [card["brand"]], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": at,
        "customer": customer,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def billing_details(who: Json | None, email: str | None = None) -> Json:
    """Return what a card payment knows of the payer: a customer, or a guest's e-mail and name."""
    who = who or {}
    blank = dict.fromkeys(ADDRESS_FIELDS)
    return {
        "address": who.get("address") or blank,
        "email": who.get("email") or email,
        "name": who.get("name"),
        "phone": who.get("phone"),
        "tax_id": None,
    }
