"""Money is exact, knows its currency's decimals, and never meets a float."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import Money, MoneyError, exponent

CURRENCIES = ["EUR", "USD", "GBP", "PLN", "JPY", "KWD", "ISK", "BHD", "CLF", "HUF"]
currencies = st.sampled_from(CURRENCIES)
minors = st.integers(min_value=-(10**15), max_value=10**15)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (2900, "EUR", "29.00 EUR"),
        (5400, "JPY", "5,400 JPY"),
        (12500, "KWD", "12.500 KWD"),
        (6900, "ISK", "6,900 ISK"),
        (-1, "USD", "-0.01 USD"),
        (123456789012345678, "EUR", "1,234,567,890,123,456.78 EUR"),
    ],
)
def test_money_is_shown_with_its_currencys_decimals(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor, currency)) == text


@pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("ISK", 0), ("KWD", 3), ("EUR", 2), ("eur", 2)])
def test_decimals_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@given(minors, currencies)
def test_what_is_shown_can_be_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(str(money.to_decimal()), currency) == money
    assert Money.of(money.to_decimal(), currency) == money
    assert Money.parse(str(money).rsplit(" ", 1)[0].replace(",", ""), currency) == money


@given(minors, minors, currencies)
def test_sums_are_exact_and_undo(a: int, b: int, currency: str) -> None:
    first, second = Money(a, currency), Money(b, currency)
    assert (first + second).minor == a + b
    assert first + second - second == first
    assert (-first).minor == -a
    assert (first < second) == (a < b)
    assert (first >= second) == (a >= b)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9), currencies)
def test_an_amount_is_kept_exactly_or_refused(major: Decimal, currency: str) -> None:
    try:
        money = Money.of(major, currency)
    except MoneyError:
        assert major.scaleb(exponent(currency)) % 1 != 0
    else:
        assert money.to_decimal() == major


@pytest.mark.parametrize("minor", [29.0, 2900.5, "2900", Decimal(2900), True, None])
def test_only_whole_numbers_are_minor_units(minor: object) -> None:
    with pytest.raises(MoneyError, match="whole numbers"):
        Money(minor, "EUR")  # type: ignore[arg-type]


def test_a_float_is_not_an_amount() -> None:
    with pytest.raises(MoneyError):
        Money.of(20.1, "EUR")  # type: ignore[arg-type]


def test_a_far_decimal_is_not_rounded_away() -> None:
    with pytest.raises(MoneyError, match="does not fit"):
        Money.of(Decimal("20." + "0" * 40 + "1"), "EUR")
    with pytest.raises(MoneyError):
        Money.of(Decimal("20." + "0" * 400 + "1"), "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("20", "EUR", 2000),
        ("20.5", "EUR", 2050),
        ("20,50", "EUR", 2050),
        (" 1 000.00 ", "EUR", 100000),
        ("12.5", "KWD", 12500),
        ("5400", "JPY", 5400),
        ("1.000", "KWD", 1000),
    ],
)
def test_people_may_write_amounts_in_their_ways(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("20.005", "EUR"),
        ("5400.5", "JPY"),
        ("69.00001", "ISK"),
        ("12.5001", "KWD"),
        ("1,000", "EUR"),
        ("1,000", "KWD"),
        ("1.000,00", "EUR"),
        ("", "EUR"),
        ("twenty", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1_000", "EUR"),
        ("1e3", "EUR"),
        ("٢٠", "EUR"),
    ],
)
def test_what_may_be_read_in_two_ways_or_does_not_fit_is_refused(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, currency)


@pytest.mark.parametrize("code", ["XXQ", "", "EURO", "XAU", "XTS"])
def test_a_currency_nobody_can_charge_is_refused(code: str) -> None:
    with pytest.raises(MoneyError):
        Money(1, code)


def test_two_currencies_never_meet_in_one_sum() -> None:
    with pytest.raises(MoneyError, match="EUR and USD"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(MoneyError, match="cannot be mixed"):
        _ = Money(1, "EUR") < Money(1, "JPY")
    assert Money(1, "EUR") != Money(1, "USD")


def test_the_code_is_folded_to_upper_case() -> None:
    assert Money(1, "eur") == Money(1, "EUR")


def test_readers_see_their_own_signs() -> None:
    assert Money(2900, "EUR").localized() == "€29.00"
    assert Money(5400, "JPY").localized("ja_JP") == "￥5,400"
    assert Money(12500, "KWD").localized("en_GB") == "KWD12.500"
