"""Finance's pages: a finding in words, figures by currency, rows that open, a file, and nobody else lets in."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from billing import spreadsheet
from tests.dashboards.conftest import Open, texts, turn_to

PAGES = ("revenue", "recurring-revenue", "invoices", "tax", "disputes")
FINDINGS = {
    "revenue": "Oct 2026 brought 18.84 EUR net",
    "recurring-revenue": "A month is worth 43.84 EUR, 10 % more than at the end of Oct 2026",
    "invoices": "49.00 EUR is overdue",
    "tax": "9.16 EUR of tax is owed for Oct 2026",
    "disputes": "1 dispute needs an answer, the first by 1 Dec 2026",
}


def titles(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in app.subheader)


def open_row(app: AppTest, key: str, row: int = 0) -> AppTest:
    """Choose a row of a table as a click would."""
    app.session_state[key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def frame(app: AppTest, number: int) -> Any:
    return app.dataframe[number].value


@pytest.mark.parametrize("page", PAGES)
def test_each_page_says_its_finding_and_offers_its_rows(page: str, open_app: Open) -> None:
    app = turn_to(open_app("chen"), page)
    assert not app.exception
    assert FINDINGS[page] in titles(app)
    assert len(frame(app, 0)) > 0
    assert [button.label for button in app.get("download_button")] == ["Download CSV"]


def test_months_open_to_their_charges_with_a_way_to_the_customer(open_app: Open) -> None:
    app = turn_to(open_app("chen", currency="EUR"), "revenue")
    months = frame(app, 0)
    assert list(months["Month"]) == ["Oct 2026", "Sep 2026"]
    assert list(months["Gross"]) == ["49.00 EUR", "49.00 EUR"]
    app = open_row(app, "months")
    assert "2 charges and refunds of Oct 2026" in titles(app)
    rows = frame(app, 1)
    assert list(rows["Amount"]) == ["-20.00 EUR", "49.00 EUR"]
    assert set(rows["Customer page"]) == {"./?customer=stripe%3Astripe_eu%3Acus_maria"}


def test_a_guest_is_looked_up_by_the_charge_and_countries_filter(open_app: Open) -> None:
    app = turn_to(open_app("chen", currency="KWD", country="ZZ"), "revenue")
    rows = frame(open_row(app, "months"), 1)
    assert list(rows["Customer page"]) == ["./?guest=stripe%3Astripe_eu%3Ach_guest"]
    app = turn_to(open_app("chen", currency="KWD", country="PL"), "revenue")
    assert "No money moved in these days" in texts(app)


def test_recurring_revenue_opens_to_who_moved_it(open_app: Open) -> None:
    app = open_row(turn_to(open_app("chen"), "recurring-revenue"), "months", 1)
    assert "1 customer moved it in Oct 2026" in titles(app)
    rows = frame(app, 1)
    assert (rows["Movement"][0], rows["Change"][0], rows["After"][0]) == ("churn", "-15.45 EUR", "0.00 EUR")


def test_invoices_open_by_age_and_link_to_gateway_and_customer(open_app: Open) -> None:
    app = turn_to(open_app("chen"), "invoices")
    assert list(frame(app, 0)["State"]) == ["open, 1 to 30 days late", "paid"]
    rows = frame(open_row(app, "states"), 1)
    assert (rows["Number"][0], rows["Days late"][0], rows["Due"][0]) == ("LAMPA-0003", "11", "49.00 EUR")


def test_tax_opens_to_documents(open_app: Open) -> None:
    app = turn_to(open_app("chen"), "tax")
    assert list(frame(app, 0)["Rate"]) == ["23 %"] * 3
    rows = frame(open_row(app, "rates", 2), 1)
    assert (rows["Document"][0], rows["Invoice"][0], rows["Tax"][0]) == (
        "credit note",
        "LAMPA-0001",
        "9.16 EUR",
    )


def test_disputes_open_to_cases(open_app: Open) -> None:
    app = turn_to(open_app("chen"), "disputes")
    assert list(frame(app, 0)["Amount"]) == ["5,400 JPY"]
    rows = frame(open_row(app, "states"), 1)
    assert (rows["Answer by"][0], rows["Reason"][0]) == ("1 Dec 2026", "product not received")


def test_agents_have_no_finance_pages(open_app: Open) -> None:
    app = open_app("ana")
    paths = {info["url_pathname"] for info in app._registered_pages.values()}
    assert paths.isdisjoint(PAGES)
    assert {info["url_pathname"] for info in open_app("chen")._registered_pages.values()} >= set(PAGES)


def test_a_file_keeps_numbers_and_defuses_formulas() -> None:
    written = spreadsheet.write(("who", "net"), [("=cmd()", Decimal("-16.26")), (None, {"a": 1})])
    assert list(csv.reader(io.StringIO(written))) == [["who", "net"], ["'=cmd()", "-16.26"], ["", '{"a": 1}']]
