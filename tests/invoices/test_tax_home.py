"""The tax in the seller's currency: at a published rate, from which a reader can follow it."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import exponent
from billing.rates import NoRate, Rates
from invoices.tax import home_tax

FRIDAY, SUNDAY = date(2024, 3, 15), date(2024, 3, 17)
CURRENCIES = st.sampled_from(["EUR", "PLN", "USD", "JPY", "GBP", "KRW", "ISK"])


def test_the_last_published_rate_counts_and_is_dated() -> None:
    found = home_tax(1900, "USD", "EUR", SUNDAY)
    assert found is not None
    assert (found.rate, found.source, found.dated) == ("0.9181050312", "ECB", "2024-03-15")  # 1 / 1.0892
    assert (found.currency, found.tax_minor) == ("EUR", 1744)


def test_a_rate_from_the_euro_is_as_published() -> None:
    found = home_tax(1900, "EUR", "PLN", FRIDAY)
    assert found is not None
    assert found.rate == "4.2953"
    assert found.tax_minor == 8161  # 81.6107


@given(st.integers(1, 10**12), CURRENCIES, CURRENCIES)
def test_the_tax_follows_from_the_rate_as_stated(tax: int, currency: str, home: str) -> None:
    found = home_tax(tax, currency, home, FRIDAY)
    if currency == home:
        assert found is None
        return
    assert found is not None
    exact = Decimal(tax).scaleb(exponent(home) - exponent(currency)) * Decimal(found.rate)
    assert found.tax_minor == int(exact.to_integral_value(ROUND_HALF_UP))


def test_no_tax_and_the_own_currency_need_no_rate() -> None:
    assert home_tax(0, "KWD", "EUR", FRIDAY) is None
    assert home_tax(100, "EUR", "EUR", FRIDAY) is None


def test_a_currency_without_a_rate_says_how_to_state_one_and_a_stated_one_is_told() -> None:
    with pytest.raises(NoRate, match=r"\[policy\.rates\]"):
        home_tax(1000, "KWD", "EUR", FRIDAY)
    found = home_tax(1000, "KWD", "EUR", FRIDAY, Rates(stated={"KWD": Decimal("3.01")}))
    assert found is not None
    assert (found.rate, found.tax_minor, found.source) == ("3.01", 301, "stated in [policy.rates]")
