"""Made-up charges in the shape and size of Stripe's, for measuring alone: no money is computed from them."""

import random
from collections.abc import Iterator
from typing import Any


def charges(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield `count` charges of about 1.2 kB of JSON each."""
    chance = random.Random(seed)
    for number in range(count):
        amount = chance.randrange(100, 500_000)
        yield {
            "id": f"ch_{number:016d}",
            "object": "charge",
            "amount": amount,
            "amount_captured": amount,
            "amount_refunded": 0,
            "balance_transaction": f"txn_{number:016d}",
            "billing_details": {
                "address": _ADDRESS,
                "email": f"person{number}@example.com",
                "name": "Person",
            },
            "captured": True,
            "created": 1_700_000_000 + number,
            "currency": chance.choice(["eur", "usd", "gbp"]),
            "customer": f"cus_{number % max(1, count // 10):012d}",
            "description": "Subscription update",
            "disputed": False,
            "invoice": None,
            "livemode": False,
            "metadata": {"order": str(number), "channel": "web"},
            "outcome": {
                "network_status": "approved_by_network",
                "risk_level": "normal",
                "type": "authorized",
            },
            "paid": True,
            "payment_intent": f"pi_{number:016d}",
            "payment_method_details": {"card": _CARD, "type": "card"},
            "receipt_email": None,
            "refunded": False,
            "status": "succeeded",
        }


_ADDRESS = {
    "city": "Berlin",
    "country": "DE",
    "line1": "Oranienstr. 25",
    "postal_code": "10999",
    "state": None,
}
_CARD = {
    "brand": "visa",
    "checks": {"address_line1_check": "pass", "cvc_check": "pass"},
    "country": "DE",
    "exp_month": 4,
    "exp_year": 2030,
    "fingerprint": "Xt5EWLLDS7FJjR1c",
    "funding": "credit",
    "last4": "4242",
    "network": "visa",
}
