"""Finance reads the five pages in a real browser: findings, filters in the address, rows that open, a file."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LiveHouse

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=30_000)

SignIn = Callable[..., Page]
FINDINGS = {
    "Revenue": "brought",
    "Recurring": "A month is worth",
    "Invoices": "overdue",
    "Tax": "of tax is owed for",
    "Disputes": "dispute",
}


def choose_first_row(page: Page) -> None:
    """Click the box before the first row; the table is one drawing."""
    page.get_by_test_id("stDataFrame").first.click(position={"x": 18, "y": 48})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_draws_its_finding_and_opens_a_row(sign_in: SignIn, tmp_path: Path, scheme: str) -> None:
    pictures = Path(os.environ.get("PICTURES", tmp_path))
    page = sign_in("chen", color_scheme=scheme)
    for name, words in FINDINGS.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=words).first).to_be_visible()
        expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
        page.wait_for_timeout(800)  # the chart is drawn a moment after it is there
        page.screenshot(path=pictures / f"{name.lower()}-{scheme}.png")
        headings = page.get_by_role("heading").count()
        choose_first_row(page)
        expect(page.get_by_role("heading")).to_have_count(headings + 1)
        page.screenshot(path=pictures / f"{name.lower()}-{scheme}-open.png", full_page=True)
    expect(page.get_by_text("Traceback")).to_have_count(0)


def test_filters_stand_in_the_address_and_the_file_is_what_is_shown(
    live_house: LiveHouse, sign_in: SignIn
) -> None:
    page = sign_in("chen")
    page.goto(f"{live_house.url}/revenue?currency=EUR&from=2026-01-01")
    expect(page.get_by_role("heading", name="brought")).to_be_visible()
    page.get_by_role("combobox", name="Account").click()
    page.get_by_role("option", name="Stripe Europe").click()
    page.wait_for_url(re.compile(r"account=Stripe(\+|%20)Europe"))  # the address holds what the filter shows
    expect(page.get_by_role("heading", name="brought")).to_be_visible()
    page.mouse.move(5, 5)  # off the chart: its toolbar, there while the pointer is, lies over the button
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    head, *rows = Path(download.value.path()).read_text().splitlines()
    assert head == "month,currency,gross,refunds,disputes,fees,tax,net"
    assert rows
    assert all(row.startswith("2026-") for row in rows)
