"""Amounts as Stripe sends them: whole numbers in Stripe's own minor units, which are not always ISO 4217's."""

from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_currency

_ZERO = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
_WHOLE = frozenset(("ISK", "UGX"))  # sent as two-decimal, though nobody can pay a part of one


def exponent(currency: str) -> int:
    """Return how many decimals Stripe's amounts of a currency have (EUR 2, JPY 0, KWD 3, ISK 2)."""
    code = currency.upper()
    return 0 if code in _ZERO else 3 if code in _THREE else 2


def units(major: Decimal, currency: str) -> int:
    """Turn major units (29.00) into Stripe's whole number (2900).

    Raises:
        ValueError: the amount has more decimals than the currency.
    """
    scaled = major.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{major} {currency} has more decimals than Stripe's amounts.")
    return int(scaled)


def major(amount: int, currency: str) -> Decimal:
    """Turn Stripe's whole number (2900) into major units (29.00)."""
    return Decimal(amount).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round to what can be paid in the currency: whole krónur, whole yen, dinars to 0.010; half away from zero."""
    code = currency.upper()
    step = "1" if code in _ZERO | _WHOLE else "0.01"
    return amount.quantize(Decimal(step), rounding=ROUND_HALF_UP)


def spoken(amount: int, currency: str) -> str:
    """Return an amount the way Stripe's error messages write it: "€29.00"."""
    return format_currency(major(amount, currency), currency.upper(), locale="en_US")
