"""What was agreed in a sale decides how much tax is inside a payment, a refund or a credit of it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox import bills, finance
from sandbox.bills import Bill
from sandbox.finance import Desk, TaxPart
from sandbox.state import State

AT = 1_760_277_900  # 12 October 2025, 14:05 UTC
SALE = Bill(
    "EUR",
    "PL",
    Decimal("168.00"),
    (
        TaxPart("PL", "23.0000", "inclusive", Decimal("39.84"), Decimal("9.16")),
        TaxPart("PL", "19.0000", "exclusive", Decimal("100.00"), Decimal("19.00")),
    ),
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "sandbox.sqlite")


@pytest.fixture
def desk(state: State) -> Desk:
    return Desk(state, "paypal", "paypal_main", AT)


def shown(state: State, name: str, *keys: str) -> dict[tuple[Any, ...], int]:
    return {tuple(row[key] for key in keys): row["minor"] for row in finance.show(state, AT)[name]}


def test_a_payment_and_a_refund_carry_their_share_of_the_tax(state: State, desk: Desk) -> None:
    SALE.received(desk, Decimal("168.00"))
    SALE.given_back(desk, Decimal("42.00"))
    SALE.disputed(desk, Decimal("10.00"))
    found = shown(state, "revenue", "day", "country", "measure")
    day = ("2025-10-12", "PL")
    assert found == {
        (*day, "gross"): 16800,
        (*day, "refunds"): 4200,
        (*day, "disputes"): 1000,
        (*day, "tax"): 2816 - 704,
    }


def test_taxes_are_owed_and_taken_back_rate_by_rate(state: State, desk: Desk) -> None:
    SALE.owes(desk)
    SALE.owes_for(desk, Decimal("-42.00"))
    assert shown(state, "tax", "rate", "category", "measure") == {
        ("23.0000", "inclusive", "taxable"): 3984 - 996,
        ("23.0000", "inclusive", "taxed"): 916 - 229,
        ("19.0000", "exclusive", "taxable"): 10000 - 2500,
        ("19.0000", "exclusive", "taxed"): 1900 - 475,
    }
    SALE.owes(desk, -1)
    SALE.owes_for(desk, Decimal("42.00"))
    assert set(shown(state, "tax", "rate", "category", "measure").values()) == {0}


def test_half_a_cent_is_rounded_away_from_zero_whatever_the_fraction() -> None:
    """7/30 has no end as a decimal, 7/30 of 0.15 is exactly 0.035."""
    part = TaxPart("DE", "19.0000", "exclusive", Decimal("0.15"), Decimal("0.03"))
    share = part.share(Decimal("0.07"), Decimal("0.30"), "EUR")
    assert (share.base, share.amount) == (Decimal("0.04"), Decimal("0.01"))
    back = part.share(Decimal("-0.07"), Decimal("0.30"), "EUR")
    assert (back.base, back.amount) == (Decimal("-0.04"), Decimal("-0.01"))
    yen = TaxPart("JP", "10.0000", "inclusive", Decimal(75), Decimal(5)).share(Decimal(1), Decimal(2), "JPY")
    assert (yen.base, yen.amount) == (Decimal(38), Decimal(3))


def test_a_sale_over_nothing_has_no_tax_in_it(state: State, desk: Desk) -> None:
    free = Bill("JPY", None, Decimal(0), SALE.parts)
    free.received(desk, Decimal(0))
    free.owes(desk)
    assert finance.show(state, AT) == {"revenue": [], "tax": [], "mrr": []}


def test_a_bill_is_found_again_as_it_was_kept(state: State) -> None:
    bills.keep(state, "paypal_main", "order:1", SALE)
    assert bills.find(state, "paypal_main", "order:1") == SALE
    with pytest.raises(LookupError, match="order:2"):
        bills.find(state, "paypal_main", "order:2")
