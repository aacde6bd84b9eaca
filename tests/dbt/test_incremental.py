"""A second build takes in what changed in raw, all of it and nothing else."""

from typing import Any

import pytest

from tests.dbt import stripe_objects as stripe
from tests.dbt.company import raw_row, raw_rows
from tests.dbt.test_engines import MARTS, sorted_rows
from tests.dbt.warehouse import Warehouse

QUICK = ("build", "--exclude", "resource_type:unit_test")
LATER = "20261123T190000.000000"


def marts(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    return {mart: sorted_rows(warehouse, mart) for mart in MARTS}


@pytest.mark.slow
def test_changes_deletions_and_late_batches(company_built: Warehouse) -> None:
    warehouse = company_built
    first = marts(warehouse)
    batches = "select account, charge_id, batch_id from staging.staging.stg_stripe__charges order by all"
    staged = warehouse.rows(batches)

    assert warehouse.dbt(*QUICK).ok
    assert marts(warehouse) == first
    assert warehouse.rows(batches) == staged

    price = stripe.price("price_pro", "prod_pro", 4900)
    shorter = stripe.invoice("in_otto", "cus_otto", [stripe.line("il_otto_2", 4000, price)], status="open")
    warehouse.load(
        raw_rows(
            {
                "stripe_eu": [
                    stripe.charge("ch_waiting", 3100, customer="cus_otto"),  # it has succeeded since
                    shorter,  # lost a line and all its taxes
                    stripe.invoice("in_void", "cus_otto", [], status="void"),  # lost its only line
                ]
            },
            LATER,
        )
    )
    gone = stripe.customer("cus_kenji", email="kenji@example.com")
    warehouse.load({"customers": [raw_row("stripe_us", gone, LATER, is_deleted=True)]})
    # A batch that became visible after a later one of another account was already staged.
    warehouse.load(
        raw_rows({"stripe_us": [stripe.charge("ch_overtaken", 700, "usd")]}, "20261123T170000.000000")
    )
    outcome = warehouse.dbt(*QUICK)
    assert outcome.ok, outcome.failures

    def ids(sql: str) -> list[Any]:
        return [next(iter(row.values())) for row in warehouse.rows(sql)]

    assert ids("select status from marts.charges where charge_id = 'ch_waiting'") == ["paid"]
    assert ids("select count(*) from marts.charges where charge_id = 'ch_overtaken'") == [1]
    assert ids("select line_id from marts.invoice_lines where invoice_ref like '%:in_otto'") == ["il_otto_2"]
    assert ids("select tax_line_ref from marts.tax_lines where invoice_ref like '%:in_otto'") == []
    assert ids("select line_id from marts.invoice_lines where invoice_ref like '%:in_void'") == []
    assert ids("select email from marts.customers where is_deleted") == ["kenji@example.com"]
    assert ids("select count(*) from marts.helpdesk_contexts where email_key = 'kenji@example.com'") == [0]

    after = marts(warehouse)
    assert warehouse.dbt(*QUICK, "--full-refresh").ok
    assert marts(warehouse) == after
