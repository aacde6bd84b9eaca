"""Money: whole minor units of an ISO 4217 currency. No float enters or leaves; Decimal at the edges only.

A gateway's own idea of minor units (Stripe sends ISK times 100) is converted where that gateway is read,
never here.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, Overflow
from functools import cache

from babel.numbers import format_currency
from iso4217 import Currency

from billing.errors import Terminal

_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")  # no exponents, no digits of other scripts
_EXACT = Context(prec=60, traps=[Inexact, Overflow])  # more digits than any amount has; never rounds silently


class MoneyError(Terminal):
    """An amount that is not money: unknown currency, too many decimals, or two currencies in one sum."""


@cache
def exponent(currency: str) -> int:
    """Return how many decimals ISO 4217 gives a currency (EUR 2, JPY 0, KWD 3).

    Raises:
        MoneyError: the code is unknown, or names no currency with a minor unit (XAU, XTS ...).
    """
    try:
        digits = Currency(currency.upper()).exponent
    except ValueError as cause:
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code.") from cause
    if digits is None:
        raise MoneyError(f"{currency} has no minor unit, so it cannot be charged or refunded.")
    return int(digits)


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """`minor` whole minor units of `currency` (upper-case ISO 4217): Money(2900, "EUR") is 29.00 EUR."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise MoneyError(f"Minor units are whole numbers, not {self.minor!r}.")
        if self.currency != self.currency.upper():
            object.__setattr__(self, "currency", self.currency.upper())
        exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read what a person typed ("20", "20.5", "20,50") as exact money.

        Raises:
            MoneyError: not a plain number, or more decimals than the currency has. Nothing is rounded.
        """
        cleaned = text.strip().replace(" ", "").replace("\u00a0", "")
        if "," in cleaned and "." not in cleaned and cleaned.count(",") == 1:
            cleaned = _decimal_comma(cleaned, currency)
        if not _AMOUNT.fullmatch(cleaned):
            raise MoneyError(f"{text!r} is not an amount. Write it like 29.00.")
        return cls.of(Decimal(cleaned), currency)

    @classmethod
    def of(cls, major: Decimal, currency: str) -> "Money":
        """Turn an exact Decimal of major units (29.00) into Money.

        Raises:
            MoneyError: the value has more decimals than the currency, or is not finite.
        """
        if not isinstance(major, Decimal) or not major.is_finite():
            raise MoneyError(f"{major} is not an amount.")
        digits = exponent(currency)
        try:
            return cls(int(_EXACT.to_integral_exact(_EXACT.scaleb(major, digits))), currency)
        except (Inexact, Overflow) as cause:
            raise MoneyError(
                f"{major} does not fit {currency.upper()}, which has {digits} decimals."
            ) from cause

    def to_decimal(self) -> Decimal:
        """Return major units as an exact Decimal with the currency's own number of decimals."""
        return _EXACT.scaleb(Decimal(self.minor), -exponent(self.currency))

    def __str__(self) -> str:
        return f"{self.to_decimal():,.{exponent(self.currency)}f} {self.currency}"

    def localized(self, locale: str = "en_GB") -> str:
        """Format for a reader of that locale, with the currency's sign: "€29.00"."""
        return format_currency(self.to_decimal(), self.currency, locale=locale)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other).minor

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise MoneyError(f"{self.currency} and {other.currency} cannot be mixed in one sum.")
        return other


def _decimal_comma(text: str, currency: str) -> str:
    """Read "20,50" as 20.50, but refuse "1,000", which may mean one thousand or one."""
    _, _, decimals = text.partition(",")
    if len(decimals) == 3:
        raise MoneyError(
            f"{text!r} can be read in two ways. Write 1000 or 1.000 without a comma ({currency})."
        )
    return text.replace(",", ".")
