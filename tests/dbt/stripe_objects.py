"""Objects as Stripe's API 2026-10-28 sends them: one builder per kind, keys that it sends as null included.

Amounts are in Stripe's own minor units, times in seconds since 1970. Keyword arguments replace top-level keys.
"""

from typing import Any

Object = dict[str, Any]
DAY = 86_400
NOW = 1_795_456_800  # 2026-11-23 18:00:00 UTC


def customer(id: str, **more: Any) -> Object:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "id": id, "object": "customer", "address": address, "balance": 0, "created": NOW - 90 * DAY,
        "currency": None, "delinquent": False, "description": None, "email": f"{id}@example.com",
        "livemode": False, "metadata": {}, "name": id.title(), "phone": None, "tax_exempt": "none", **more,
    }  # fmt: skip


def product(id: str, name: str, **more: Any) -> Object:
    return {
        "id": id, "object": "product", "active": True, "created": NOW - 400 * DAY, "description": None,
        "livemode": False, "metadata": {}, "name": name, "type": "service", "updated": NOW, **more,
    }  # fmt: skip


def price(id: str, product: str, unit_amount: int | None, currency: str = "eur", **more: Any) -> Object:
    recurring = {"interval": "month", "interval_count": 1, "meter": None, "usage_type": "licensed"}
    return {
        "id": id, "object": "price", "active": True, "billing_scheme": "per_unit", "created": NOW - 400 * DAY,
        "currency": currency, "livemode": False, "lookup_key": None, "metadata": {}, "nickname": None,
        "product": product, "recurring": recurring, "tax_behavior": "inclusive", "type": "recurring",
        "unit_amount": unit_amount, "unit_amount_decimal": unit_amount and str(unit_amount), **more,
    }  # fmt: skip


def charge(id: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    status = more.get("status", "succeeded")
    captured = more.get("captured", status == "succeeded")
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    card = {
        "brand": "visa",
        "country": "PL",
        "exp_month": 8,
        "exp_year": 2030,
        "last4": "4242",
        "network": "visa",
    }
    return {
        "id": id, "object": "charge", "amount": amount, "amount_captured": amount if captured else 0,
        "amount_refunded": 0, "balance_transaction": None,
        "billing_details": {"address": address, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": captured, "created": NOW - 10 * DAY, "currency": currency, "customer": None,
        "description": None, "disputed": False, "failure_code": None, "failure_message": None,
        "livemode": False, "metadata": {}, "paid": status == "succeeded", "payment_intent": None,
        "payment_method": "pm_1", "payment_method_details": {"card": card, "type": "card"},
        "receipt_email": None, "refunded": False, "status": status, **more,
    }  # fmt: skip


def payment_intent(id: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    return {
        "id": id, "object": "payment_intent", "amount": amount, "amount_received": amount,
        "created": NOW - 10 * DAY, "currency": currency, "customer": None, "description": None,
        "latest_charge": None, "livemode": False, "metadata": {}, "status": "succeeded", **more,
    }  # fmt: skip


def refund(id: str, charge: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    return {
        "id": id, "object": "refund", "amount": amount, "balance_transaction": None, "charge": charge,
        "created": NOW - 5 * DAY, "currency": currency, "metadata": {}, "payment_intent": None, "reason": None,
        "status": "succeeded", **more,
    }  # fmt: skip


def subscription(id: str, customer: str, prices: list[Object], **more: Any) -> Object:
    items = [
        {
            "id": f"si_{id}_{number}", "object": "subscription_item", "created": NOW - 40 * DAY,
            "current_period_start": NOW - 11 * DAY, "current_period_end": NOW + 19 * DAY, "metadata": {},
            "price": each, "quantity": 1, "subscription": id,
        }
        for number, each in enumerate(prices, 1)
    ]  # fmt: skip
    return {
        "id": id, "object": "subscription", "cancel_at_period_end": False, "canceled_at": None,
        "collection_method": "charge_automatically", "created": NOW - 40 * DAY, "currency": prices[0]["currency"],
        "customer": customer, "ended_at": None, "items": listed(items), "latest_invoice": None, "livemode": False,
        "metadata": {}, "pause_collection": None, "start_date": NOW - 40 * DAY, "status": "active",
        "trial_end": None, "trial_start": None, **more,
    }  # fmt: skip


def invoice(id: str, customer: str, lines: list[Object], currency: str = "eur", **more: Any) -> Object:
    """An invoice over its lines: exclusive tax is added to the total, inclusive tax is part of it."""
    subscription = more.pop("subscription", None)
    taxes = [tax for line in lines for tax in line["taxes"] or []]
    added = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    taken_off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - taken_off + added
    status = more.get("status", "paid")
    details = {"metadata": {}, "subscription": subscription}
    return {
        "id": id, "object": "invoice", "amount_due": total, "amount_paid": total if status == "paid" else 0,
        "amount_remaining": 0 if status == "paid" else total, "amount_overpaid": 0, "attempt_count": 1,
        "attempted": True, "billing_reason": "subscription_cycle" if subscription else "manual",
        "collection_method": "charge_automatically", "created": NOW - 11 * DAY, "currency": currency,
        "customer": customer, "due_date": None, "hosted_invoice_url": f"https://pay.example/{id}",
        "invoice_pdf": f"https://pay.example/{id}.pdf", "lines": listed(lines), "livemode": False, "metadata": {},
        "number": f"LAMPA-{id[3:]}", "period_start": NOW - 41 * DAY, "period_end": NOW - 11 * DAY,
        "parent": {"subscription_details": details, "type": "subscription_details"} if subscription else None,
        "status": status,
        "status_transitions": {
            "finalized_at": None if status == "draft" else NOW - 11 * DAY,
            "marked_uncollectible_at": None, "paid_at": NOW - 10 * DAY if status == "paid" else None,
            "voided_at": None,
        },
        "subtotal": subtotal, "total": total, "total_excluding_tax": total - sum(tax["amount"] for tax in taxes),
        "total_taxes": taxes, **more,
    }  # fmt: skip


def line(id: str, amount: int, price: Object, taxes: list[Object] | None = None, **more: Any) -> Object:
    return {
        "id": id, "object": "line_item", "amount": amount, "currency": price["currency"],
        "description": f"1 x {price['id']}", "discount_amounts": [], "livemode": False, "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {"proration": False, "subscription": None, "subscription_item": "si_1"},
            "type": "subscription_item_details",
        },
        "period": {"start": NOW - 11 * DAY, "end": NOW + 19 * DAY},
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details", "unit_amount_decimal": None,
        },
        "quantity": 1, "subtotal": amount, "taxes": taxes or [], **more,
    }  # fmt: skip


def tax(
    amount: int, taxable: int, rate: str, behavior: str = "inclusive", reason: str = "standard_rated"
) -> Object:
    return {
        "amount": amount, "tax_behavior": behavior, "tax_rate_details": {"tax_rate": rate},
        "taxability_reason": reason, "taxable_amount": taxable, "type": "tax_rate_details",
    }  # fmt: skip


def tax_rate(id: str, percentage: float, country: str, **more: Any) -> Object:
    return {
        "id": id, "object": "tax_rate", "active": True, "country": country, "created": NOW - 400 * DAY,
        "description": None, "display_name": "VAT", "effective_percentage": percentage, "inclusive": True,
        "jurisdiction": country, "livemode": False, "metadata": {}, "percentage": percentage,
        "tax_type": "vat", **more,
    }  # fmt: skip


def tax_id(id: str, customer: str, value: str, **more: Any) -> Object:
    return {
        "id": id, "object": "tax_id", "country": value[:2], "created": NOW - 90 * DAY, "customer": customer,
        "livemode": False, "type": "eu_vat", "value": value,
        "verification": {"status": "verified", "verified_address": None, "verified_name": None}, **more,
    }  # fmt: skip


def invoice_payment(id: str, invoice: str, payment_intent: str, paid: int, currency: str = "eur") -> Object:
    return {
        "id": id, "object": "invoice_payment", "amount_paid": paid, "amount_requested": paid,
        "created": NOW - 10 * DAY, "currency": currency, "invoice": invoice, "is_default": True, "livemode": False,
        "payment": {"payment_intent": payment_intent, "type": "payment_intent"}, "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": NOW - 10 * DAY},
    }  # fmt: skip


def dispute(id: str, charge: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    return {
        "id": id, "object": "dispute", "amount": amount, "balance_transactions": [], "charge": charge,
        "created": NOW - 3 * DAY, "currency": currency,
        "evidence_details": {
            "due_by": NOW + 7 * DAY, "has_evidence": False, "past_due": False, "submission_count": 0,
        },
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "reason": "fraudulent",
        "status": "needs_response", **more,
    }  # fmt: skip


def balance_transaction(id: str, source: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    fee = more.get("fee", 0)
    return {
        "id": id, "object": "balance_transaction", "amount": amount, "available_on": NOW - 8 * DAY,
        "created": NOW - 10 * DAY, "currency": currency, "description": None, "exchange_rate": None, "fee": fee,
        "fee_details": [], "net": amount - fee, "reporting_category": "charge", "source": source,
        "status": "available", "type": "charge", **more,
    }  # fmt: skip


def credit_note(
    id: str, customer: str, invoice: str, total: int, currency: str = "eur", **more: Any
) -> Object:
    return {
        "id": id, "object": "credit_note", "amount": total, "created": NOW - 2 * DAY, "currency": currency,
        "customer": customer, "invoice": invoice, "livemode": False, "metadata": {}, "number": f"CN-{id}",
        "reason": "order_change", "status": "issued", "total": total, **more,
    }  # fmt: skip


def payout(id: str, amount: int, currency: str = "eur", **more: Any) -> Object:
    return {
        "id": id, "object": "payout", "amount": amount, "arrival_date": NOW - DAY, "created": NOW - 3 * DAY,
        "currency": currency, "livemode": False, "metadata": {}, "status": "paid", **more,
    }  # fmt: skip


def coupon(id: str, **more: Any) -> Object:
    return {
        "id": id, "object": "coupon", "amount_off": None, "created": NOW - 90 * DAY, "currency": None,
        "duration": "once", "livemode": False, "metadata": {}, "name": "Welcome", "percent_off": 25.5,
        "valid": True, **more,
    }  # fmt: skip


def event(id: str, type: str, about: Object) -> Object:
    return {
        "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": NOW - DAY,
        "data": {"object": about}, "livemode": False, "type": type,
    }  # fmt: skip


def account(id: str, country: str, currency: str) -> Object:
    return {
        "id": id, "object": "account", "business_profile": {"name": "Lampa Studio"}, "country": country,
        "created": NOW - 900 * DAY, "default_currency": currency,
    }  # fmt: skip


def listed(data: list[Object]) -> Object:
    return {"object": "list", "data": data, "has_more": False, "url": "/v1/anything"}
