"""A cycle on both engines, and what it does when something is wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import make_url

from billhouse.cycle import run_cycle
from billhouse.demo import COUNTED
from billhouse.house import House
from tests.conftest import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MARTS = (*COUNTED, "invoice_lines", "tax_lines", "credit_notes", "payouts", "customer_totals")
MARTS += ("customer_timeline", "helpdesk_contexts", "control_totals", "unfit_amounts", "charge_explanations")
MARTS += ("orders", "revenue_daily", "tax_bookings", "tax_summary", "mrr_monthly", "mrr_movements")


def _on_postgres(url: str) -> tuple[tuple[str, str], ...]:
    parsed = make_url(url)
    host = parsed.query.get("host") or parsed.host
    warehouse = (
        f'[warehouse]\nengine = "postgres"\nhost = "{host}"\nuser = "postgres"\ndbname = "{parsed.database}"'
    )
    store = url.replace("postgresql+psycopg", "postgresql")
    return ("[warehouse]", warehouse), ('"sqlite:///billhouse.db"', f'"{store}"')


def test_marts_on_postgresql_equal_those_on_duckdb(
    fresh_sandbox: Callable[..., Sandbox], house_over: Callable[..., House], postgres_url: str, quiet: Any
) -> None:
    sandbox = fresh_sandbox("--customers", "40")
    on_duckdb = house_over(sandbox)
    assert run_cycle(on_duckdb, quiet).is_green
    on_postgres = house_over(sandbox, *_on_postgres(postgres_url), name="postgres")
    assert on_postgres.engine.dialect.name == "postgresql"
    report = run_cycle(on_postgres, quiet)
    assert report.problems + report.checks_failed == []
    for mart in MARTS:
        query = f"select * from {mart}"
        assert _canonical(on_postgres.reader.rows(query)) == _canonical(on_duckdb.reader.rows(query)), mart


def _canonical(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(sorted(row.items())) for row in rows)


def test_one_account_with_a_wrong_key_does_not_hold_up_the_other(
    fresh_sandbox: Callable[..., Sandbox], house_over: Callable[..., House], quiet: Any
) -> None:
    house = house_over(
        fresh_sandbox("--customers", "10"),
        ('secret_key = "file:secrets/stripe_us"', 'secret_key = "file:secrets/oidc"'),
    )
    report = run_cycle(house, quiet)
    assert len(report.problems) == 1
    assert "stripe_us" in report.problems[0]
    assert "oidc_sandbox_secret" not in report.problems[0]
    assert [one["words"] for one in report.behind] == ["Stripe US (stripe_us) has never been read"]
    accounts = {row["account"] for row in house.reader.rows("select distinct account from charges")}
    assert "stripe_us" not in accounts
    assert {"stripe_eu", "paypal_main", "braintree_main", "woo_eu", "recurly_main"} <= accounts
