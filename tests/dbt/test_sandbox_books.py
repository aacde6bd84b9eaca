"""The sandbox keeps its own ledger; what our models make of Stripe's API must agree with it to the last minor unit.

The whole company, over the pipelines, is compared in tests/billhouse/test_finance.py.
"""

import pytest

from tests.conftest import Sandbox
from tests.dbt.sandbox_books import books
from tests.dbt.warehouse import OF_STRIPE, Warehouse


@pytest.mark.slow
def test_control_totals_are_the_sandboxs_ledger(sandbox: Sandbox, warehouse: Warehouse) -> None:
    warehouse.load(books(sandbox.url))
    ledger = {
        (row["account"], row["currency"], row["measure"]): row["minor"]
        for row in sandbox.control("ledger")["rows"]
        if row["minor"] and row["gateway"] == "stripe"
    }
    outcome = warehouse.dbt(*OF_STRIPE)
    assert outcome.failures == {}
    totals = warehouse.rows("select account, currency, measure, ours_minor from marts.control_totals")
    assert {
        (row["account"], row["currency"], row["measure"]): row["ours_minor"]
        for row in totals
        if row["ours_minor"]
    } == ledger
    assert warehouse.rows("select 1 from marts.charges where currency = 'ISK' and amount_minor > 0")
