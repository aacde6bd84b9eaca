"""What the site sells and what it lets off: plans and coupons."""

from decimal import Decimal

from sandbox.recurly.books import Books
from sandbox.recurly.numbers import text
from sandbox.recurly.site import CURRENCIES
from sandbox.state import Json

# code: (name, months, EUR, GBP, USD)
PLANS = {
    "studio-monthly": ("Studio monthly", 1, "49.00", "45.00", "52.00"),
    "solo-monthly": ("Solo monthly", 1, "19.00", "17.50", "19.99"),
    "studio-yearly": ("Studio yearly", 12, "490.00", "450.00", "520.00"),
    "legacy-monthly": ("Legacy monthly", 1, "9.90", "8.90", "9.99"),
}

COUPONS: dict[str, Json] = {
    "WELCOME20": {"name": "Welcome, 20 % off", "discount": {"type": "percent", "percent": 20}},
    "FIVEOFF": {
        "name": "Five off",
        "discount": {
            "type": "fixed",
            "currencies": [{"currency": currency, "amount": "5.00"} for currency in CURRENCIES],
        },
    },
    "TENEURO": {
        "name": "Ten euro off",
        "discount": {"type": "fixed", "currencies": [{"currency": "EUR", "amount": "10.00"}]},
    },
}


def stock(books: Books) -> None:
    """Put the plans and coupons on the shelves."""
    for code, (name, months, *prices) in PLANS.items():
        amounts = zip(CURRENCIES, prices, strict=True)
        plan = {
            "id": books.new_id(), "object": "plan", "code": code, "name": name, "state": "active",
            "pricing_model": "fixed", "interval_unit": "months", "interval_length": months,
            "currencies": [
                {"currency": currency, "setup_fee": "0.00", "unit_amount": amount, "tax_inclusive": False}
                for currency, amount in amounts
            ],
            "setup_fees": [], "ramp_intervals": [], "description": None, "trial_unit": "days",
            "trial_length": 0, "trial_requires_billing_info": True, "total_billing_cycles": None,
            "auto_renew": True, "tax_code": "digital", "tax_exempt": False, "deleted_at": None,
        }  # fmt: skip
        books.add("plan", plan, code=code)
    for code, about in COUPONS.items():
        coupon = {
            "id": books.new_id(), "object": "coupon", "code": code, "name": about["name"],
            "state": "redeemable", "max_redemptions": None, "max_redemptions_per_account": None,
            "unique_coupon_codes_count": 0, "duration": "forever", "applies_to_all_plans": True,
            "applies_to_all_items": False, "applies_to_non_plan_charges": False, "plans": [], "items": [],
            "redemption_resource": "account", "discount": about["discount"], "coupon_type": "single_code",
            "redeem_by": None, "redeem_by_interval_unit": None,
            "redeem_by_interval_amount": None, "expired_at": None,
        }  # fmt: skip
        books.add("coupon", coupon, code=code)


def by_code(books: Books, kind: str, code: str) -> Json:
    """Return a plan or coupon by its code.

    Raises:
        LookupError: there is none.
    """
    found = books.linked(kind, "code", code)
    if not found:
        raise LookupError(f"no {kind} {code}")
    return found[0]


def price(plan: Json, currency: str) -> Decimal:
    """Return what a plan costs a period."""
    return next(Decimal(p["unit_amount"]) for p in plan["currencies"] if p["currency"] == currency)


def discount(coupon: Json, amount: Decimal, currency: str) -> Decimal:
    """Return what a coupon takes off an amount."""
    about = coupon["discount"]
    if about["type"] == "percent":
        return Decimal(text(amount * about["percent"] / 100))
    fixed = next(Decimal(entry["amount"]) for entry in about["currencies"] if entry["currency"] == currency)
    return min(fixed, amount)
