"""An agent refunds in a real browser; the vendors' ledger, the screen and the audit log agree."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from billing.store import audit, open_store, transaction
from tests.browser.conftest import LiveHouse

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=30_000)

SignIn = Callable[..., Page]


def look_up(page: Page, text: str) -> None:
    search = page.get_by_label("Find a customer")
    search.fill(text)
    search.press("Enter")
    # The address is known at several gateways: open the customer at Stripe Europe.
    found = page.locator("[class*='st-key-open-stripe']").get_by_role("button", name="Open")
    found.first.click()


def test_an_agent_refunds_five_euros_once(live_house: LiveHouse, sign_in: SignIn, tmp_path: Path) -> None:
    before = live_house.refunded()
    page = sign_in("ana")
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    look_up(page, "maria@example.com")
    expect(page.get_by_role("heading", name="Maria Kowalska")).to_be_visible()
    expect(page.get_by_text("Past due 49.00 EUR")).to_be_visible()
    expect(page.get_by_text("20.00 EUR refunded", exact=True)).to_be_visible()
    page.screenshot(path=tmp_path / "customer.png")

    page.get_by_role("button", name="Refund…").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("29.00 EUR refundable now")).to_be_visible()
    amount = dialog.get_by_label("Amount in EUR")
    amount.fill("5")
    amount.press("Tab")
    expect(dialog.get_by_text("5.00 EUR goes back to Visa •4242 through Stripe Europe")).to_be_visible()
    dialog.get_by_role("combobox", name=re.compile("Reason")).click()
    page.get_by_role("option", name="Service not used").click()
    ticket = live_house.ticket_of("maria@example.com")
    dialog.get_by_label("Ticket").fill(ticket)
    dialog.get_by_label("Ticket").press("Tab")
    page.screenshot(path=tmp_path / "dialog.png")
    dialog.get_by_role("button", name="Refund 5.00 EUR").dblclick()

    expect(page.get_by_text("5.00 EUR refunded through Stripe.")).to_be_visible()
    expect(page.get_by_text("25.00 EUR refunded", exact=True)).to_be_visible()
    page.screenshot(path=tmp_path / "refunded.png")
    assert live_house.refunded() == before + 500
    check_record(live_house, ticket)

    live_house.cycle()  # the warehouse catches up: counted once, not twice
    page.reload()
    expect(page.get_by_role("heading", name="Maria Kowalska")).to_be_visible()
    expect(page.get_by_text("25.00 EUR refunded", exact=True)).to_be_visible()
    assert live_house.refunded() == before + 500
    read_the_log(sign_in("chen"), tmp_path)


def check_record(live_house: LiveHouse, ticket: str) -> None:
    engine = open_store(live_house.settings.store.url)
    with transaction(engine) as connection:
        entries = audit.entries(connection, actor="ana@lampa.example")
        done, asked = (entry for entry in entries if entry["ticket"] == ticket)
        assert audit.verify(connection) == []
    assert (asked["type"], done["type"]) == ("charge.refund.requested", "charge.refund.succeeded")
    assert {asked["role"], done["role"]} == {"agent"}
    assert {asked["channel"], done["channel"]} == {"dashboard"}
    assert (asked["reason"], asked["ticket"]) == ("not_used", ticket)
    assert asked["data"]["amount_minor"] == 500
    assert asked["data"]["before"]["amount_refunded"] == 2000
    assert done["data"]["after"]["amount_refunded"] == 2500


def read_the_log(page: Page, tmp_path: Path) -> None:
    page.get_by_role("link", name="Audit log").click()
    page.get_by_role("combobox", name="Actor").click()
    page.get_by_role("option", name="ana@lampa.example").click()
    expect(page.locator("strong").filter(has_text="charge.refund.succeeded")).to_be_visible()
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain is whole")).to_be_visible()
    page.screenshot(path=tmp_path / "audit.png")


def test_a_stranger_sees_nothing(live_house: LiveHouse, sign_in: SignIn) -> None:
    page = sign_in("eve", "stranger.example")
    expect(page.get_by_text("You have no role in Billhouse yet")).to_be_visible()
    page.goto(f"{live_house.url}/?q=maria%40example.com")
    expect(page.get_by_text("You have no role in Billhouse yet")).to_be_visible()
    assert "Maria" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_keyboard_alone_is_enough(sign_in: SignIn) -> None:
    page = sign_in("boris", color_scheme="dark")
    search = page.get_by_label("Find a customer")
    search.focus()
    page.keyboard.type("maria@example.com")
    page.keyboard.press("Enter")
    page.locator("[class*='st-key-open-stripe']").get_by_role("button", name="Open").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Maria Kowalska")).to_be_visible()
    button = page.get_by_role("button", name="Refund…").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
