"""A sandbox of these tests' own: they change limits, fields and people, which would disturb everybody else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox import company
from sandbox.clock import Clock
from sandbox.state import State
from sandbox.stripe import accounts
from sandbox.stripe import app as stripe_app


@pytest.fixture(scope="session")
def start_sandbox(pytestconfig: pytest.Config) -> Any:
    """The function that starts a sandbox process, from the tests' top folder."""
    top = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).parents[1] / "conftest.py"))
    assert top is not None
    return top.start_sandbox


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder of the vendors' schemas; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[2].parent / "shared" / "specs"
    if not folder.is_dir():
        pytest.skip("the vendors' schemas are not on this machine")
    return folder


@pytest.fixture(scope="session")
def house(start_sandbox: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A running sandbox with a small company, shared by the tests of this folder only."""
    running = start_sandbox(tmp_path_factory.mktemp("house") / "state", "--customers", "20")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def plan() -> Any:
    """Plan a fault in a running sandbox: plan(house, path="/stripe/v1/charges", kind="429")."""

    def post(running: Any, **fault: Any) -> None:
        httpx.post(f"{running.url}/control/faults", json=fault).raise_for_status()

    return post


@dataclass
class Desk:
    """The emulated Stripe in this process: its HTTP address, what it remembers, and official clients."""

    url: str
    state: State
    clock: Clock

    def client(self, account: str = "stripe_eu", retries: int = 0) -> stripe.StripeClient:
        """An official SDK client of one account."""
        key = accounts.ACCOUNTS[account].secret_key
        return stripe.StripeClient(
            key, base_addresses={"api": f"{self.url}/stripe"}, max_network_retries=retries
        )

    @property
    def eu(self) -> stripe.StripeClient:
        """The European account."""
        return self.client("stripe_eu")

    @property
    def us(self) -> stripe.StripeClient:
        """The American account."""
        return self.client("stripe_us")

    def http(self, account: str = "stripe_eu") -> httpx.Client:
        """A plain client of one account, for what the SDK hides."""
        key = accounts.ACCOUNTS[account].secret_key
        return httpx.Client(base_url=f"{self.url}/stripe/v1", auth=(key, ""))

    def every(self, path: str, account: str = "stripe_eu", **params: Any) -> list[dict[str, Any]]:
        """All objects of a list, page by page."""
        found: list[dict[str, Any]] = []
        with self.http(account) as http:
            while True:
                after = {"starting_after": found[-1]["id"]} if found else {}
                answer = http.get(path, params={"limit": 100, **params, **after})
                answer.raise_for_status()
                found += answer.json()["data"]
                if not answer.json()["has_more"]:
                    return found


@contextmanager
def _serving(folder: Path, customers: int) -> Iterator[Desk]:
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    company.seed(state, clock, customers=customers)
    top = Starlette(routes=[Mount("/stripe", stripe_app.build(state, clock))])
    server = uvicorn.Server(uvicorn.Config(top, port=0, log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Desk(f"http://127.0.0.1:{listening.getsockname()[1]}", state, clock)
        finally:
            server.should_exit = True
            thread.join(5)
            state.close()


@pytest.fixture(scope="session")
def old_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An emulated Stripe that tests only read."""
    with _serving(tmp_path_factory.mktemp("old_desk"), 120) as desk:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An emulated Stripe of one test's own, with the fixed cast only."""
    with _serving(tmp_path, 1) as desk:
        yield desk
