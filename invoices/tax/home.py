"""The tax in the seller's own currency, at the ECB's reference rate of the day."""

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

from billing.money import Money, exponent
from billing.rates import Rates
from invoices.snapshot import HomeTax

_SHOWN = Context(prec=10, rounding=ROUND_HALF_UP)
_EXACT = Context(prec=60)


def home_tax(
    tax_minor: int, currency: str, home: str, day: date, rates: Rates | None = None
) -> HomeTax | None:
    """Convert a tax to the `home` currency, None where there is no tax or it is in that currency already.

    The last rate published on or before `day` counts. It is stated with ten digits, and the tax is computed from it
    as stated, half a minor unit rounded up, so that a reader can follow. `rates`: the installation's own
    (refreshed, with stated ones), else the history that comes with the package.

    Raises:
        NoRate: one of the two has no rate; the text says how to state one.
        MoneyError: an unknown currency.
    """
    if currency == home or tax_minor == 0:
        return None
    found = (rates or Rates()).convert(Money(0, currency), home, day)
    rate = _SHOWN.plus(found.rate)
    return HomeTax(
        currency=home,
        tax_minor=at_rate(Money(tax_minor, currency), rate, home),
        rate=_plain(rate),
        source="ECB" if found.source == "ECB reference rate" else found.source,
        dated=found.rated_on.isoformat(),
    )


def at_rate(tax: Money, rate: Decimal, home: str) -> int:
    """Return a tax in minor units of `home`, at `rate` units of it for one of the tax's; half a unit rounded up."""
    major = _EXACT.multiply(tax.to_decimal(), rate)
    return int(_EXACT.scaleb(major, exponent(home)).to_integral_value(ROUND_HALF_UP))


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"
