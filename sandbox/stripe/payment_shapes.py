"""Payment intents, charges and balance transactions in the shape of Stripe's API."""

from typing import Any

from sandbox.state import Json

CARD: Json = {
    "brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2030, "country": "US", "funding": "credit"
}  # fmt: skip


_EMPTY_INTENT = (
    "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer",
    "description", "last_payment_error", "latest_charge", "next_action", "on_behalf_of", "payment_method",
    "processing", "receipt_email", "review", "setup_future_usage", "shipping", "source",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip


def intent(id: str, at: int, amount: int, currency: str, **given: Any) -> Json:
    """Return a payment intent (amount in Stripe's minor units) that waits for a payment method."""
    return {
        **dict.fromkeys(_EMPTY_INTENT),
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{id[-10:]}",
        "confirmation_method": "automatic",
        "created": at,
        "currency": currency,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        **given,
    }


_EMPTY_CHARGE = (
    "application", "application_fee", "application_fee_amount", "balance_transaction",
    "failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of", "receipt_number",
    "review", "shipping", "source", "source_transfer", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip


def charge(id: str, at: int, intent: Json, card: Json, billing: Json) -> Json:
    """Return a charge that was let through and not captured yet."""
    known = {name: card[name] for name in CARD}
    return {
        **dict.fromkeys(_EMPTY_CHARGE),
        "id": id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": billing,
        "calculated_statement_descriptor": "LAMPA STUDIO",
        "captured": False,
        "created": at,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "risk_score": 7,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": card.get("id"),
        "payment_method_details": {
            "card": {
                **known,
                "amount_authorized": intent["amount"],
                "checks": {
                    "address_line1_check": None,
                    "address_postal_code_check": None,
                    "cvc_check": "pass",
                },
                "extended_authorization": {"status": "disabled"},
                "fingerprint": f"{card['brand']}{card['last4']}",
                "incremental_authorization": {"status": "unavailable"},
                "installments": None,
                "mandate": None,
                "multicapture": {"status": "unavailable"},
                "network": card["brand"],
                "network_token": {"used": False},
                "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
                "three_d_secure": None,
                "wallet": None,
            },
            "type": "card",
        },
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{id}",
        "refunded": False,
        "status": "succeeded",
    }


def balance_transaction(
    id: str,
    at: int,
    type: str,
    source: str,
    currency: str,
    amount: int,
    fee: int,
    available_on: int,
    *,
    status: str = "pending",
    category: str | None = None,
    description: str | None = None,
) -> Json:
    """Return a movement of the account's balance; amount and fee in Stripe's minor units."""
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": at,
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [details] if fee else [],
        "net": amount - fee,
        "reporting_category": category or type,
        "source": source,
        "status": status,
        "type": type,
    }
