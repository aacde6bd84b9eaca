"""A house for the browser: the sandbox, a cycle over it, and the screens as `billhouse serve` starts them."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from billhouse import demo_config, demo_helpdesks
from billing import settings
from billing.settings_model import Settings
from dashboards import launch
from tests.conftest import ROOT, Sandbox, start_sandbox

READY_SECONDS = 60


@dataclass
class LiveHouse:
    """Running screens at `url` over a published copy, and the vendors behind them."""

    url: str
    settings: Settings
    config_path: Path
    sandbox: Sandbox

    def cycle(self) -> None:
        """Load, build and publish."""
        command = [sys.executable, "-m", "billhouse", "--config", str(self.config_path), "cycle"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stdout + done.stderr

    def refunded(self) -> int:
        """What the sandbox's own ledger says was refunded in euros at stripe_eu, in cents."""
        key = {"account": "stripe_eu", "currency": "EUR", "measure": "refunded"}
        rows = self.sandbox.control("ledger")["rows"]
        return sum(row["minor"] for row in rows if key.items() <= row.items())

    def ticket_of(self, email: str) -> str:
        """The ticket that this person wrote at Zendesk, as one of several helpdesks' is named."""
        auth = ("api@lampa.example/token", demo_config.SECRETS["zendesk"])
        api = f"{self.sandbox.url}/zendesk/api/v2"
        users = httpx.get(f"{api}/users/search.json", params={"query": email}, auth=auth).json()["users"]
        tickets = httpx.get(f"{api}/users/{users[0]['id']}/tickets/requested.json", auth=auth).json()[
            "tickets"
        ]
        return f"zendesk:zendesk:{tickets[0]['id']}"


@pytest.fixture(scope="session")
def live_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveHouse]:
    folder = tmp_path_factory.mktemp("house")
    running = start_sandbox(folder / "sandbox", "--customers", "20")
    ports = dict(zip(("dashboard_port", "portal_port", "dagster_port"), _free_ports(3), strict=True))
    month_ago = datetime.fromisoformat(running.control("clock")["now"]).date() - timedelta(days=30)
    config_path = demo_config.write(
        folder / "demo", url=running.url, smtp_port=running.smtp_port, documents_from=month_ago, **ports
    )
    config = settings.load(config_path)
    url = f"http://127.0.0.1:{config.serve.dashboard_port}"
    house = LiveHouse(url, config, config_path, running)
    screens: subprocess.Popen[bytes] | None = None
    try:
        demo_helpdesks.prepare(running.url)
        house.cycle()
        launch.write_secrets(config)
        with (folder / "screens.log").open("wb") as log:
            command = launch.command(config, config_path)
            screens = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        _wait_for(f"{url}/_stcore/health")
        yield house
    finally:
        if screens:
            screens.terminate()
            screens.wait(10)
        running.stop()


# Of a module, not of the session: Playwright keeps an event loop running, in which other tests cannot start theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options: dict[str, Any] = {"args": ["--no-sandbox", "--disable-gpu"]}
        if found := shutil.which("chromium") or shutil.which("google-chrome"):
            options["executable_path"] = found
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(browser: Browser, live_house: LiveHouse) -> Iterator[Callable[..., Page]]:
    """sign_in("ana") -> a page of a browser of her own, signed in through the provider's own form."""
    contexts = []

    def enter(name: str, domain: str = "lampa.example", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(live_house.url)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("E-mail").fill(f"{name}@{domain}")
        page.get_by_label("Password").fill(demo_config.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{live_house.url}/**")
        return page

    yield enter
    for context in contexts:
        context.close()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise RuntimeError(f"{url} did not answer within {READY_SECONDS} s")
