"""The emulated Braintree in this process, and the official SDK as its client."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import braintree
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from billing.settings_model import BraintreeAccount
from gateways.braintree.api import BraintreeApi
from sandbox.braintree import app, company, life, merchant
from sandbox.clock import Clock
from sandbox.state import State


def braintree_account(url: str, per_second: int = 300) -> BraintreeAccount:
    """Return the settings of the sandbox's merchant."""
    return BraintreeAccount(
        account=merchant.ACCOUNT,
        title="Braintree",
        merchant_id=merchant.MERCHANT_ID,
        public_key=merchant.PUBLIC_KEY,
        private_key=SecretStr(merchant.PRIVATE_KEY),
        base_url=f"{url}/braintree",
        requests_per_second=per_second,
    )


@dataclass
class Desk:
    """The emulated Braintree: its address, what it remembers, its clock."""

    url: str
    state: State
    clock: Clock

    @property
    def api(self) -> BraintreeApi:
        """Our client, whose SDK may write too."""
        return BraintreeApi(braintree_account(self.url))

    @property
    def sdk(self) -> braintree.BraintreeGateway:
        """The SDK with its own transport."""
        host = self.url.removeprefix("http://").split(":")
        place = braintree.Environment("sandbox", host[0], host[1], "", False, None)
        return braintree.BraintreeGateway(
            braintree.Configuration(
                environment=place,
                merchant_id=merchant.MERCHANT_ID,
                public_key=merchant.PUBLIC_KEY,
                private_key=merchant.PRIVATE_KEY,
            )
        )

    def of(self, status: str, type: str = "sale") -> dict[str, Any]:
        """Return the newest transaction in a state, as it is kept."""
        found = self.state.list("braintree", merchant.ACCOUNT, "transaction")
        return next(one for one in found if one["status"] == status and one["type"] == type)

    def pass_days(self, days: int) -> None:
        """Let days go by at Braintree."""
        since = self.clock.timestamp()
        self.clock.advance(days * 86_400)
        life.pass_time(self.state, since, self.clock.timestamp())


@contextmanager
def serving(folder: Path, customers: int = 20) -> Iterator[Desk]:
    """Serve the emulated Braintree with its made-up company, below /braintree and at the root."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    company.seed(state, clock, 7, customers)
    inner = app.build(state, clock)
    top = Starlette(routes=[Mount("/braintree", inner), Mount("/", inner)])
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
