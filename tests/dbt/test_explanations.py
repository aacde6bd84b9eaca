"""Why was I charged? One sentence from data alone, and a count of the charges that have none."""

from typing import Any

import pytest

from tests.dbt import stripe_objects as stripe
from tests.dbt.company import raw_rows
from tests.dbt.conftest import Built
from tests.dbt.warehouse import OF_STRIPE, Warehouse

LATER = "20261123T190000.000000"


def told(warehouse: Warehouse, charge: str) -> dict[str, Any]:
    [row] = warehouse.rows(f"select * from marts.charge_explanations where charge_ref like '%:{charge}'")
    return row


@pytest.mark.parametrize(
    ("charge", "kind", "sentence"),
    [
        ("ch_maria", "renewal", "Renewal of Pro monthly, 12 Nov - 12 Dec, incl. 9.16 EUR VAT (23 %)"),
        (
            "ch_spring",
            "first_payment",
            "First payment for Pro monthly, 12 Nov - 12 Dec, incl. 8.23 EUR VAT (23 %), coupon SPRING -5.00 EUR",
        ),
        ("ch_upgrade", "proration", "Change from Pro monthly to Team monthly, 12 Nov - 12 Dec"),
        ("ch_otto2", "one_off", "Invoice LAMPA-otto2: Pro monthly"),
        ("ch_full", "one_off", "Sticker"),
        ("ch_guest", "unexplained", "Charge without an invoice or description"),
    ],
)
def test_the_sentence_of_a_charge(charge: str, kind: str, sentence: str, on_duckdb: Built) -> None:
    row = told(on_duckdb[0], charge)
    assert (row["kind"], row["sentence"]) == (kind, sentence)
    assert row["is_explained"] == (kind != "unexplained")


def test_the_parts_of_a_sentence(on_duckdb: Built) -> None:
    row = told(on_duckdb[0], "ch_spring")
    parts = (
        row["plan_name"],
        row["tax_minor"],
        row["tax_rate_percent"],
        row["coupon_code"],
        row["discount_minor"],
    )
    assert parts == ("Pro monthly", 823, 23, "SPRING", 500)
    assert told(on_duckdb[0], "ch_upgrade")["proration_change"] == "from Pro monthly to Team monthly"


def test_charges_without_an_explanation_are_counted_and_hold_nothing_back(on_duckdb: Built) -> None:
    [count] = on_duckdb[0].rows("select count(*) as n from marts.charge_explanations where not is_explained")
    name = "charges_are_explained_charge_explanations_"
    assert on_duckdb[1].statuses[name] == "warn"
    assert on_duckdb[1].failures[name].startswith(f"Got {count['n']} results")


def test_a_renewal_without_an_explanation_is_an_error(company_built: Warehouse) -> None:
    empty = stripe.invoice("in_maria", "cus_maria", [], subscription="sub_maria", total=4900)
    company_built.load(raw_rows({"stripe_eu": [empty]}, LATER))
    outcome = company_built.dbt(*OF_STRIPE)
    name = "renewals_are_explained_charge_explanations_"
    assert outcome.statuses[name] == "fail"
    assert "ch_maria" in outcome.failures[name]
