"""Tax out of gross amounts in whole minor units, half a unit rounded up in size; parts always add up."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal

from billing.errors import Terminal
from invoices.sharing import rounded


class BadRate(Terminal):
    """A tax rate that is none; the text shows it."""


def split(gross_minor: int, rate_percent: Decimal) -> tuple[int, int]:
    """Return (net, tax) of a gross amount: they add up to it, and the tax is within half a unit of the exact one.

    Raises:
        BadRate: the rate is no number from 0 to 100.
    """
    tax = half_up(gross_minor * _share(rate_percent))
    return gross_minor - tax, tax


def split_lines(
    gross: Sequence[int], rate_percent: Decimal, *, rounding: Literal["line", "document"]
) -> list[tuple[int, int]]:
    """Return (net, tax) of each line of one rate.

    By "line" each is rounded alone. By "document" the taxes add up to the tax of the sum, and each is the exact one
    rounded up or down: the units that are left go to the lines that lost most, the first of equals.

    Raises:
        BadRate: the rate is no number from 0 to 100.
    """
    if rounding == "line":
        return [split(amount, rate_percent) for amount in gross]
    _, whole = split(sum(gross), rate_percent)
    taxes = rounded([amount * _share(rate_percent) for amount in gross], whole)
    return [(amount - tax, tax) for amount, tax in zip(gross, taxes, strict=True)]


def _share(rate_percent: Decimal) -> Fraction:
    """Return which part of a gross amount is tax: 23 percent of the net is 23/123 of the gross."""
    if not rate_percent.is_finite() or not 0 <= rate_percent <= 100:
        raise BadRate(f"{rate_percent} is no tax rate: it must be a number of percent from 0 to 100.")
    rate = Fraction(rate_percent)
    return rate / (100 + rate)


def half_up(exact: Fraction) -> int:
    """Round to a whole unit, half a unit up in size."""
    size = floor(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size
