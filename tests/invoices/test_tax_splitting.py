"""Tax out of gross amounts: to the minor unit, whatever the currency."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from billing.money import Money, exponent
from invoices.tax import BadRate, split, split_lines

KNOWN = [Decimal(text) for text in ("0", "5", "19", "23", "25.5", "27")]
RATES = st.decimals(0, 100, places=4) | st.sampled_from(KNOWN)
CURRENCIES = sorted(currency.code for currency in Currency if currency.exponent is not None)
AMOUNTS = st.integers(-(10**15), 10**15)


def exact(gross: int, rate: Decimal) -> Fraction:
    return gross * Fraction(rate) / (100 + Fraction(rate))


@given(AMOUNTS, RATES)
def test_net_and_tax_are_the_gross_and_the_tax_is_within_half_a_unit(gross: int, rate: Decimal) -> None:
    net, tax = split(gross, rate)
    assert net + tax == gross
    assert abs(tax - exact(gross, rate)) <= Fraction(1, 2)
    assert split(-gross, rate) == (-net, -tax)


@given(
    st.integers(0, 10**9),
    RATES,
    st.sampled_from(CURRENCIES),
)
def test_parts_add_up_as_money_of_every_currency(units: int, rate: Decimal, currency: str) -> None:
    gross = Money(units, currency)
    net, tax = (Money(part, currency) for part in split(gross.minor, rate))
    assert net.to_decimal() + tax.to_decimal() == gross.to_decimal()
    assert -(tax.to_decimal().as_tuple().exponent) == exponent(currency)


@given(st.lists(AMOUNTS, max_size=30), RATES)
def test_lines_add_up_to_the_document(gross: list[int], rate: Decimal) -> None:
    lines = split_lines(gross, rate, rounding="document")
    assert [net + tax for net, tax in lines] == gross
    assert sum(tax for _, tax in lines) == split(sum(gross), rate)[1]
    for amount, (_, tax) in zip(gross, lines, strict=True):
        assert abs(tax - exact(amount, rate)) < 1 or not exact(amount, rate)


@given(st.lists(AMOUNTS, max_size=30), RATES)
def test_by_line_each_is_rounded_alone(gross: list[int], rate: Decimal) -> None:
    assert split_lines(gross, rate, rounding="line") == [split(amount, rate) for amount in gross]


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [
        (12300, "23", 10000, 2300),
        (100, "19", 84, 16),
        (1, "100", 0, 1),
        (999, "0", 999, 0),
        (5000, "25.5", 3984, 1016),
    ],
)
def test_known_amounts(gross: int, rate: str, net: int, tax: int) -> None:
    assert split(gross, Decimal(rate)) == (net, tax)


def test_ways_of_rounding_differ_by_what_is_lost_on_each_line() -> None:
    gross = [10, 10, 10]  # 1.597 of tax each, 4.79 together
    assert [tax for _, tax in split_lines(gross, Decimal(19), rounding="line")] == [2, 2, 2]
    assert [tax for _, tax in split_lines(gross, Decimal(19), rounding="document")] == [2, 2, 1]


def test_a_free_line_bears_no_tax() -> None:
    assert split_lines([0, 10, 0, 10], Decimal(19), rounding="document")[0::2] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("rate", ["-1", "100.01", "NaN", "Infinity"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(BadRate, match="from 0 to 100"):
        split(100, Decimal(rate))
