"""The documents' page: each with its kind, total, reason and state; filters, files, the proof of the numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert
from streamlit.testing.v1 import AppTest

from billing.store import transaction
from billing.store.tables import document_series
from invoices.snapshot import Kind
from tests.dashboards.conftest import Open, texts, turn_to
from tests.dashboards.test_finance import open_row, titles
from tests.invoices import by_hand

Page = Callable[..., AppTest]
RULE = "BR-CO-10: the sum of the lines is not the net"
GIVEN = {"INV-2026": 2, "CN-2026": 1, "R-2026": 1}


@pytest.fixture
def company(engine: Engine) -> None:
    by_hand.keep(engine, "R-2026-00001", Kind.RECEIPT, "done", why="The gateway issued the tax invoice.")
    by_hand.keep(engine, "INV-2026-00001", Kind.INVOICE, "failed", problem=RULE)
    by_hand.keep(engine, "CN-2026-00001", Kind.CREDIT_NOTE, corrects_label="INV-2026-00001")
    by_hand.keep(engine, "INV-2026-00002", Kind.INVOICE, "done", currency="JPY")
    give(engine, GIVEN)


def give(engine: Engine, last: dict[str, int]) -> None:
    with transaction(engine) as connection:
        connection.execute(document_series.delete())
        for name, number in last.items():
            connection.execute(insert(document_series).values(series=name, last_number=number))


@pytest.fixture
def page(open_app: Open) -> Page:
    return lambda **params: turn_to(open_app("chen", **params), "documents")


def rows(app: AppTest) -> dict[str, Any]:
    """Number -> row, as they are shown."""
    shown = app.dataframe[0].value
    return {row["Number"]: row for row in shown.to_dict("records")}


def files(app: AppTest) -> list[str]:
    return [one.label for one in app.get("download_button")]


@pytest.mark.usefixtures("company")
def test_each_document_says_why_it_was_issued_and_how_it_stands(page: Page) -> None:
    app = page()
    assert not app.exception
    assert titles(app).splitlines()[0] == "1 of 4 documents did not arrive; 1 waits for its turn"
    shown = rows(app)
    assert list(shown) == ["INV-2026-00002", "CN-2026-00001", "INV-2026-00001", "R-2026-00001"]
    broken = shown["INV-2026-00001"]
    assert (broken["State"], broken["Problem"]) == ("invalid", RULE)
    assert (shown["R-2026-00001"]["State"], shown["CN-2026-00001"]["State"]) == ("mailed", "waiting")
    assert shown["R-2026-00001"]["Why this kind"] == "The gateway issued the tax invoice."
    assert (broken["Total"], shown["INV-2026-00002"]["Total"]) == ("0.90 EUR", "90 JPY")
    assert files(app) == ["Download CSV"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("params", "labels"),
    [
        ({"kind": "credit note"}, ["CN-2026-00001"]),
        ({"state": "mailed"}, ["INV-2026-00002", "R-2026-00001"]),
        ({"state": "invalid", "kind": "invoice"}, ["INV-2026-00001"]),
        ({"from": "2026-11-03"}, []),
    ],
)
def test_filters_stand_in_the_address(page: Page, params: dict[str, str], labels: list[str]) -> None:
    app = page(**params)
    if labels:
        assert list(rows(app)) == labels
    else:
        assert "No document fits these filters" in texts(app)


@pytest.mark.usefixtures("company")
def test_a_chosen_document_offers_its_files(page: Page) -> None:
    app = open_row(page(), "documents", 1)
    said = texts(app)
    assert "Corrects INV-2026-00001" in said.replace(":gray[", "").replace("]", "")
    assert files(app) == ["Download CSV", "Download PDF", "Factur-X XML", "UBL XML"]
    assert files(open_row(app, "documents", 3)) == ["Download CSV", "Download PDF"], "a receipt is no invoice"
    app = open_row(app, "documents", 2)
    assert files(app) == ["Download CSV"], "what is held back is not handed out either"
    assert "BR-CO-10" in texts(app)


@pytest.mark.usefixtures("company")
def test_no_number_is_missing_or_it_is_named(page: Page, engine: Engine) -> None:
    app = page()
    assert "No number is missing" in titles(app)
    numbers = app.dataframe[1].value
    assert list(numbers["Last"]) == ["CN-2026-00001", "INV-2026-00002", "R-2026-00001"]
    assert set(numbers["Without a gap"]) == {"yes"}
    give(engine, GIVEN | {"R-2026": 3})
    app = page()
    assert "Numbers are missing" in titles(app)
    assert "R-2026**: missing 2, 3" in texts(app)


def test_names_are_shown_as_text(page: Page, engine: Engine) -> None:
    buyer = by_hand.issued("x", Kind.RECEIPT).buyer.model_copy(update={"email": "<b>*x*</b>@example.com"})
    by_hand.keep(engine, "R-2026-00001", Kind.RECEIPT, buyer=buyer)
    give(engine, {"R-2026": 1})
    app = open_row(page(), "documents")
    assert any(r"\<b\>\*x\*" in str(one.value) for one in app.markdown)


def test_before_the_first_document_the_page_says_how_one_comes(page: Page) -> None:
    assert "No document was issued yet" in texts(page())


def test_only_a_role_that_reads_finance_has_the_page(open_app: Open) -> None:
    with pytest.raises(KeyError, match="documents"):
        turn_to(open_app("ana"), "documents")


def test_a_documents_number_looks_up_its_customer(open_app: Open, engine: Engine) -> None:
    by_hand.keep(engine, "INV-2026-00001", Kind.INVOICE, charge_ref="stripe:stripe_eu:ch_renewal")
    assert "Maria Kowalska" in texts(open_app("ana", q="inv-2026-00001"))
    assert "Nobody matches" in texts(open_app("ana", q="INV-2026-00002"))
