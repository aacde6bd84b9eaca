"""What the rules say and split makes documents that EN 16931 accepts."""

from datetime import date
from decimal import Decimal

import pytest

from billing.settings_documents import TaxRules
from invoices import einvoice
from invoices.snapshot import Buyer, Category, Issued, Tax, TaxIdState
from invoices.tax import normal, split_lines, tax_id_state, treat
from tests.invoices.issued import BUYER, SELLER, issued, line

DAY = date(2026, 10, 12)
OSS = TaxRules(oss=True)
GST = TaxRules(collects={"AU": Decimal(10)})
AUSTRALIAN = SELLER.model_copy(update={"country": "AU", "tax_id": "83914571673"})


def made(
    gross: list[int], seller_country: str, buyer: Buyer, rules: TaxRules, rounding: str = "document"
) -> Issued:
    """Issue what the rules say about one buyer."""
    state = tax_id_state(buyer.tax_id, buyer.country)
    tax = treat(seller_country, buyer.country, state, DAY, rules)
    rate = f"{tax.rate_percent:f}"
    parts = split_lines(gross, tax.rate_percent, rounding="line" if rounding == "line" else "document")
    taxed = Tax(
        name=tax.name,
        rate_percent=rate,
        taxable_minor=sum(net for net, _ in parts),
        tax_minor=sum(part for _, part in parts),
        category=tax.category,
        reason=tax.reason,
    )
    number = normal(buyer.tax_id, buyer.country) if buyer.tax_id else None
    return issued(
        lines=[line(net, rate, tax.category) for net, _ in parts],
        taxes=[taxed],
        seller=AUSTRALIAN if seller_country == "AU" else SELLER,
        buyer=buyer.model_copy(update={"tax_id": number, "tax_id_state": state}),
    )


@pytest.mark.parametrize(
    ("seller", "country", "tax_id", "rules", "category"),
    [
        ("DE", "DE", None, OSS, "S"),
        ("DE", "FI", None, OSS, "S"),
        ("DE", "AT", None, TaxRules(), "S"),
        ("DE", "AT", "U13585627", OSS, "AE"),  # without its prefix, as people type it
        ("DE", "GR", "094259216", OSS, "AE"),
        ("DE", "US", None, OSS, "G"),
        ("DE", "GB", "GB980780684", OSS, "G"),
        ("AU", "AU", "83914571673", GST, "S"),
        ("AU", "JP", None, GST, "Z"),
        ("DE", "DE", None, TaxRules(collects={}), "O"),
    ],
)
def test_each_treatment_makes_a_valid_invoice(
    seller: str, country: str, tax_id: str | None, rules: TaxRules, category: str
) -> None:
    buyer = BUYER.model_copy(update={"country": country, "tax_id": tax_id})
    document = made([4900, 1999, 1], seller, buyer, rules)
    assert document.taxes[0].category == category
    assert document.total_minor == 6900
    assert einvoice.problems(einvoice.cii(document)) == []


@pytest.mark.parametrize("rounding", ["line", "document"])
def test_many_small_lines_stay_within_the_rules_of_the_standard(rounding: str) -> None:
    buyer = BUYER.model_copy(update={"country": "FI", "tax_id": None})
    document = made([3, 7, 11, 13] * 20, "DE", buyer, OSS, rounding)
    assert document.taxes[0].category is Category.STANDARD
    assert document.buyer.tax_id_state is TaxIdState.NONE
    assert einvoice.problems(einvoice.cii(document)) == []
