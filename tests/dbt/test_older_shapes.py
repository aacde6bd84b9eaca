"""Objects of older API versions (2020) and of Stripe's own fixtures are staged without loss."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import SPECS
from tests.dbt.company import KINDS, raw_rows
from tests.dbt.warehouse import OF_STRIPE, Warehouse

pytestmark = pytest.mark.skipif(
    not SPECS.exists(), reason="the vendors' schemas are not beside this checkout"
)


def objects(thing: Any) -> Iterator[dict[str, Any]]:
    """Every whole object inside a document that a raw table would hold."""
    if isinstance(thing, dict):
        is_whole = "id" in thing and "created" in thing and not thing.get("deleted")
        if is_whole and str(thing.get("object")) in KINDS and thing.get("status") != "deleted":
            yield thing
        thing = list(thing.values())
    if isinstance(thing, list):
        for each in thing:
            yield from objects(each)


@pytest.mark.parametrize("name", ["stripe.webhook_fixtures.json", "stripe.fixtures.json"])
def test_recorded_objects_are_staged(name: str, warehouse: Warehouse) -> None:
    found = {thing["id"]: thing for thing in objects(json.loads((SPECS / name).read_text()))}
    warehouse.load(raw_rows({"stripe_eu": found.values()}))
    outcome = warehouse.dbt(*OF_STRIPE, "test_name:fields_hold")
    assert outcome.ok, outcome.failures
    charges = {thing["id"] for thing in found.values() if thing["object"] == "charge"}
    rows = warehouse.rows("select charge_id, amount_minor, explanation from marts.charges")
    assert {row["charge_id"] for row in rows} == charges
    assert all(row["amount_minor"] is not None and row["explanation"] for row in rows)
    bound = {
        thing["id"]: thing["subscription"]
        for thing in found.values()
        if thing["object"] == "invoice" and thing.get("subscription")
    }
    for invoice, subscription in bound.items():
        sql = f"select subscription_ref from marts.invoices where invoice_id = '{invoice}'"
        assert warehouse.rows(sql) == [{"subscription_ref": f"stripe:stripe_eu:{subscription}"}]
