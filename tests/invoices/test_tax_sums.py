"""Sums of documents' taxes beside the marts' tax lines: each supply once, each month by the seller's clock."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import Engine

from billing.settings_model import Settings
from billing.warehouse.reader import DuckDBReader
from invoices import tax_sums
from invoices.run import issue_due
from invoices.tax_sums import Sum
from tests.invoices import marts

Publish = Callable[..., None]
INVOICED = {
    "customers": [marts.customer(tax_id=None)],
    "invoices": [marts.invoice("in_1")],
    "invoice_lines": [marts.line("in_1")],
    "tax_lines": [marts.tax("in_1", jurisdiction_country="pl")],
}


@pytest.fixture
def sums(
    make_settings: Callable[..., Settings], engine: Engine, reader: DuckDBReader
) -> Callable[[], list[Sum]]:
    """Issue what is due, and sum."""

    def make() -> list[Sum]:
        issue_due(make_settings(), engine, reader)
        return tax_sums.sums(engine, reader)

    return make


def test_what_a_gateway_told_and_what_rules_split_are_summed_apart(
    publish: Publish, sums: Callable[[], list[Sum]]
) -> None:
    publish(
        charges=[marts.charge("ch_1", invoice_ref="stripe:stripe_eu:in_1"), marts.charge("ch_2")], **INVOICED
    )
    assert sums() == [
        Sum("2026-11", "DE", "19", "EUR", told_minor=0, marts_minor=0, split_minor=782),
        Sum("2026-11", "PL", "23", "EUR", told_minor=916, marts_minor=916, split_minor=0),
    ]


def test_an_invoice_paid_in_parts_counts_once(publish: Publish, sums: Callable[[], list[Sum]]) -> None:
    parts = [
        marts.charge(f"ch_{n}", invoice_ref="stripe:stripe_eu:in_1", captured_minor=2450) for n in (1, 2)
    ]
    publish(charges=parts, **INVOICED)
    (one,) = sums()
    assert (one.told_minor, one.marts_minor) == (916, 916)


def test_a_month_ends_by_the_sellers_clock(publish: Publish, sums: Callable[[], list[Sum]]) -> None:
    """Half past eleven in the evening of 30 November is December in Berlin."""
    late = datetime(2026, 11, 30, 23, 30)  # noqa: DTZ001 - the marts' times are UTC without a zone
    times = {"created_at": late, "captured_at": late}
    publish(charges=[marts.charge("ch_1", invoice_ref="stripe:stripe_eu:in_1", **times)], **INVOICED)
    assert [one.month for one in sums()] == ["2026-12"]


def test_a_rate_that_nobody_told_is_summed_as_such(publish: Publish, sums: Callable[[], list[Sum]]) -> None:
    charge = marts.charge("ch_1", tax_minor=782, country="DE")
    publish(charges=[charge], customers=[marts.customer(tax_id=None, address_country="DE")])
    assert sums() == [
        Sum("2026-11", "DE", tax_sums.NOT_TOLD, "EUR", told_minor=782, marts_minor=782, split_minor=0)
    ]


def test_a_tax_line_that_changed_since_is_seen(publish: Publish, sums: Callable[[], list[Sum]]) -> None:
    charges = [marts.charge("ch_1", invoice_ref="stripe:stripe_eu:in_1")]
    publish(charges=charges, **INVOICED)
    assert all(one.is_equal for one in sums())
    publish(
        charges=charges,
        **INVOICED | {"tax_lines": [marts.tax("in_1", tax_minor=917, jurisdiction_country="pl")]},
    )
    assert [(one.told_minor, one.marts_minor, one.is_equal) for one in sums()] == [(916, 917, False)]


def test_without_documents_nothing_is_summed(engine: Engine, reader: DuckDBReader) -> None:
    assert tax_sums.sums(engine, reader) == []
