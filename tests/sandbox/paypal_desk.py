"""An emulated PayPal of a test's own, in this process, and a client that holds a token."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from sandbox.clock import Clock
from sandbox.paypal import acting, app, company, life
from sandbox.paypal.accounts import MAIN
from sandbox.state import State


@dataclass
class PaypalDesk:
    """The emulated PayPal: what it remembers, its clock, and HTTP calls of it."""

    state: State
    clock: Clock
    http: TestClient
    token: str = ""

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request with a token."""
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.http.request(method, f"/paypal{path}", headers=headers, **more)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a good GET."""
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """Status and issue of a request that PayPal refuses."""
        answer = self.ask(method, path, **more)
        body = answer.json()
        return answer.status_code, body["details"][0]["issue"] if body.get("details") else body["error"]

    def act(self, **asked: Any) -> dict[str, Any]:
        """A buyer's deed, a knob, or an id by its label."""
        return acting.act(self.state, self.clock, asked)

    def named(self, label: str) -> str:
        """The id that the company's script knows by a label."""
        return str(self.act(label=label)["id"])

    def days_pass(self, days: float) -> None:
        """Move the clock and let happen what falls due."""
        since = self.clock.timestamp()
        self.clock.advance(days * 86_400)
        life.pass_time(self.state, since, self.clock.timestamp())
        self.new_token()

    def new_token(self) -> None:
        """Fetch a token, as an earlier one ends after nine hours."""
        answer = self.http.post(
            "/paypal/v1/oauth2/token",
            auth=(MAIN.client_id, MAIN.client_secret),
            data={"grant_type": "client_credentials"},
        )
        assert answer.status_code == 200
        self.token = answer.json()["access_token"]

    def lines(self, days: int = 30, **filters: str) -> list[dict[str, Any]]:
        """The report's lines of the last days, all kinds of them."""
        now = self.clock.timestamp()
        return list(
            self.get(
                "/v1/reporting/transactions",
                start_date=moment(now - days * 86_400),
                end_date=moment(now),
                fields="all",
                page_size=500,
                **{"balance_affecting_records_only": "N", **filters},
            )["transaction_details"]
        )


def moment(at: int) -> str:
    """Unix seconds as PayPal reads them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def paypal_desk(folder: Path, customers: int = 40) -> Iterator[PaypalDesk]:
    """Open an emulated PayPal with its company."""
    state = State(folder / "sandbox.sqlite")
    clock = Clock(state)
    company.seed(state, clock, 7, customers)
    top = Starlette(routes=[Mount("/paypal", app.build(state, clock, "http://testserver/paypal"))])
    with TestClient(top) as http:
        desk = PaypalDesk(state, clock, http)
        desk.new_token()
        desk.act(knobs={"requests_per_second": 100_000})
        yield desk
    state.close()
