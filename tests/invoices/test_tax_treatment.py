"""Which tax a supply bears: by who sells, who buys, the day, and what the entity collects."""

from datetime import date
from decimal import Decimal

import pytest

from billing.errors import ConfigError
from billing.settings_documents import TaxRules
from invoices.snapshot import Category, TaxIdState
from invoices.tax import REVERSE_CHARGE, UnmappedReason, category_of, treat
from invoices.tax.rates import NoVatRate, _seed, eu_rate

DAY = date(2026, 10, 12)
HOME, OSS = TaxRules(), TaxRules(oss=True)
GOOD, NONE = TaxIdState.WELL_FORMED, TaxIdState.NONE
GST = TaxRules(collects={"AU": Decimal(10), "NZ": Decimal(15)})
MANY = TaxRules(collects={"PL": Decimal(23), "GB": Decimal(20)}, oss=True)


@pytest.mark.parametrize(
    ("seller", "buyer", "state", "rules", "category", "rate", "name"),
    [
        ("PL", "PL", NONE, HOME, "S", "23", "VAT"),
        ("PL", "PL", GOOD, HOME, "S", "23", "VAT"),  # a business at home pays as anybody
        ("PL", "DE", NONE, HOME, "S", "23", "VAT"),
        ("PL", "DE", NONE, OSS, "S", "19", "VAT"),
        ("PL", "FI", TaxIdState.MALFORMED, OSS, "S", "25.5", "VAT"),
        ("PL", "DE", TaxIdState.INVALID, OSS, "S", "19", "VAT"),
        ("PL", "DE", GOOD, OSS, "AE", "0", "VAT"),
        ("PL", "GR", TaxIdState.VALID, HOME, "AE", "0", "VAT"),
        ("PL", "el", TaxIdState.VALID, HOME, "AE", "0", "VAT"),
        ("PL", "MC", NONE, OSS, "S", "20", "VAT"),  # Monaco is France's tax territory
        ("PL", "US", NONE, OSS, "G", "0", "VAT"),
        ("PL", "US", GOOD, HOME, "G", "0", "VAT"),
        ("PL", "GB", NONE, HOME, "G", "0", "VAT"),
        ("PL", "GB", NONE, MANY, "S", "20", "VAT"),
        ("PL", "GB", GOOD, MANY, "G", "0", "VAT"),
        ("PL", "DE", NONE, MANY, "S", "19", "VAT"),
        ("PL", "DE", GOOD, MANY, "AE", "0", "VAT"),
        ("GB", "GB", NONE, TaxRules(collects={"GB": Decimal(20)}), "S", "20", "VAT"),
        ("GB", "DE", NONE, TaxRules(collects={"GB": Decimal(20)}), "Z", "0", "VAT"),
        ("AU", "AU", GOOD, GST, "S", "10", "GST"),
        ("AU", "NZ", NONE, GST, "S", "15", "GST"),
        ("AU", "NZ", GOOD, GST, "Z", "0", "GST"),
        ("AU", "JP", NONE, GST, "Z", "0", "GST"),
        ("US", "US", NONE, HOME, "O", "0", "VAT"),
        ("US", "DE", NONE, HOME, "O", "0", "VAT"),
        ("US", "DE", NONE, OSS, "S", "19", "VAT"),  # OSS is open to sellers outside the EU
        ("US", "DE", GOOD, OSS, "O", "0", "VAT"),
        ("AE", "AE", NONE, TaxRules(collects={"AE": Decimal(0)}), "Z", "0", "VAT"),
        ("PL", "PL", NONE, TaxRules(collects={}), "O", "0", "VAT"),
    ],
)
def test_treatment(
    seller: str, buyer: str, state: TaxIdState, rules: TaxRules, category: str, rate: str, name: str
) -> None:
    found = treat(seller, buyer, state, DAY, rules)
    assert (found.category, found.rate_percent, found.name) == (category, Decimal(rate), name)
    if category in ("AE", "G", "O"):
        assert found.reason


def test_reverse_charge_is_named_as_gateways_name_it() -> None:
    assert treat("PL", "DE", GOOD, DAY, HOME).reason == REVERSE_CHARGE


@pytest.mark.parametrize("buyer", [None, "", "ZZ", "Polska", "<b>"])
def test_a_buyer_of_unknown_country_is_taxed_as_at_home_and_the_reason_says_so(buyer: str | None) -> None:
    found = treat("PL", buyer, GOOD, DAY, OSS)
    assert (found.category, found.rate_percent) == (Category.STANDARD, Decimal(23))
    assert found.reason is not None
    assert "country" in found.reason
    assert "PL" in found.reason


def test_a_seller_without_a_country_is_told_how_to_mend_it() -> None:
    with pytest.raises(ConfigError, match="ISO 3166"):
        treat("Polen", "DE", NONE, DAY, HOME)


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("DE", "2020-06-30", "19"),
        ("DE", "2020-07-01", "16"),
        ("DE", "2020-12-31", "16"),
        ("DE", "2021-01-01", "19"),
        ("EE", "2025-06-30", "22"),
        ("EE", "2025-07-01", "24"),
        ("IE", "2021-02-28", "21"),
        ("LU", "2023-12-31", "16"),
        ("RO", "2025-08-01", "21"),
        ("SK", "2024-12-31", "20"),
        ("GB", "2020-12-31", "20"),
    ],
)
def test_rates_change_on_their_day(country: str, day: str, rate: str) -> None:
    assert eu_rate(country, date.fromisoformat(day)) == Decimal(rate)


def test_the_united_kingdom_is_outside_since_2021() -> None:
    assert treat("PL", "GB", NONE, date(2020, 12, 31), OSS).rate_percent == 20
    assert treat("PL", "GB", NONE, date(2021, 1, 1), OSS).category is Category.EXPORT


def test_all_members_have_one_rate_on_each_day() -> None:
    members = set(_seed()) - {"GB"}
    for year in range(2015, 2031):
        for month in range(1, 13):
            assert all(eu_rate(country, date(year, month, 1)) for country in members)
    assert len(members) == 27


def test_a_day_before_the_seed_is_an_error_and_no_wrong_rate() -> None:
    with pytest.raises(NoVatRate, match="known from 2015-01-01"):
        treat("PL", "DE", NONE, date(2014, 12, 31), OSS)


@pytest.mark.parametrize(
    ("reason", "rate", "tax", "category"),
    [
        ("standard_rated", "23", 230, "S"),
        ("reduced_rated", "5", None, "S"),
        ("portion_product_exempt", "23", 100, "S"),
        ("portion_product_exempt", "0", 0, "E"),
        ("reverse_charge", "19", 0, "AE"),
        ("reverse_charge", "0", None, "AE"),
        ("zero_rated", "0", 0, "Z"),
        ("customer_exempt", "19", 0, "E"),
        ("not_subject_to_tax", "0", 0, "O"),
        ("not_collecting", "0", 0, "O"),
        ("export", "0", 0, "G"),
        ("standard_rated", "23", 0, "S"),  # one cent's tax is none, and yet it is taxed
        ("a_new_word", "23", 230, "S"),
        (None, "19", 190, "S"),
        (None, "0", 0, "Z"),
        (None, None, None, "Z"),
    ],
)
def test_gateway_words_become_categories(
    reason: str | None, rate: str | None, tax: int | None, category: str
) -> None:
    assert category_of(reason, Decimal(rate) if rate else None, tax) == category


def test_an_unknown_reason_for_no_tax_is_named() -> None:
    with pytest.raises(UnmappedReason, match="'holy_goods'"):
        category_of("holy_goods", Decimal(0), 0)
