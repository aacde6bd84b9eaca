"""Amounts: exact decimals inside, kept as text; JSON floats in major units outside, as Recurly writes them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

_CENT = Decimal("0.01")  # EUR, GBP and USD all have two decimals
_NUMBERS = frozenset(
    {
        "add_ons_total", "amount", "available_credit_amount", "balance", "credit_applied", "discount",
        "discounted", "paid", "processing_prepayment_amount", "proration_rate", "rate", "refundable_amount",
        "setup_fee", "subtotal", "subtotal_after_discount", "tax", "total", "unit_amount",
    }
)  # fmt: skip


def rounded(amount: Decimal) -> Decimal:
    """Round to whole cents, halves up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def text(amount: Decimal) -> str:
    """Write an amount for the sandbox's memory."""
    return str(rounded(amount))


def dump(thing: Any) -> bytes:
    """Write an answer as JSON; amounts, which are texts inside, become floats: "49.00" is 49.0."""
    return orjson.dumps(_shown(thing, ""))


def _shown(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _shown(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_shown(part, name) for part in value]
    if isinstance(value, str) and name in _NUMBERS:
        digits = format(Decimal(value).normalize(), "f")
        return orjson.Fragment(digits if "." in digits else f"{digits}.0")
    return value
