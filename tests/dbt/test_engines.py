"""The same raw rows make the same marts on DuckDB and on PostgreSQL, and those marts are right."""

from typing import Any

import pytest

from billing.money import Money
from tests.dbt.conftest import Built
from tests.dbt.warehouse import PROJECT, Outcome, Warehouse

MARTS = sorted(path.stem for path in (PROJECT / "models" / "marts").glob("*.sql"))


def sorted_rows(warehouse: Warehouse, mart: str) -> list[dict[str, Any]]:
    return sorted(warehouse.rows(f"select * from marts.{mart}"), key=str)


def problems(outcome: Outcome) -> dict[str, str]:
    """What failed; that some charges have no explanation is a warning, and the company has some on purpose."""
    return {
        name: text for name, text in outcome.failures.items() if not name.startswith("charges_are_explained")
    }


def test_every_check_passes_on_duckdb(on_duckdb: Built) -> None:
    assert problems(on_duckdb[1]) == {}
    assert on_duckdb[1].ok


def test_every_check_passes_on_postgres(on_postgres: Built) -> None:
    assert problems(on_postgres[1]) == {}
    assert on_postgres[1].ok


@pytest.mark.parametrize("mart", MARTS)
def test_marts_are_the_same_on_both_engines(mart: str, on_duckdb: Built, on_postgres: Built) -> None:
    ours = sorted_rows(on_duckdb[0], mart)
    assert ours or mart == "unfit_amounts", f"{mart} is empty, so the comparison says nothing"
    assert ours == sorted_rows(on_postgres[0], mart)


@pytest.mark.parametrize(
    ("charge", "status", "captured", "refunded", "refundable"),
    [
        ("ch_maria", "partially_refunded", 4900, 2000, 2900),
        ("ch_late", "failed", 0, 0, 0),
        ("ch_otto2", "paid", 4900, 0, 4900),
        ("ch_full", "refunded", 1500, 1500, 0),
        ("ch_disputed", "disputed", 2500, 0, 0),
        ("ch_won", "paid", 2600, 0, 2600),
        ("ch_held", "authorized", 0, 0, 0),
        ("ch_released", "voided", 0, 0, 0),
        ("ch_waiting", "pending", 0, 0, 0),
        ("ch_guest", "paid", 1999, 0, 1999),
    ],
)
def test_what_became_of_each_charge(
    charge: str, status: str, captured: int, refunded: int, refundable: int, on_duckdb: Built
) -> None:
    [row] = on_duckdb[0].rows(f"select * from marts.charges where charge_id = '{charge}'")
    found = (row["status"], row["captured_minor"], row["refunded_minor"], row["refundable_minor"])
    assert found == (status, captured, refunded, refundable)


def test_a_person_with_two_accounts_is_one_context(on_duckdb: Built) -> None:
    [context] = on_duckdb[0].rows(
        "select * from marts.helpdesk_contexts where email_key = 'maria@example.com'"
    )
    assert context["customer_refs"] == "stripe:stripe_eu:cus_maria,stripe:stripe_us:cus_maria_us"
    assert context["lifetime_value"] == "29.00 EUR + 1,234.56 USD"
    assert (context["past_due"], context["last_charge"]) == ("49.00 EUR", "49.00 EUR, failed, 2026-11-22")
    assert (context["plan"], context["subscription_status"]) == ("Pro monthly", "past_due")


def test_a_verified_tax_number_is_preferred(on_duckdb: Built) -> None:
    [customer] = on_duckdb[0].rows("select * from marts.customers where customer_id = 'cus_maria'")
    assert (customer["tax_id"], customer["tax_id_status"]) == ("PL5252344078", "verified")


def test_dashboard_links_lead_to_the_test_mode(on_duckdb: Built) -> None:
    [charge] = on_duckdb[0].rows("select dashboard_url from marts.charges where charge_id = 'ch_maria'")
    [refund] = on_duckdb[0].rows("select dashboard_url from marts.refunds where refund_id = 're_partial'")
    assert charge["dashboard_url"] == "https://dashboard.stripe.com/test/payments/ch_maria"
    assert refund["dashboard_url"] == "https://dashboard.stripe.com/test/refunds/re_partial"


def test_money_texts_are_those_of_the_kernel(on_duckdb: Built) -> None:
    rows = on_duckdb[0].rows(
        "select c.last_charge, h.amount_minor, h.currency from marts.helpdesk_contexts as c "
        "join marts.charges as h on c.customer_refs = h.customer_ref "
        "where (select count(*) from marts.charges as o where o.customer_ref = h.customer_ref) = 1"
    )
    assert len({row["currency"] for row in rows}) >= 3
    for row in rows:
        assert row["last_charge"].startswith(f"{Money(row['amount_minor'], row['currency'])}, ")


def test_lines_and_taxes_make_the_total(on_duckdb: Built) -> None:
    rows = on_duckdb[0].rows(
        "select i.invoice_id, i.total_minor, i.tax_minor, sum(l.net_minor) as net, sum(l.tax_minor) as tax "
        "from marts.invoices as i join marts.invoice_lines as l on i.invoice_ref = l.invoice_ref group by all"
    )
    assert {row["invoice_id"]: (int(row["net"]), int(row["tax"])) for row in rows}["in_otto"] == (14000, 1710)
    for row in rows:
        assert (row["net"] + row["tax"], row["tax"]) == (row["total_minor"], row["tax_minor"])
