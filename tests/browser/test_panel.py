"""Each panel in its frame, opened by its helpdesk's page as the vendor opens it; a partial refund made there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from billhouse import demo_config
from billing.store import audit, open_store, transaction
from tests.browser.conftest import LiveHouse, _wait_for
from tests.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=30_000)

PAGES = {
    "zendesk": "zendesk/agent/tickets",
    "freshdesk": "freshdesk/a/tickets",
    "helpscout": "helpscout/conversation",
    "front": "front/open",
}
UNPROVEN = ("freshdesk", "front")


@pytest.fixture(scope="module")
def portal(live_house: LiveHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The portal's address, as `billhouse serve` starts it."""
    serve = live_house.settings.serve
    url = f"http://{serve.host}:{serve.portal_port}"
    command = [sys.executable, "-m", "billhouse", "--config", str(live_house.config_path)]
    with (tmp_path_factory.mktemp("portal") / "portal.log").open("wb") as log:
        running = subprocess.Popen(
            [*command, "serve", "--only", "portal"], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(f"{url}/healthz")
        yield url
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 1000}, color_scheme=request.param)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def refunded_yen(live_house: LiveHouse) -> int:
    key = {"account": "stripe_us", "currency": "JPY", "measure": "refunded"}
    rows = live_house.sandbox.control("ledger")["rows"]
    return sum(row["minor"] for row in rows if key.items() <= row.items())


def ask(live_house: LiveHouse, helpdesk: str, email: str) -> str:
    """Let a customer write, and return their ticket's id."""
    deed = {"vendor": helpdesk, "deed": "ask", "email": email, "subject": "My money", "text": "Please look."}
    return str(live_house.sandbox.control("act", **deed)["ticket"])


def open_ticket(page: Page, live_house: LiveHouse, portal: str, helpdesk: str, ticket: str) -> FrameLocator:
    app = f"{portal}/panels/{helpdesk}/{helpdesk}"
    url = f"{live_house.sandbox.url}/{PAGES[helpdesk]}/{ticket}"
    page.goto(f"{url}?as=ana@lampa.example&app={app}")
    return page.frame_locator("#panel")


def sign_in(page: Page, panel: FrameLocator) -> None:
    with page.expect_popup() as opened:
        panel.get_by_role("button", name="Sign in to act").click()
    window = opened.value
    window.get_by_label("E-mail").fill("ana@lampa.example")
    window.get_by_label("Password").fill(demo_config.PASSWORD)
    window.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("helpdesk", PAGES)
def test_a_partial_refund_is_made_beside_the_ticket(
    page: Page, live_house: LiveHouse, portal: str, helpdesk: str, tmp_path: Path
) -> None:
    before = refunded_yen(live_house)
    ticket = ask(live_house, helpdesk, "kenji@example.com")
    panel = open_ticket(page, live_house, portal, helpdesk, ticket)
    expect(panel.get_by_role("heading", name="Kenji Sato")).to_be_visible()
    if helpdesk in UNPROVEN:
        expect(panel.get_by_role("button", name="Refund…")).to_have_count(0)
        sign_in(page, panel)
        expect(panel.get_by_text("You are not signed in here")).to_have_count(0)
    switch = panel.get_by_label("customers may be this requester")
    switch.select_option(label=switch.locator("option", has_text="Stripe US").first.inner_text())
    expect(panel.locator(".busy")).to_have_count(0)  # drawn anew, where the same one was shown before too
    expect(panel.get_by_text("Stripe US · since")).to_be_visible()
    width = panel.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
    assert width[0] <= width[1] <= 320, "nothing is wider than the sidebar"
    page.screenshot(path=tmp_path / "panel.png", full_page=True)

    charge = panel.locator("details.item:has(button[data-verb=refund])").first
    charge.locator("summary").first.click()
    charge.get_by_role("button", name="Refund…").click()
    charge.get_by_label("Amount in JPY").fill("100")
    charge.get_by_label("Reason").select_option("not_used")
    charge.get_by_label("I have confirmed that this is Kenji Sato").check()
    expect(charge.get_by_text("100 JPY goes back to")).to_be_visible()
    page.screenshot(path=tmp_path / "form.png", full_page=True)
    charge.get_by_role("button", name="Refund 100 JPY").dblclick()

    expect(panel.get_by_text("100 JPY refunded through Stripe.")).to_be_visible()
    expect(panel.get_by_text("Ana: 100 JPY refunded")).not_to_have_count(0)
    page.screenshot(path=tmp_path / "refunded.png", full_page=True)
    assert refunded_yen(live_house) == before + 100
    check_record(live_house, f"{helpdesk}:{helpdesk}:{ticket}")


def check_record(live_house: LiveHouse, ticket: str) -> None:
    engine = open_store(live_house.settings.store.url)
    with transaction(engine) as connection:
        done, asked, confirmed = audit.entries(connection, about=ticket)
    assert [entry["type"] for entry in (confirmed, asked, done)] == [
        "customer.match.confirmed",
        "charge.refund.requested",
        "charge.refund.succeeded",
    ]
    assert {(entry["actor"], entry["channel"]) for entry in (confirmed, asked, done)} == {
        ("ana@lampa.example", "panel")
    }
    engine.dispose()


def test_another_site_cannot_frame_the_panel(page: Page, live_house: LiveHouse, portal: str) -> None:
    """The same opening in a page of another origin: the browser shows nothing of it."""
    ticket = ask(live_house, "zendesk", "kenji@example.com")
    url = f"{live_house.sandbox.url}/{PAGES['zendesk']}/{ticket}".replace("127.0.0.1", "localhost")
    page.goto(f"{url}?as=ana@lampa.example&app={portal}/panels/zendesk/zendesk")
    page.wait_for_timeout(2000)
    expect(page.frame_locator("#panel").get_by_text("Kenji Sato")).to_have_count(0)
    assert "Kenji" not in "".join(frame.content() for frame in page.frames[1:])
