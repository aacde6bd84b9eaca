"""What a gateway's account sells, for forms that offer it: plans, coupons, and the currencies of a customer."""

from typing import Any

from billing.warehouse.reader import Reader

Row = dict[str, Any]


def plans(reader: Reader, gateway: str, account: str) -> list[Row]:
    """Return the plans on sale, by name: product_id, name, price_minor and currency (None without a price)."""
    return reader.rows(_PLANS, {"gateway": gateway, "account": account})


def coupons(reader: Reader, gateway: str, account: str) -> list[Row]:
    """Return the coupons that can be applied, by name: coupon_id, code, name."""
    return reader.rows(_COUPONS, {"gateway": gateway, "account": account})


def currencies(reader: Reader, customer_ref: str) -> list[str]:
    """Return the currencies in which a customer was ever charged, in order."""
    return sorted({row["currency"] for row in reader.rows(_CURRENCIES, {"ref": customer_ref})})


_CURRENCIES = "select distinct currency from charges where customer_ref = $ref"
_PLANS = """
    select product_id, name, price_minor, currency from products
    where gateway = $gateway and account = $account and is_active order by name"""
_COUPONS = """
    select coupon_id, code, name from coupons
    where gateway = $gateway and account = $account and is_active order by name, code"""
