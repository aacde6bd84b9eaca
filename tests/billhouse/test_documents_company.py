"""Documents of the company's whole history, all gateways and currencies: valid, gapless, true to the tax lines."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from billhouse.house import House
from billing.settings_documents import TaxRules
from billing.settings_model import Settings
from billing.store import open_store
from billing.store.tables import documents
from invoices import einvoice, register, tax_sums
from invoices.due import OF_CHARGES
from invoices.run import issue_due
from invoices.snapshot import Category, Issued, Kind
from tests.billhouse.prepared import Prepared

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BRITISH = {
    "country": "GB",
    "tax_id": "GB980780684",
    "currency": "GBP",
    "taxes": TaxRules(collects={"GB": "20"}),
}
AMERICAN = {"country": "US", "tax_id": "12-3456789", "currency": "USD", "taxes": TaxRules(collects={})}


@pytest.fixture(scope="module")
def house(prepared: Prepared) -> Iterator[House]:
    with prepared.house() as opened:
        yield opened


@pytest.fixture
def issued(house: House, tmp_path: Path) -> Iterator[Callable[..., tuple[Engine, list[Issued]]]]:
    """issued(country="GB") issues all that was ever paid, by a company of which this is different."""
    stores: list[Engine] = []

    def issue(**company: Any) -> tuple[Engine, list[Issued]]:
        plain = house.settings
        everything = plain.documents.model_copy(update={"start": date(2015, 1, 1)})
        entity = plain.company.model_copy(update=company)
        settings: Settings = plain.model_copy(
            update={
                "company": entity,
                "entities": plain.entities | {"company": entity},
                "documents": everything,
            }
        )
        stores.append(open_store(f"sqlite:///{tmp_path}/documents.db"))
        number, skipped = issue_due(settings, stores[0], house.reader)
        found = [entry.issued for entry in register.walk(stores[0])]
        assert (len(found), skipped) == (number, {})
        return stores[0], found

    yield issue
    for store in stores:
        store.dispose()


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ({}, {Category.STANDARD, Category.EXPORT}),
        (BRITISH, {Category.STANDARD, Category.ZERO}),
        (AMERICAN, {Category.OUTSIDE}),
    ],
    ids=["German", "British", "American"],
)
def test_every_invoice_and_credit_note_is_valid(
    issued: Callable[..., tuple[Engine, list[Issued]]], company: dict[str, Any], expected: set[Category]
) -> None:
    engine, found = issued(**company)
    invoices = [one for one in found if one.kind.is_tax_document]
    assert {Kind.INVOICE, Kind.CREDIT_NOTE} == {one.kind for one in invoices}
    for one in invoices:
        assert einvoice.problems(einvoice.cii(one)) == [], one.label
        assert einvoice.problems(einvoice.ubl(one)) == [], one.label
    assert expected <= {line.category for one in invoices for line in one.lines}
    assert len({one.currency for one in invoices}) > 2
    assert [series for series in register.series(engine) if series.fault] == []


def test_taxes_of_documents_are_those_of_the_marts(
    issued: Callable[..., tuple[Engine, list[Issued]]], house: House
) -> None:
    engine, found = issued()
    sums = tax_sums.sums(engine, house.reader)
    assert [one for one in sums if not one.is_equal] == []
    assert sum(one.told_minor for one in sums) > 0
    assert sum(one.split_minor for one in sums) > 0
    by_hand = sum(one.tax_minor for one in found if one.kind in OF_CHARGES)
    assert sum(one.told_minor + one.split_minor for one in sums) == by_hand


def test_a_tax_that_a_document_tells_wrongly_is_seen(
    issued: Callable[..., tuple[Engine, list[Issued]]], house: House
) -> None:
    engine, found = issued()
    wrong = next(one for one in found if one.kind is Kind.BRANDED_COPY and one.tax_minor)
    taxes = (wrong.taxes[0].model_copy(update={"tax_minor": wrong.taxes[0].tax_minor + 1}), *wrong.taxes[1:])
    with engine.begin() as connection:
        snapshot = wrong.model_copy(update={"taxes": taxes}).model_dump_json()
        change = documents.update().where(documents.c.label == wrong.label)
        connection.execute(change.values(snapshot=snapshot))
    (different,) = (one for one in tax_sums.sums(engine, house.reader) if not one.is_equal)
    assert different.told_minor == different.marts_minor + 1
    assert different.currency == wrong.currency
