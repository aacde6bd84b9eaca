"""Converts between a gateway's minor units and ISO 4217's, by gateway_currency_exponents.csv.

Most gateways count as ISO does; the seed lists where one does not (Stripe sends ISK and UGX times 100).
Nothing is ever rounded: an amount that does not fit is refused.
"""

from functools import cache

from billing.money import Money, MoneyError, exponent
from gateways import seeds


def to_money(gateway: str, amount: int, currency: str) -> Money:
    """Read an amount in the gateway's minor units: Stripe's 690000 isk are 6900 ISK.

    Raises:
        MoneyError: the currency is unknown, or the amount has a part smaller than ISO's minor unit.
    """
    shift = gateway_exponent(gateway, currency) - exponent(currency)
    if shift <= 0:
        return Money(amount * _power(-shift), currency)
    minor, rest = divmod(amount, _power(shift))
    if rest:
        raise MoneyError(
            f"{gateway} sent {amount} for {currency.upper()}, which is no whole minor unit of it."
        )
    return Money(minor, currency)


def from_money(gateway: str, money: Money) -> int:
    """Write an amount in the gateway's minor units: 6900 ISK are 690000 to Stripe.

    Raises:
        MoneyError: the gateway counts in coarser units than ISO and the amount does not fit them.
    """
    shift = gateway_exponent(gateway, money.currency) - exponent(money.currency)
    if shift >= 0:
        return money.minor * _power(shift)
    amount, rest = divmod(money.minor, _power(-shift))
    if rest:
        raise MoneyError(f"{gateway} cannot take {money}: it counts {money.currency} in larger units.")
    return amount


def gateway_exponent(gateway: str, currency: str) -> int:
    """Return how many decimals the gateway gives a currency: the seed's word, else ISO 4217's.

    Raises:
        MoneyError: neither knows the currency.
    """
    listed = _table().get((gateway, currency.upper()))
    return exponent(currency) if listed is None else listed


def _power(digits: int) -> int:
    return int(10**digits)


@cache
def _table() -> dict[tuple[str, str], int]:
    return {
        (row["gateway"], row["currency"].upper()): int(row["exponent"])
        for row in seeds.rows("gateway_currency_exponents")
    }
