"""Stripe's minor units against ISO 4217's: exact both ways, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from billing.money import Money, MoneyError, exponent
from gateways.exponents import from_money, gateway_exponent, to_money

CURRENCIES = sorted(one.code for one in Currency if one.exponent is not None)
amounts = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (4900, "eur", Money(4900, "EUR")),
        (5400, "jpy", Money(5400, "JPY")),
        (12500, "kwd", Money(12500, "KWD")),
        (690000, "isk", Money(6900, "ISK")),
        (500, "UGX", Money(5, "UGX")),
        (3, "mga", Money(300, "MGA")),
        (-100, "isk", Money(-1, "ISK")),
        (0, "isk", Money(0, "ISK")),
    ],
)
def test_stripe_amounts(amount: int, currency: str, money: Money) -> None:
    assert to_money("stripe", amount, currency) == money
    assert from_money("stripe", money) == amount


@pytest.mark.parametrize(("amount", "currency"), [(690050, "isk"), (1, "ugx"), (-101, "isk")])
def test_a_part_of_a_minor_unit_is_refused(amount: int, currency: str) -> None:
    with pytest.raises(MoneyError, match=str(amount)):
        to_money("stripe", amount, currency)


def test_money_that_stripe_counts_in_larger_units_is_refused() -> None:
    with pytest.raises(MoneyError, match="larger units"):
        from_money("stripe", Money(150, "MGA"))


@pytest.mark.parametrize("currency", ["XAU", "nonsense", ""])
def test_what_is_no_money_is_refused(currency: str) -> None:
    with pytest.raises(MoneyError):
        to_money("stripe", 100, currency)


@given(amounts, st.sampled_from(CURRENCIES))
def test_money_comes_back_from_stripe_exactly_or_not_at_all(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    try:
        amount = from_money("stripe", money)
    except MoneyError:
        assert gateway_exponent("stripe", currency) < exponent(currency)
        return
    assert to_money("stripe", amount, currency) == money


@given(amounts, st.sampled_from(CURRENCIES))
def test_an_amount_comes_back_from_us_exactly_or_not_at_all(amount: int, currency: str) -> None:
    try:
        money = to_money("stripe", amount, currency)
    except MoneyError:
        assert amount % 10 ** (gateway_exponent("stripe", currency) - exponent(currency))
        return
    assert from_money("stripe", money) == amount


@given(amounts, amounts, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_sums_agree_on_both_sides(one: int, other: int, currency: str) -> None:
    both = to_money("stripe", one, currency) + to_money("stripe", other, currency)
    assert from_money("stripe", both) == one + other
