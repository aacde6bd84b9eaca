"""In a real browser: a subscription is cancelled with the period, and a large refund waits for a second person."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from billing.store import audit, open_store, transaction
from billing.warehouse.reader import open_reader
from tests.browser.conftest import LiveHouse

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=30_000)

SignIn = Callable[..., Page]

_LARGE = """
    select charge_ref, charge_id, refundable_minor from charges
    where account = 'stripe_eu' and currency = 'EUR' and status = 'paid'
        and refundable_minor between 12000 and 50000
    order by created_at desc limit 1"""
_RUNNING = """
    select subscription_id from subscriptions
    where account = 'stripe_eu' and status = 'active' and not is_cancel_at_period_end
    order by created_at desc limit 1"""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return Path(os.environ.get("PICTURES", tmp_path))


def row(live_house: LiveHouse, query: str) -> dict[str, object]:
    reader = open_reader(live_house.settings.warehouse)
    try:
        (found,) = reader.rows(query)
    finally:
        reader.close()
    return found


def find(page: Page, text: str) -> None:
    search = page.get_by_label("Find a customer")
    search.fill(text)
    search.press("Enter")


def types(live_house: LiveHouse, actor: str) -> list[str]:
    """The types of what the audit log holds of somebody, newest first."""
    with transaction(open_store(live_house.settings.store.url)) as connection:
        assert audit.verify(connection) == []
        return [entry["type"] for entry in audit.entries(connection, actor=f"{actor}@lampa.example")]


def test_a_subscription_is_cancelled_with_its_period(
    live_house: LiveHouse, sign_in: SignIn, pictures: Path
) -> None:
    page = sign_in("ana")
    find(page, str(row(live_house, _RUNNING)["subscription_id"]))
    card = page.locator(".st-key-card-subscriptions")
    card.get_by_role("button", name="Actions").first.click()
    page.screenshot(path=pictures / "actions.png")
    page.get_by_role("button", name="Cancel…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("and is not charged again")).to_be_visible()
    sure = dialog.get_by_role("button", name="Cancel", exact=True)
    expect(sure).to_be_disabled()
    dialog.get_by_role("combobox", name="Reason").click()
    page.get_by_role("option").first.click()
    page.screenshot(path=pictures / "cancel.png")
    expect(sure).to_be_enabled()
    sure.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("ancel")
    page.screenshot(path=pictures / "cancelled.png")
    newest = types(live_house, "ana")[:2]
    assert newest == ["subscription.cancel.succeeded", "subscription.cancel.requested"]


def test_a_large_refund_waits_for_a_second_person(
    live_house: LiveHouse, sign_in: SignIn, pictures: Path
) -> None:
    charge, before = row(live_house, _LARGE), live_house.refunded()
    page = sign_in("ana")
    find(page, str(charge["charge_id"]))
    page.locator(f"[class*='st-key-refund-stripe-stripe_eu-{charge['charge_id']}']").get_by_role(
        "button"
    ).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Reason").click()
    page.get_by_role("option", name="Service not used").click()
    dialog.get_by_role("button", name=re.compile(r"^Refund [\d.,]+ EUR")).click()
    expect(page.get_by_text("It was asked for; nothing was sent yet")).to_be_visible()
    page.screenshot(path=pictures / "asked.png")
    assert live_house.refunded() == before
    page.get_by_role("link", name="My requests (1)").click()
    expect(page.get_by_role("button", name="Withdraw…")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    second = sign_in("boris")
    second.get_by_role("link", name="Approvals").click()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_text("refunded through Stripe")).to_be_visible()
    second.screenshot(path=pictures / "approved.png")
    assert live_house.refunded() == before + int(str(charge["refundable_minor"]))
