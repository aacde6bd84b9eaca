"""An agent hears "I never got my invoice": the customer's documents, one sent again, what they are mailed."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect

import invoices.run
from billhouse.house import open_house
from invoices import register
from invoices.register import Entry
from invoices.snapshot import Kind
from tests.browser.conftest import LiveHouse

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=30_000)

SignIn = Callable[..., Page]
OTHER = "accountant@example.org"


@pytest.fixture
def invoice(live_house: LiveHouse) -> Entry:
    with open_house(live_house.config_path) as house:
        return next(one for one in register.walk(house.engine) if one.issued.kind is Kind.INVOICE)


def open_page(live_house: LiveHouse, page: Page, one: Entry) -> None:
    page.goto(f"{live_house.url}/?q={quote(one.issued.charge_ref, safe='')}")
    expect(page.get_by_role("tab", name="Documents")).to_be_visible()


def mailed_to(live_house: LiveHouse, address: str) -> list[str]:
    messages = httpx.get(f"{live_house.sandbox.url}/mail/messages").json()
    return [one["subject"] for one in messages if one["to"] == address]


def test_a_document_is_sent_again_to_another_address(
    live_house: LiveHouse, sign_in: SignIn, invoice: Entry, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("PICTURES", tmp_path))
    page = sign_in("ana")
    open_page(live_house, page, invoice)
    page.get_by_role("tab", name="Documents").click()
    table = page.get_by_role("tabpanel", name="Documents").get_by_test_id("stDataFrame")
    table.click(position={"x": 18, "y": 48})
    expect(page.get_by_role("button", name="Download PDF")).to_be_visible()
    page.screenshot(path=pictures / "documents.png", full_page=True)
    page.get_by_role("button", name="Send again").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To another address").fill(OTHER)
    dialog.get_by_label("Reason").fill("Their accountant files it")
    dialog.get_by_label("Reason").press("Enter")
    expect(dialog.get_by_text("Be sure that they may see this bill")).to_be_visible()
    page.screenshot(path=pictures / "send-again.png")
    dialog.get_by_role("button", name=f"Send to {OTHER}").click()
    expect(page.get_by_text(f"goes to {OTHER}")).to_be_visible()
    assert mailed_to(live_house, OTHER) == []
    with open_house(live_house.config_path) as house:
        invoices.run.run(house.settings, house.engine, house.reader)
    (subject,) = mailed_to(live_house, OTHER)
    assert "-INV-" in subject or "(INV-" in subject


def test_what_a_customer_is_mailed_is_switched(
    live_house: LiveHouse, sign_in: SignIn, invoice: Entry, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("PICTURES", tmp_path))
    page = sign_in("ana")
    open_page(live_house, page, invoice)
    card = page.locator(".st-key-card-mail")
    expect(card.get_by_text("Is mailed everything")).to_be_visible()
    card.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Notices").click()
    dialog.get_by_label("Reason").fill("Asked on the phone")
    dialog.get_by_label("Reason").press("Enter")
    page.screenshot(path=pictures / "mail.png")
    dialog.get_by_role("button", name="Save").click()
    expect(card.get_by_text("Wants no notices")).to_be_visible()
    expect(page.get_by_text("Traceback")).to_have_count(0)
